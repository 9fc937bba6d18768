package admin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgPolicyOptions are the flags of admin org policy, and what it uses. A policy
// whose flag is empty does not change.
type orgPolicyOptions struct {
	*kit.Console
	org string

	autoLogout, memberList, projectTransfer, phi, userCreation string
}

func orgPolicyCommand(env kit.Env) *cobra.Command {
	var o orgPolicyOptions
	cmd := &cobra.Command{
		Use:   "policy ORG",
		Short: "Show or set the policies of an org",
		Long: `Show the policies of an org, or set those that are given.

--auto-logout ends the sessions of members after this time without use, from 1
minute to 30 days; with "none" the server's own limit applies. It applies only
if the org manages the members' accounts, and at once, also to existing
sessions.

--phi and --user-creation are licenses, which only administrators of the
platform can change.`,
		Example: `  ` + env.Program + ` admin org policy genomics
  ` + env.Program + ` admin org policy genomics --auto-logout 5m --member-list MEMBER
  ` + env.Program + ` admin org policy genomics --user-creation on`,
		Args: cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org = inv.Console(), args[0]
			change, err := o.change()
			if err != nil {
				return err
			}
			return inv.Client(o.Console).WithOrgs(ctx, func(ctx context.Context, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs, change)
			})
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.autoLogout, "auto-logout", "", "end members' sessions after this `TIME` without use, or none")
	flags.StringVar(&o.memberList, "member-list", "", "`WHO` can see the members: ADMIN, MEMBER or PUBLIC")
	flags.StringVar(&o.projectTransfer, "project-transfer", "", "`WHO` can transfer the billing of a project: ADMIN or MEMBER")
	flags.StringVar(&o.phi, "phi", "", "projects with protected health information: `on|off`")
	flags.StringVar(&o.userCreation, "user-creation", "", "the org can make and manage accounts: `on|off`")
	kit.CompleteValues(flags, "member-list", whoSeesMembers()...)
	kit.CompleteValues(flags, "project-transfer", whoTransfers()...)
	kit.CompleteValues(flags, "phi", "on", "off")
	kit.CompleteValues(flags, "user-creation", "on", "off")
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

func (o orgPolicyOptions) run(ctx context.Context, orgs *dnanexus.Client, change policyChange) error {
	if err := change.apply(ctx, orgs, kit.OrgID(o.org)); err != nil {
		return err
	}
	described, err := orgs.DescribeOrg(ctx, kit.OrgID(o.org))
	switch {
	case err != nil:
		return err
	case described.OrgInside == nil:
		return refusal.New(refusal.Denied, "only members can see the policies of %s", o.org)
	case o.JSON:
		return o.PrintJSON(policiesOf(described))
	default:
		return o.Print(format.Pairs(policyRows(described), o.Columns()))
	}
}

// policyChange is a change of an org's licenses and policies.
type policyChange struct {
	licenses dnanexus.LicenseOrgRequest // without the org
	policies dnanexus.UpdateOrgPolicies
}

// change reads the flags.
func (o orgPolicyOptions) change() (change policyChange, err error) {
	if change.policies.AutoLogoutAfter, err = readAutoLogout(o.autoLogout, o.Now()); err != nil {
		return change, err
	}
	if change.licenses.PHIFeaturesEnabled, err = readSwitch("--phi", o.phi); err != nil {
		return change, err
	}
	if change.licenses.UserCreationEnabled, err = readSwitch("--user-creation", o.userCreation); err != nil {
		return change, err
	}
	if change.policies.MemberListVisibility, err = readLevel("--member-list", o.memberList, whoSeesMembers()); err != nil {
		return change, err
	}
	change.policies.RestrictProjectTransfer, err = readLevel("--project-transfer", o.projectTransfer, whoTransfers())
	return change, err
}

func whoSeesMembers() []string { return []string{"ADMIN", "MEMBER", "PUBLIC"} }

func whoTransfers() []string { return []string{"ADMIN", "MEMBER"} }

func readLevel(flag, input string, allowed []string) (*dnanexus.OrgLevel, error) {
	if input == "" {
		return nil, nil
	}
	name := strings.ToUpper(input)
	if !slices.Contains(allowed, name) {
		return nil, refusal.Usagef("%s %s: must be one of %s", flag, input, strings.Join(allowed, ", "))
	}
	return new(dnanexus.OrgLevel(name)), nil
}

// apply sends the changes. The licenses come first: a policy may need one.
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

// The platform's bounds for the auto-logout policy.
const (
	minAutoLogout = time.Minute
	maxAutoLogout = 30 * 24 * time.Hour
)

// noLimit is the value of --auto-logout for an org without a limit of its own.
const noLimit = "none"

// readAutoLogout returns the flag in the form of the policy: milliseconds, or null
// for no limit.
func readAutoLogout(input string, now time.Time) (json.RawMessage, error) {
	switch input {
	case "":
		return nil, nil
	case noLimit:
		return json.RawMessage("null"), nil
	}
	span, err := timeinput.Span("--auto-logout", input, now)
	switch {
	case err != nil:
		return nil, err
	case span == 0:
		return nil, refusal.Usagef("--auto-logout %s: must be more than 0", input).WithHint(`use "none" for the server's own limit`)
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
	ID                      string `json:"id"` // of the org
	Name                    string `json:"name"`
	IdleTimeoutSeconds      *int64 `json:"idleTimeoutSeconds"`   // null: the server's own limit
	MemberListVisibility    string `json:"memberListVisibility"` // ADMIN, MEMBER or PUBLIC
	RestrictProjectTransfer string `json:"restrictProjectTransfer"`
	PHIFeaturesEnabled      bool   `json:"phiFeaturesEnabled"`
	UserCreationEnabled     bool   `json:"userCreationFeaturesEnabled"`
}

func policiesOf(org dnanexus.OrgDescription) policiesJSON {
	return policiesJSON{
		ID: org.ID, Name: org.Name, IdleTimeoutSeconds: format.SecondsOrNull(autoLogout(org)),
		MemberListVisibility: string(org.Policies.MemberListVisibility), RestrictProjectTransfer: string(org.Policies.RestrictProjectTransfer),
		PHIFeaturesEnabled: org.PHIFeaturesEnabled, UserCreationEnabled: org.UserCreationEnabled,
	}
}

// autoLogout returns the idle limit of an org, or 0 if it has none of its own.
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
		{"PHI", format.OnOrOff(org.PHIFeaturesEnabled)}, {"Makes accounts", format.OnOrOff(org.UserCreationEnabled)},
	}
}
