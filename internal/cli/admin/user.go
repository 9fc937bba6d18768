package admin

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func userCommand(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Make, list and disable accounts",
		Long: `Make, list and disable accounts. Give a user by user name, ID or e-mail
address.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		userAddCommand(env),
		userCodeCommand(env),
		userListCommand(env),
		userShowCommand(env),
		userApproveCommand(env),
		userDisableCommand(env),
		userEnableCommand(env),
		userUnlockCommand(env),
		userResetCommand(env),
		userLinkCommand(env),
		userUnlinkCommand(env),
		userIdentitiesCommand(env),
		userVerifyCommand(env),
	)
	return cmd
}

// bindUser binds the flags for the personal data of a new account.
func bindUser(flags *pflag.FlagSet, email, first, last *string) {
	flags.StringVar(email, "email", "", "e-mail `ADDRESS`")
	flags.StringVar(first, "first", "", "first `NAME`")
	flags.StringVar(last, "last", "", "last `NAME`; a first or a last name is required")
}

// adminUserJSON is what admin user show prints with --json.
type adminUserJSON struct {
	User            string            `json:"user"`
	UserID          string            `json:"userId"`
	Email           string            `json:"email"`
	First           string            `json:"first"`
	Middle          string            `json:"middle"`
	Last            string            `json:"last"`
	Created         *format.Millis    `json:"created"`
	State           string            `json:"state"` // active, new, locked, disabled
	Superuser       bool              `json:"superuser"`
	SSO             bool              `json:"sso"`
	EmailVerified   bool              `json:"emailVerified"`
	TwoFactor       bool              `json:"twoFactor"`
	ProvisioningOrg string            `json:"provisioningOrg"`
	BillTo          string            `json:"billTo"`
	Orgs            map[string]string `json:"orgs"` // ID to MEMBER or ADMIN
}

func adminUserOf(account dnanexus.AdminUser) adminUserJSON {
	shown := adminUserJSON{
		User: account.Username, UserID: account.ID, Email: account.Email, First: account.First, Middle: account.Middle,
		Last: account.Last, Created: format.OrNull(format.FromMillis(account.Created)), State: stateText(account), Superuser: account.Superuser,
		SSO: account.SSO, EmailVerified: account.EmailVerified, TwoFactor: account.TwoFactor, ProvisioningOrg: provisioningOrg(account), BillTo: account.BillTo,
		Orgs: map[string]string{},
	}
	for _, org := range account.Orgs {
		shown.Orgs[org.ID] = string(org.Level)
	}
	return shown
}

// provisioningOrg returns the org that made an account, or "".
func provisioningOrg(account dnanexus.AdminUser) string {
	if account.ProvisioningOrg == nil {
		return ""
	}
	return *account.ProvisioningOrg
}

func stateText(account dnanexus.AdminUser) string {
	switch {
	case account.Disabled:
		return "disabled"
	case account.Locked:
		return "locked"
	case !account.Activated:
		return "new"
	default:
		return "active"
	}
}

// orgTexts returns the orgs of an account, those marked of which it is an admin.
func orgTexts(account dnanexus.AdminUser) []string {
	var texts []string
	for _, org := range account.Orgs {
		text := strings.TrimPrefix(org.ID, "org-")
		if org.Level == dnanexus.OrgAdmin {
			text += " (admin)"
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

func accountRows(account dnanexus.AdminUser, server string) [][2]string {
	profile := platform.Profile{
		ID: account.ID, Name: account.Username, First: account.First, Middle: account.Middle, Last: account.Last,
		Email: account.Email, BillTo: account.BillTo, Created: format.FromMillis(account.Created),
	}
	rows := format.ProfileRows(profile, &account.TwoFactor, server)
	return append(rows,
		[2]string{"State", stateText(account)},
		[2]string{"Administrator", format.YesOrNo(account.Superuser)},
		[2]string{"Single sign-on", format.YesOrNo(account.SSO)},
		[2]string{"E-mail verified", format.YesOrNo(account.EmailVerified)},
		[2]string{"Made by", format.OrDash(provisioningOrg(account))},
		[2]string{"Orgs", format.OrDash(strings.Join(orgTexts(account), ", "))})
}
