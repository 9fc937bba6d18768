package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/session"
)

func (a *app) statusCommand() *cobra.Command {
	var offline bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the session: where, who, until when",
		Long: `Show where somebody is logged in, as whom, where the credential rests, and when
the session ends. The server is asked whether the session is still good, unless
--offline is given.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if offline {
				return a.statusOffline()
			}
			return a.asSignedIn(cmd.Context(), func(in signedIn) error { return a.statusOnline(cmd.Context(), in) })
		},
	}
	cmd.Flags().BoolVar(&offline, "offline", false, "show what is noted here and ask no server")
	return cmd
}

// statusJSON is what status prints with --json. Times are null where there is
// no limit, or none is known.
type statusJSON struct {
	Account      string           `json:"account"`  // USER@HOST; empty with a credential from the environment
	ChosenBy     string           `json:"chosenBy"` // why it is this account
	Server       string           `json:"server"`
	Type         string           `json:"type"` // dnanexus, molgenis or emx2; "" where it was not found out yet
	AuthServer   string           `json:"authServer"`
	ServerOrigin config.Origin    `json:"serverOrigin"` // where the choice of the server comes from
	User         string           `json:"user"`
	UserID       string           `json:"userId"`
	Kind         session.Kind     `json:"kind"`
	Store        string           `json:"store"` // name of the store, or of the variable with the token
	Expires      *time.Time       `json:"expires"`
	IdleDeadline *time.Time       `json:"idleDeadline"`
	Project      *session.Project `json:"project"`
	Checked      bool             `json:"checked"` // the server was asked
}

// statusOffline opens no store: what is noted can be shown with a locked one.
func (a *app) statusOffline() error {
	fromEnv, found, err := a.fromEnvironment()
	if err != nil {
		return err
	}
	if found {
		in, _, err := a.ofEnv(fromEnv)
		if err != nil {
			return err
		}
		return a.showStatus(a.statusOf(in))
	}
	account, err := a.wantedAccount()
	if err != nil {
		return err
	}
	return a.showStatus(a.statusOf(signedIn{account: account, source: account.Store, stored: true}))
}

func (a *app) statusOnline(ctx context.Context, in signedIn) error {
	user, err := in.Whoami(ctx)
	if err != nil {
		return err
	}
	in.account.LastUsed = a.Now().UTC()
	status := a.statusOf(in)
	status.User, status.UserID, status.Checked = user.Name, user.ID, true
	if err := a.showStatus(status); err != nil {
		return err
	}
	a.warnBeforeEnd(in.account, in.account.Expires.Sub(in.account.Created)/5)
	return nil
}

func (a *app) statusOf(in signedIn) statusJSON {
	return statusJSON{
		Account: accountName(in), ChosenBy: a.accountRule(in), Server: in.account.Server, Type: in.account.Type, AuthServer: in.account.AuthServer, ServerOrigin: a.serverOrigin(in),
		User: in.account.User, UserID: in.account.UserID, Kind: in.account.Kind, Store: in.source,
		Expires: orNull(in.account.Expires), IdleDeadline: orNull(a.idleDeadline(in.account)), Project: a.project(in),
	}
}

// idleDeadline heeds the shorter limit of the settings.
func (a *app) idleDeadline(account session.Account) time.Time {
	limit := a.idleLimit(account)
	if limit == 0 || account.LastUsed.IsZero() {
		return time.Time{}
	}
	return account.LastUsed.Add(limit)
}

func accountName(in signedIn) string {
	if !in.stored {
		return ""
	}
	return in.account.Name()
}

// accountRule says why it is this account that a command acts for.
func (a *app) accountRule(in signedIn) string {
	switch {
	case !in.stored:
		return "the credential in " + in.source
	case a.settings.Account != "":
		return a.settings.Origin("account").String()
	case a.settings.Server != "":
		return "the account at " + in.account.Host
	default:
		return "the current account; " + a.Program + " switch changes it"
	}
}

// serverOrigin says why it is this server: a setting, or the login.
func (a *app) serverOrigin(in signedIn) config.Origin {
	if a.settings.Server == "" && in.stored {
		return config.Origin{Kind: originAccount, Name: in.account.Name()}
	}
	return a.settings.Origin("server")
}

// originAccount is the origin of a server that no setting names: the login.
const originAccount = "account"

func originText(origin config.Origin) string {
	if origin.Kind == originAccount {
		return "from the login"
	}
	return origin.String()
}

func (a *app) showStatus(status statusJSON) error {
	if a.settings.JSON {
		return a.printJSON(status)
	}
	rows := [][2]string{
		{"Server", fmt.Sprintf("%s (%s)", status.Server, originText(status.ServerOrigin))},
		{"User", orNone(status.User)},
		{"Chosen by", status.ChosenBy},
		{"Signed in by", string(status.Kind)},
		{"Credential", status.Store},
		{"Ends", a.deadline(status.Expires)},
		{"Ends when idle", a.deadline(status.IdleDeadline)},
		{"Project", projectText(status.Project)},
	}
	if err := a.term.Print(pairs(rows)); err != nil {
		return err
	}
	if status.Store == credstore.PlaintextName {
		a.term.Warn("the credential is in a file in plain text; log in again with --store keyring where there is a keyring")
	}
	return nil
}

func (a *app) deadline(at *time.Time) string {
	if at == nil {
		return "not known here, or never"
	}
	left := at.Sub(a.Now())
	if left <= 0 {
		return timeText(*at) + " (over)"
	}
	return fmt.Sprintf("%s (in %s)", timeText(*at), duration.Format(left.Round(time.Second)))
}

func projectText(project *session.Project) string {
	if project == nil {
		return "none"
	}
	return fmt.Sprintf("%s:%s (%s)", project.Name, project.Folder, project.ID)
}
