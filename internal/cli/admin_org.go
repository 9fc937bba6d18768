package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
			draft := platform.OrgDraft{Handle: args[0], Name: name}
			if draft.Name == "" {
				draft.Name = draft.Handle
			}
			return a.addOrg(cmd.Context(), draft, admins)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "name", "", "`NAME` that people read (default the handle)")
	flags.StringArrayVar(&admins, "admin", nil, "`USER` who becomes an admin, by user name, ID or e-mail address")
	return cmd
}

func (a *app) addOrg(ctx context.Context, draft platform.OrgDraft, admins []string) error {
	return a.withOrgs(ctx, func(_ signedIn, orgs platform.Orgs) error {
		id, err := orgs.NewOrg(ctx, draft)
		if err != nil {
			return err
		}
		a.term.Message("The org %s is made", id)
		for _, admin := range admins {
			if err := orgs.InviteToOrg(ctx, id, userRef(admin), levelAdmin); err != nil {
				return fmt.Errorf("%s is not an admin of it: %w", admin, err)
			}
		}
		if a.settings.JSON {
			return a.printJSON(orgIDJSON{Org: id})
		}
		return a.term.Printf("%s\n", terminal.Clean(id))
	})
}

// Levels of the members of an org.
const (
	levelMember = "MEMBER"
	levelAdmin  = "ADMIN"
)

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
	return a.withOrgs(ctx, func(_ signedIn, orgs platform.Orgs) error {
		list, err := allPages(func(cursor json.RawMessage) ([]platform.OrgMember, json.RawMessage, error) {
			return orgs.ListMembers(ctx, org, cursor)
		})
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(membersOf(list))
		}
		return a.term.Print(memberTable(list))
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

func membersOf(list []platform.OrgMember) membersJSON {
	shown := membersJSON{Members: []memberJSON{}}
	for _, m := range list {
		shown.Members = append(shown.Members, memberJSON{
			User: m.Name, UserID: m.ID, First: m.First, Last: m.Last, Level: m.Level,
			AllowBillableActivities: m.MayBill, AppAccess: m.AppAccess, ProjectAccess: m.ProjectAccess,
		})
	}
	return shown
}

func memberTable(list []platform.OrgMember) string {
	shown := newTable("USER", "NAME", "LEVEL", "MAY BILL", "PROJECTS UP TO")
	for _, m := range list {
		shown.row(m.Name, m.First+" "+m.Last, m.Level, yesOrNo(m.MayBill), m.ProjectAccess)
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
	return a.withOrgs(ctx, func(_ signedIn, orgs platform.Orgs) error {
		if change != (platform.OrgPolicyChange{}) {
			if err := orgs.ChangeOrgPolicies(ctx, org, change); err != nil {
				return err
			}
		}
		policies, err := orgs.OrgPolicies(ctx, org)
		if err != nil {
			return err
		}
		if policies.MemberList == "" {
			return refusal.New(refusal.Denied, "only members see the policies of %s", org)
		}
		if a.settings.JSON {
			return a.printJSON(policiesOf(org, policies))
		}
		return a.term.Print(pairs(policyRows(org, policies)))
	})
}

// change reads the flags.
func (o policyOptions) change(now time.Time) (change platform.OrgPolicyChange, err error) {
	if change.AutoLogout, err = readAutoLogout(o.autoLogout, now); err != nil {
		return change, err
	}
	if change.PHIEnabled, err = readSwitch("--phi", o.phi); err != nil {
		return change, err
	}
	if change.UserCreationEnabled, err = readSwitch("--user-creation", o.userCreation); err != nil {
		return change, err
	}
	if o.memberList != "" {
		level := strings.ToUpper(o.memberList)
		change.MemberList = &level
	}
	if o.projectTransfer != "" {
		level := strings.ToUpper(o.projectTransfer)
		change.ProjectTransfer = &level
	}
	return change, nil
}

// Bounds of the policy on the platform.
const (
	minAutoLogout = time.Minute
	maxAutoLogout = 30 * 24 * time.Hour
)

// noLimit is how the flag says that an org has no limit of its own.
const noLimit = "none"

func readAutoLogout(input string, now time.Time) (*time.Duration, error) {
	switch input {
	case "":
		return nil, nil
	case noLimit:
		return new(time.Duration), nil
	}
	span, err := readSpan("--auto-logout", input, now)
	switch {
	case err != nil:
	case span == 0:
		err = refusal.Usagef(`--auto-logout %s: say "none" for the server's own limit`, input)
	case span < minAutoLogout || span > maxAutoLogout:
		err = refusal.Usagef("--auto-logout %s: must be from 1m to 30d", input)
	}
	return &span, err
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

func policiesOf(org string, policies platform.OrgPolicies) policiesJSON {
	return policiesJSON{
		Org: platform.OrgID(org), Name: policies.Name, AutoLogoutSeconds: secondsOrNull(policies.AutoLogout),
		MemberListVisibility: policies.MemberList, RestrictProjectTransfer: policies.ProjectTransfer,
		PHIFeaturesEnabled: policies.PHIEnabled, UserCreationEnabled: policies.UserCreationEnabled,
	}
}

func policyRows(org string, policies platform.OrgPolicies) [][2]string {
	limit := "the server's"
	if policies.AutoLogout > 0 {
		limit = dnanexus.FormatDuration(policies.AutoLogout)
	}
	return [][2]string{
		{"Org", platform.OrgID(org)}, {"Name", policies.Name}, {"Idle limit", limit},
		{"Member list", policies.MemberList}, {"Transfers", policies.ProjectTransfer},
		{"PHI", onOrOff(policies.PHIEnabled)}, {"Makes accounts", onOrOff(policies.UserCreationEnabled)},
	}
}
