package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// logoutOptions are the flags of logout.
type logoutOptions struct {
	localOnly, all, everywhere bool
	yes                        bool
	reauth                     reauthOptions
	host, port, protocol       string
}

func (a *app) logoutCommand() *cobra.Command {
	var o logoutOptions
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Log out, here and on the server",
		Long: `Log out: end the session on the server and erase the credential here. The
credential is erased in any case; when the server can't be reached, a warning
says that the session lives on there until it ends by itself.

After a login with a token this invalidates the token, also where else it is in
use: at a terminal it is asked whether that is meant. --local-only leaves the
server alone.

--all logs out of every account that is signed in on this machine. --everywhere
ends all sessions of the user on the server, wherever they are; it asks for the
password. API tokens go on: "` + a.Program + ` account sessions revoke" ends them.

Logging out when nobody is logged in is no error, but with --everywhere.`,
		Example: `  ` + a.Program + ` logout --all
  ` + a.Program + ` logout --everywhere`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runLogout(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.localOnly, "local-only", false, "erase the credential here and do not tell the server")
	flags.BoolVar(&o.all, "all", false, "log out of every account that is signed in here")
	flags.BoolVar(&o.everywhere, "everywhere", false, "end all sessions of the user on the server")
	flags.BoolVar(&o.yes, "yes", false, "do not ask before a token is invalidated")
	o.reauth.bind(flags)
	// dx needs these to find the auth server again; here it is noted with the account.
	flags.StringVar(&o.host, "host", "", "accepted as with dx: the auth server is known from the login")
	flags.StringVar(&o.port, "port", "", "accepted as with dx: the auth server is known from the login")
	flags.StringVar(&o.protocol, "protocol", "", "accepted as with dx: the auth server is known from the login")
	for _, name := range []string{"host", "port", "protocol"} {
		_ = flags.MarkHidden(name) // fails for unknown flags only
	}
	return cmd
}

// check finds flags that contradict each other.
func (o logoutOptions) check() error {
	switch {
	case o.everywhere && o.localOnly:
		return refusal.Usagef("--everywhere and --local-only exclude each other")
	case o.everywhere && o.all:
		return refusal.Usagef("--everywhere and --all exclude each other: it asks for the password of one account")
	case o.reauth.passwordStdin && !o.everywhere:
		return refusal.Usagef("--password-stdin goes with --everywhere")
	}
	return nil
}

func (a *app) runLogout(ctx context.Context, o logoutOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	end := a.endAndForget
	switch {
	case o.localOnly:
		end = a.forgetOnly
	case !o.yes:
		end = a.askAndEnd
	}
	switch {
	case o.everywhere:
		return a.logoutEverywhere(ctx, o.reauth)
	case o.all:
		return a.logoutAll(ctx, end)
	default:
		return a.logout(ctx, end)
	}
}

// logout finds the account and ends it in the given way. With nobody logged in
// it is quiet.
func (a *app) logout(ctx context.Context, end func(context.Context, session.Account) error) error {
	account, err := a.wantedAccount()
	var done logoutJSON
	switch {
	case errors.Is(err, session.ErrNotSignedIn):
	case err != nil:
		return err
	default:
		if err := end(ctx, account); err != nil {
			return err
		}
		name := account.Name()
		done.LoggedOut = &name
	}
	return a.loggedOut(done)
}

// loggedOut is how every logout ends.
func (a *app) loggedOut(done any) error {
	a.mentionEnvironment()
	return a.answerJSON(done)
}

// logoutJSON is what logout prints with --json.
type logoutJSON struct {
	LoggedOut *string `json:"loggedOut"` // USER@HOST; null when nobody was
}

// mentionEnvironment tells of a credential that a logout can't take away.
func (a *app) mentionEnvironment() {
	found, ok, err := config.CredentialFromEnv(a.Getenv)
	if err == nil && ok {
		a.term.Warn("%s is set in this shell and still signs you in; unset it", found.Origin)
	}
}

// askAndEnd is endAndForget for somebody who may not know that it ends a token
// everywhere. A script is not asked.
func (a *app) askAndEnd(ctx context.Context, account session.Account) error {
	if account.Kind != session.Token || a.term.CanAsk() != nil {
		return a.endAndForget(ctx, account)
	}
	a.term.Paragraph("%s is logged in with a token. Logging out invalidates it, also where else it is in use; --local-only keeps it.", account.Name())
	stays := refusal.New(refusal.Interrupted, "%s is still logged in", account.Name()).
		WithHint("use --local-only to erase it only here")
	if err := a.agreed(ctx, "Invalidate the token of "+account.Name()+"?", stays); err != nil {
		return err
	}
	return a.endAndForget(ctx, account)
}

// forgetOnly erases the credential here.
func (a *app) forgetOnly(ctx context.Context, account session.Account) error {
	if err := a.book.Forget(ctx, account); err != nil {
		return err
	}
	a.term.Message("Erased the credential of %s here; on the server it is still good", account.Name())
	return nil
}

// endAndForget ends the session on the server, then erases the credential
// whatever the server said.
func (a *app) endAndForget(ctx context.Context, account session.Account) error {
	credential, err := a.book.Credential(ctx, account)
	switch {
	case errors.Is(err, session.ErrNotSignedIn):
		return a.book.ForgetIf(ctx, account, session.Credential{})
	case errors.Is(err, session.ErrForeign):
		return a.book.Forget(ctx, account)
	case err != nil:
		return err
	}
	endErr := a.endOnServer(ctx, account, credential)
	// Another process may have signed in meanwhile: that session goes on.
	if err := a.book.ForgetIf(ctx, account, credential); err != nil {
		return err
	}
	switch {
	case endErr == nil && account.Kind == session.Token:
		a.term.Message("Logged out of %s (%s), and invalidated the token", account.Host, account.User)
	case endErr == nil:
		a.term.Message("Logged out of %s (%s)", account.Host, account.User)
	case errors.Is(endErr, platform.ErrSignedOut):
		a.term.Message("Logged out of %s (%s); the session had ended before", account.Host, account.User)
	default:
		a.term.Warn("%s; the credential is erased here, but on the server the session goes on until it ends by itself", endErr)
	}
	return nil
}

func (a *app) endOnServer(ctx context.Context, account session.Account, credential session.Credential) error {
	p, err := a.connectTo(account, credential)
	if err != nil {
		return err
	}
	return signOut(ctx, p, revokeTime)
}
