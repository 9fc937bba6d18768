package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) adminOrgCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "org",
		Short: "Make orgs, list their members, set their policies",
		Long: `Make orgs, list their members and set their policies. An org is named by handle
or ID.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.adminOrgAddCommand(), a.adminOrgMembersCommand(), a.adminOrgPolicyCommand(),
		a.adminOrgTokensCommand(), a.adminOrgRevokeTokenCommand())
	return cmd
}

func (a *app) adminOrgAddCommand() *cobra.Command {
	var name string
	var admins []string
	cmd := &cobra.Command{
		Use:   "add HANDLE",
		Short: "Make an org",
		Long: `Make an org of which you are an admin, and whoever --admin names. The ID is org-
and the handle in lower case.`,
		Example: `  ` + a.Program + ` admin org add genomics --name "Genomics Lab" --admin alice`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addOrg(cmd.Context(), dnanexus.NewOrgRequest{Handle: args[0], Name: cmp.Or(name, args[0])}, admins)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "name", "", "`NAME` that people read (default the handle)")
	flags.StringArrayVar(&admins, "admin", nil, "`USER` who becomes an admin, by user name, ID or e-mail address")
	return cmd
}

func (a *app) addOrg(ctx context.Context, org dnanexus.NewOrgRequest, admins []string) error {
	return a.withOrgs(ctx, func(orgs *dnanexus.Client) error {
		made, err := orgs.NewOrg(ctx, org)
		if err != nil {
			return err
		}
		a.term.Message("The org %s is made", made.ID)
		for _, admin := range admins {
			if err := invite(ctx, orgs, made.ID, admin, dnanexus.OrgAdmin); err != nil {
				return fmt.Errorf("%s is not an admin of it: %w", admin, platform.Explain(err))
			}
		}
		if a.settings.JSON {
			return a.printJSON(orgIDJSON{Org: made.ID})
		}
		return a.term.Printf("%s\n", terminal.Clean(made.ID))
	})
}

// invite makes a user, by name, ID or e-mail address, a member of an org.
func invite(ctx context.Context, orgs *dnanexus.Client, org, user string, level dnanexus.OrgLevel) error {
	_, err := orgs.InviteToOrg(ctx, org, dnanexus.OrgInviteRequest{
		Invitee: userRef(user), MemberAccess: dnanexus.MemberAccess{Level: level},
	})
	return err
}

// orgID returns the ID of an org that is named by ID or handle.
func orgID(name string) string {
	if strings.HasPrefix(name, dnanexus.ClassOrg+"-") {
		return name
	}
	return dnanexus.ClassOrg + "-" + strings.ToLower(name)
}

// orgIDJSON is what admin org add prints with --json.
type orgIDJSON struct {
	Org string `json:"org"` // ID
}

// userRef is a user as an invitation names one.
func userRef(name string) string {
	if strings.Contains(name, "@") || strings.HasPrefix(name, "user-") {
		return name
	}
	return dnanexus.UserID(name)
}

func (a *app) adminOrgMembersCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "members ORG",
		Short:   "List the members of an org",
		Long:    `List the members of an org, to those who may see them by its policy.`,
		Example: `  ` + a.Program + ` admin org members genomics`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.listMembers(cmd.Context(), args[0]) },
	}
}

func (a *app) listMembers(ctx context.Context, org string) error {
	return a.withOrgs(ctx, func(orgs *dnanexus.Client) error {
		list, err := allPages(func(cursor json.RawMessage) ([]dnanexus.Membership, json.RawMessage, error) {
			answer, err := orgs.FindMembers(ctx, orgID(org), dnanexus.FindMembersRequest{
				Describe: &dnanexus.DescribeOption{Wanted: true}, Starting: cursor,
			})
			return answer.Results, nextPage(answer.Next), err
		})
		if err != nil {
			return err
		}
		members, err := membersOf(list)
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(members)
		}
		return a.term.Print(memberTable(members))
	})
}

// membersJSON is what admin org members prints with --json.
type membersJSON struct {
	Members []memberJSON `json:"members"`
}

type memberJSON struct {
	User                    string `json:"user"`
	UserID                  string `json:"userId"`
	First                   string `json:"first"`
	Last                    string `json:"last"`
	Level                   string `json:"level"` // MEMBER or ADMIN
	AllowBillableActivities bool   `json:"allowBillableActivities"`
	AppAccess               bool   `json:"appAccess"`
	ProjectAccess           string `json:"projectAccess"`
}

func membersOf(list []dnanexus.Membership) (membersJSON, error) {
	shown := membersJSON{Members: []memberJSON{}}
	for _, m := range list {
		var user dnanexus.UserDescription
		if err := json.Unmarshal(m.Describe, &user); err != nil {
			return shown, err
		}
		shown.Members = append(shown.Members, memberJSON{
			User: user.Handle, UserID: m.ID, First: user.First, Last: user.Last, Level: string(m.Level),
			AllowBillableActivities: m.AllowBillableActivities, AppAccess: m.AppAccess, ProjectAccess: string(m.ProjectAccess),
		})
	}
	return shown, nil
}

func memberTable(list membersJSON) string {
	shown := newTable("USER", "NAME", "LEVEL", "MAY BILL", "PROJECTS UP TO")
	for _, m := range list.Members {
		shown.row(m.User, m.First+" "+m.Last, m.Level, yesOrNo(m.AllowBillableActivities), m.ProjectAccess)
	}
	return shown.String()
}

// policyOptions are the flags of admin org policy; empty means that a policy
// stays as it is.
type policyOptions struct {
	autoLogout, memberList, projectTransfer, phi, userCreation string
}

func (a *app) adminOrgPolicyCommand() *cobra.Command {
	var o policyOptions
	cmd := &cobra.Command{
		Use:   "policy ORG",
		Short: "Show or set the policies of an org",
		Long: `Show the policies of an org, or set those that are given.

--auto-logout sets after which time without use the sessions of its members end,
from 1 minute to 30 days; with "none" the server's own limit holds. It counts
for an org that answers for accounts, and at once, also for sessions that run.

The last two are licences, which administrators of the platform give.`,
		Example: `  ` + a.Program + ` admin org policy genomics
  ` + a.Program + ` admin org policy genomics --auto-logout 5m --member-list MEMBER
  ` + a.Program + ` admin org policy genomics --user-creation on`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.orgPolicy(cmd.Context(), args[0], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.autoLogout, "auto-logout", "", "end members' sessions after this `TIME` without use, or none")
	flags.StringVar(&o.memberList, "member-list", "", "`WHO` sees the members: ADMIN, MEMBER or PUBLIC")
	flags.StringVar(&o.projectTransfer, "project-transfer", "", "`WHO` may let somebody else pay for a project: ADMIN or MEMBER")
	flags.StringVar(&o.phi, "phi", "", "projects with protected health information: `on|off`")
	flags.StringVar(&o.userCreation, "user-creation", "", "the org makes accounts and answers for them: `on|off`")
	return cmd
}

func (a *app) orgPolicy(ctx context.Context, org string, o policyOptions) error {
	change, err := o.change(a.Now())
	if err != nil {
		return err
	}
	return a.withOrgs(ctx, func(orgs *dnanexus.Client) error {
		if err := change.apply(ctx, orgs, orgID(org)); err != nil {
			return err
		}
		described, err := orgs.DescribeOrg(ctx, orgID(org))
		if err != nil {
			return err
		}
		if described.OrgInside == nil {
			return refusal.New(refusal.Denied, "only members see the policies of %s", org)
		}
		if a.settings.JSON {
			return a.printJSON(policiesOf(described))
		}
		return a.term.Print(pairs(policyRows(described)))
	})
}

// policyChange is what changes of an org: its licences and its policies.
type policyChange struct {
	licenses dnanexus.LicenseOrgRequest // without the org
	policies dnanexus.UpdateOrgPolicies
}

// change reads the flags.
func (o policyOptions) change(now time.Time) (change policyChange, err error) {
	if change.policies.AutoLogoutAfter, err = readAutoLogout(o.autoLogout, now); err != nil {
		return change, err
	}
	if change.licenses.PHIFeaturesEnabled, err = readSwitch("--phi", o.phi); err != nil {
		return change, err
	}
	if change.licenses.UserCreationEnabled, err = readSwitch("--user-creation", o.userCreation); err != nil {
		return change, err
	}
	change.policies.MemberListVisibility = readLevel(o.memberList)
	change.policies.RestrictProjectTransfer = readLevel(o.projectTransfer)
	return change, nil
}

func readLevel(input string) *dnanexus.OrgLevel {
	if input == "" {
		return nil
	}
	level := dnanexus.OrgLevel(strings.ToUpper(input))
	return &level
}

// apply sends what changes. The licences come first: a policy may need one.
func (c policyChange) apply(ctx context.Context, orgs *dnanexus.Client, org string) error {
	if c.licenses.PHIFeaturesEnabled != nil || c.licenses.UserCreationEnabled != nil {
		c.licenses.Org = org
		if err := orgs.LicenseOrg(ctx, c.licenses); err != nil {
			return err
		}
	}
	p := c.policies
	if p.AutoLogoutAfter == nil && p.MemberListVisibility == nil && p.RestrictProjectTransfer == nil {
		return nil
	}
	return orgs.UpdateOrg(ctx, org, dnanexus.UpdateOrgRequest{Policies: p})
}

// Bounds of the policy on the platform.
const (
	minAutoLogout = time.Minute
	maxAutoLogout = 30 * 24 * time.Hour
)

// noLimit is how the flag says that an org has no limit of its own.
const noLimit = "none"

// readAutoLogout reads the flag as the policy has it: ms, or null for none.
func readAutoLogout(input string, now time.Time) (json.RawMessage, error) {
	switch input {
	case "":
		return nil, nil
	case noLimit:
		return json.RawMessage("null"), nil
	}
	span, err := readSpan("--auto-logout", input, now)
	switch {
	case err != nil:
		return nil, err
	case span == 0:
		return nil, refusal.Usagef(`--auto-logout %s: say "none" for the server's own limit`, input)
	case span < minAutoLogout || span > maxAutoLogout:
		return nil, refusal.Usagef("--auto-logout %s: must be from 1m to 30d", input)
	}
	return json.Marshal(span.Milliseconds())
}

func readSwitch(flag, input string) (*bool, error) {
	on := input == "on"
	switch input {
	case "":
		return nil, nil
	case "on", "off":
		return &on, nil
	default:
		return nil, refusal.Usagef("%s %s: must be on or off", flag, input)
	}
}

// policiesJSON is what admin org policy prints with --json.
type policiesJSON struct {
	Org                     string `json:"org"` // ID
	Name                    string `json:"name"`
	AutoLogoutSeconds       *int64 `json:"autoLogoutSeconds"`    // null: the server's own limit
	MemberListVisibility    string `json:"memberListVisibility"` // ADMIN, MEMBER or PUBLIC
	RestrictProjectTransfer string `json:"restrictProjectTransfer"`
	PHIFeaturesEnabled      bool   `json:"phiFeaturesEnabled"`
	UserCreationEnabled     bool   `json:"userCreationFeaturesEnabled"`
}

func policiesOf(org dnanexus.OrgDescription) policiesJSON {
	return policiesJSON{
		Org: org.ID, Name: org.Name, AutoLogoutSeconds: secondsOrNull(autoLogout(org)),
		MemberListVisibility: string(org.Policies.MemberListVisibility), RestrictProjectTransfer: string(org.Policies.RestrictProjectTransfer),
		PHIFeaturesEnabled: org.PHIFeaturesEnabled, UserCreationEnabled: org.UserCreationEnabled,
	}
}

// autoLogout is the idle limit of an org; 0: it has none of its own.
func autoLogout(org dnanexus.OrgDescription) time.Duration {
	if org.Policies.AutoLogoutAfter == nil {
		return 0
	}
	return time.Duration(*org.Policies.AutoLogoutAfter) * time.Millisecond
}

func policyRows(org dnanexus.OrgDescription) [][2]string {
	limit := "the server's"
	if own := autoLogout(org); own > 0 {
		limit = duration.Format(own)
	}
	return [][2]string{
		{"Org", org.ID}, {"Name", org.Name}, {"Idle limit", limit},
		{"Member list", string(org.Policies.MemberListVisibility)}, {"Transfers", string(org.Policies.RestrictProjectTransfer)},
		{"PHI", onOrOff(org.PHIFeaturesEnabled)}, {"Makes accounts", onOrOff(org.UserCreationEnabled)},
	}
}
