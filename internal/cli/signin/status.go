package signin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/session"
)

// statusOptions are what status uses.
type statusOptions struct {
	*kit.Console
	client   *kit.Client
	settings config.Settings
}

// Status returns the command status.
func Status(env kit.Env) *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the session: server, user and expiry",
		Long: `Show the server and the user that you are logged in as, where the credential is
stored, and when the session ends. This checks with the server that the session
is still valid, unless --offline is given.`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o := statusOptions{Console: inv.Console(), settings: inv.Settings}
			o.client = inv.Client(o.Console)
			if offline {
				return o.runOffline(ctx)
			}
			return o.client.Do(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "show what is known here, without contacting the server")
	return cmd
}

// statusJSON is what status prints with --json. Times are null if there is no
// limit or it is unknown.
type statusJSON struct {
	Account      string           `json:"account"`  // USER@HOST; empty with a credential from the environment
	ChosenBy     string           `json:"chosenBy"` // what selected this account
	Server       string           `json:"server"`
	Type         string           `json:"type"` // dnanexus, molgenis or emx2; "" if it is not known yet
	AuthServer   string           `json:"authServer"`
	ServerOrigin config.Origin    `json:"serverOrigin"` // what selected the server
	User         string           `json:"user"`
	UserID       string           `json:"userId"`
	Kind         session.Kind     `json:"kind"`
	Store        string           `json:"store"`  // name of the store, or of the variable with the token
	Sealed       bool             `json:"sealed"` // the stored credential opens for a limited time only
	Locked       bool             `json:"locked"` // it can't be opened here
	Expires      *format.Millis   `json:"expires"`
	IdleDeadline *format.Millis   `json:"idleDeadline"`
	Project      *session.Project `json:"project"`
	Checked      bool             `json:"checked"` // the server confirmed the session
}

// runOffline opens no store, so that it also works if the store is locked.
func (o statusOptions) runOffline(ctx context.Context) error {
	in, err := o.client.Noted(ctx)
	if err != nil {
		return err
	}
	return o.show(in, o.statusOf(in))
}

func (o statusOptions) run(ctx context.Context, in kit.SignedIn) error {
	user, err := in.Whoami(ctx)
	if err != nil {
		return err
	}
	in.Account = o.client.Accounts.Used(in.Account)
	status := o.statusOf(in)
	status.User, status.UserID, status.Checked = user.Name, user.ID, true
	if err := o.show(in, status); err != nil {
		return err
	}
	o.client.WarnBeforeEnd(in.Account, in.Account.Expires.Sub(in.Account.Created)/5)
	adviseNewcomer(ctx, o.Console, in)
	return nil
}

func (o statusOptions) statusOf(in kit.SignedIn) statusJSON {
	account, accounts := in.Account, o.client.Accounts
	return statusJSON{
		Account: accountName(in), ChosenBy: o.chosenBy(in), Server: account.Server, Type: account.Type,
		AuthServer: account.AuthServer, ServerOrigin: o.serverOrigin(in), User: account.User, UserID: account.UserID,
		Kind: account.Kind, Store: in.Source, Sealed: account.Sealed != nil, Locked: in.Variable == "" && accounts.IsLocked(account), Expires: format.OrNull(account.Expires),
		IdleDeadline: format.OrNull(accounts.IdleDeadline(account)), Project: accounts.Project(account),
	}
}

func accountName(in kit.SignedIn) string {
	if !in.Stored {
		return ""
	}
	return in.Account.Name()
}

// chosenBy says what selected the account that a command acts for.
func (o statusOptions) chosenBy(in kit.SignedIn) string {
	switch {
	case !in.Stored:
		return "the credential in " + in.Source
	case in.Variable != "":
		return "the credential in " + in.Variable + ", which is that of this account"
	case o.settings.IsSet("account"):
		return o.settings.Origin("account").String()
	case o.settings.IsSet("server"):
		return "the account at " + in.Account.Host
	default:
		return "the current account; " + o.Program + " switch changes it"
	}
}

// originAccount is the kind of origin of a server that comes from the login, not
// from a setting.
const originAccount = "account"

// serverOrigin returns what selected the server: a setting, or the login.
func (o statusOptions) serverOrigin(in kit.SignedIn) config.Origin {
	if !o.settings.IsSet("server") && in.Stored {
		return config.Origin{Kind: originAccount, Name: in.Account.Name()}
	}
	return o.settings.Origin("server")
}

func originText(origin config.Origin) string {
	if origin.Kind == originAccount {
		return "from the login"
	}
	return origin.String()
}

func (o statusOptions) show(in kit.SignedIn, status statusJSON) error {
	if o.JSON {
		return o.PrintJSON(status)
	}
	rows := [][2]string{
		{"Server", fmt.Sprintf("%s (%s)", status.Server, originText(status.ServerOrigin))},
		{"User", format.OrNone(status.User)},
		{"Selected by", status.ChosenBy},
		{"Signed in by", string(status.Kind)},
		{"Credential", in.Source + o.client.Accounts.SealText(in.Account)},
		{"Ends", format.Deadline(in.Account.Expires, o.Now(), "unknown")},
		{"Ends when idle", format.Deadline(o.client.Accounts.IdleDeadline(in.Account), o.Now(), "never")},
		{"Project", projectText(status.Project)},
	}
	if err := o.Print(format.Pairs(rows, o.Columns())); err != nil {
		return err
	}
	if status.Store == credstore.PlaintextName {
		o.Warn("the credential is in a file in plain text; log in again with --store keyring if one is available")
	}
	return nil
}

func projectText(project *session.Project) string {
	if project == nil {
		return "none"
	}
	return fmt.Sprintf("%s:%s (%s)", project.Name, project.Folder, project.ID)
}
