package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) adminUserCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Make, list and close accounts",
		Long: `Make, list and close accounts. A user is named by user name, ID or e-mail
address.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.adminUserAddCommand(), a.adminUserCodeCommand(), a.adminUserListCommand(), a.adminUserShowCommand(), a.adminUserApproveCommand(),
		a.adminUserChange("disable USER", "Close an account and end its sessions and tokens",
			`Close an account. Its sessions and API tokens end at once, and nobody can log in
with it until it is enabled again. What belongs to it stays.`, "disabled", (*dnanexus.Client).DisableUser),
		a.adminUserChange("enable USER", "Open an account that was disabled",
			`Open an account that was disabled. Its sessions and API tokens do not come back.`,
			"enabled", (*dnanexus.Client).EnableUser),
		a.adminUserChange("unlock USER", "Open an account that was locked",
			`Open an account that an admin of its org has locked, and end the waits after
wrong passwords and codes that hold for all networks. The wait of one network,
of at most 15 minutes, ends by itself.`, "unlocked", (*dnanexus.Client).AdminUnlockUser),
		a.adminUserResetCommand(),
	)
	return cmd
}

// bindPerson binds the flags for what a new account says of a person.
func bindPerson(flags *pflag.FlagSet, email, first, last *string) {
	flags.StringVar(email, "email", "", "e-mail `ADDRESS`")
	flags.StringVar(first, "first", "", "first `NAME`")
	flags.StringVar(last, "last", "", "last `NAME`; this or the first is needed")
}

func (a *app) adminUserListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List all accounts",
		Long: `List all accounts, with their state: active, disabled, locked, or new, which
means that there is no password yet.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listAccounts(cmd.Context()) },
	}
}

func (a *app) listAccounts(ctx context.Context) error {
	return a.withAccounts(ctx, func(_ signedIn, accounts *dnanexus.Client) error {
		list, err := allPages(func(cursor json.RawMessage) ([]dnanexus.AdminUser, json.RawMessage, error) {
			answer, err := accounts.FindUsers(ctx, dnanexus.FindUsersRequest{Starting: cursor})
			return answer.Results, nextPage(answer.Next), err
		})
		if err != nil {
			return err
		}
		if a.settings.JSON {
			shown := accountsJSON{Users: []adminUserJSON{}}
			for _, account := range list {
				shown.Users = append(shown.Users, adminUserOf(account))
			}
			return a.printJSON(shown)
		}
		return a.term.Print(accountTable(list))
	})
}

// accountsJSON is what admin user list prints with --json.
type accountsJSON struct {
	Users []adminUserJSON `json:"users"`
}

// adminUserJSON is what admin user show prints with --json.
type adminUserJSON struct {
	User            string            `json:"user"`
	UserID          string            `json:"userId"`
	Email           string            `json:"email"`
	First           string            `json:"first"`
	Middle          string            `json:"middle"`
	Last            string            `json:"last"`
	Created         *time.Time        `json:"created"`
	State           string            `json:"state"` // active, new, locked, disabled
	Superuser       bool              `json:"superuser"`
	SSO             bool              `json:"sso"`
	TwoFactor       bool              `json:"twoFactor"`
	ProvisioningOrg string            `json:"provisioningOrg"`
	BillTo          string            `json:"billTo"`
	Orgs            map[string]string `json:"orgs"` // ID to MEMBER or ADMIN
}

func adminUserOf(account dnanexus.AdminUser) adminUserJSON {
	shown := adminUserJSON{
		User: account.Username, UserID: account.ID, Email: account.Email, First: account.First, Middle: account.Middle,
		Last: account.Last, Created: orNull(fromMillis(account.Created)), State: stateText(account), Superuser: account.Superuser,
		SSO: account.SSO, TwoFactor: account.TwoFactor, ProvisioningOrg: provisioningOrg(account), BillTo: account.BillTo,
		Orgs: map[string]string{},
	}
	for _, org := range account.Orgs {
		shown.Orgs[org.ID] = string(org.Level)
	}
	return shown
}

// provisioningOrg is the org that made an account; empty: none did.
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

func accountTable(list []dnanexus.AdminUser) string {
	shown := newTable("USER", "NAME", "E-MAIL", "STATE", "ORGS")
	for _, account := range list {
		state := stateText(account)
		if account.Superuser {
			state += ", administrator"
		}
		shown.row(account.Username, fullName(account.First, account.Middle, account.Last), account.Email, state, strings.Join(orgTexts(account), " "))
	}
	return shown.String()
}

// orgTexts names the orgs of an account, and where it is an admin.
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

func (a *app) adminUserShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "show USER",
		Short:   "Show one account",
		Long:    `Show what the server holds of one account, without secrets.`,
		Example: `  ` + a.Program + ` admin user show bob@example.org`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.showUser(cmd.Context(), args[0]) },
	}
}

func (a *app) showUser(ctx context.Context, user string) error {
	return a.withAccounts(ctx, func(in signedIn, accounts *dnanexus.Client) error {
		account, err := accounts.AdminUser(ctx, user)
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(adminUserOf(account))
		}
		return a.term.Print(pairs(accountRows(account, in.account.Server)))
	})
}

func accountRows(account dnanexus.AdminUser, server string) [][2]string {
	profile := platform.Profile{
		ID: account.ID, Name: account.Username, First: account.First, Middle: account.Middle, Last: account.Last,
		Email: account.Email, BillTo: account.BillTo, Created: fromMillis(account.Created),
	}
	rows := kit.ProfileRows(profile, &account.TwoFactor, server)
	return append(rows,
		[2]string{"State", stateText(account)},
		[2]string{"Administrator", yesOrNo(account.Superuser)},
		[2]string{"Single sign-on", yesOrNo(account.SSO)},
		[2]string{"Made by", orDash(provisioningOrg(account))},
		[2]string{"Orgs", orDash(strings.Join(orgTexts(account), ", "))})
}

// adminUserChange makes a command that changes the state of an account.
func (a *app) adminUserChange(use, short, long, done string, change func(*dnanexus.Client, context.Context, string) error) *cobra.Command {
	verb, _, _ := strings.Cut(use, " ")
	return &cobra.Command{
		Use: use, Short: short, Long: long, Example: "  " + a.Program + " admin user " + verb + " bob",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd.Context(), func(_ signedIn, accounts *dnanexus.Client) error {
				if err := change(accounts, cmd.Context(), args[0]); err != nil {
					return err
				}
				a.term.Message("The account %s is %s", args[0], done)
				return a.showState(cmd.Context(), accounts, args[0])
			})
		},
	}
}

// showState prints, with --json, the account as it is now.
func (a *app) showState(ctx context.Context, accounts *dnanexus.Client, user string) error {
	if !a.settings.JSON {
		return nil // and nothing is asked
	}
	account, err := accounts.AdminUser(ctx, user)
	if err != nil {
		return err
	}
	return a.printJSON(adminUserOf(account))
}
