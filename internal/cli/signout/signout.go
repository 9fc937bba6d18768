// Package signout has the command logout, which ends a session on the server and erases its
// credential here.
//
// It promises that the credential is erased here whatever the server responds, and that the
// command says what stays open then; and that a token which others may use, too, is ended only
// after a confirmation.
package signout

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// options are the flags of logout, and what it uses.
type options struct {
	*kit.Console
	client *kit.Client
	getenv func(string) string
	inExec bool // exec runs this command, with a credential that others use

	localOnly, all, everywhere bool
	yes                        bool
	reauth                     credentials.Reauth
}

// Logout returns the command logout.
func Logout(env kit.Env) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Log out, here and on the server",
		Long: `Log out: end the session on the server and erase the credential here. The
credential is erased in any case; if the server can't be reached, a warning says
that the session continues there until it expires.

It logs out the account that "` + env.Program + ` whoami" shows. If that comes from a
variable, the credential is ended on the server, and a message names what
to unset. An API token in DXAUTH_TOKEN or DXAUTH_TOKEN_FILE may be in use by
others, and inside of exec the session is that of the shell outside: you are
asked to confirm that, and need --yes without a terminal.

After a login with a token this invalidates the token, wherever else it is in
use; at a terminal you are asked to confirm. --local-only does not contact the
server.

--all logs out of every account that is logged in on this machine, but does not
end a credential in a variable. --everywhere ends all sessions of the user on
the server, on all machines; it asks for the password. API tokens still work:
"` + env.Program + ` account sessions revoke" ends them.

Logging out when nobody is logged in is not an error, except with --everywhere.`,
		Example: `  ` + env.Program + ` logout --all
  ` + env.Program + ` logout --everywhere`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			o.inExec = inv.Getenv(kit.ExecVariable) != ""
			o.Console, o.getenv = inv.ConsoleReading(o.reauth.PasswordStdin), inv.Getenv
			o.client, o.reauth.Console = inv.Client(o.Console), o.Console
			return o.run(ctx)
		}),
	}
	kit.InsteadOfArguments(cmd, "name another account with --account USER@HOST")
	flags := cmd.Flags()
	flags.BoolVar(&o.localOnly, "local-only", false, "erase the credential here, without contacting the server")
	flags.BoolVar(&o.all, "all", false, "log out of every account that is signed in here")
	flags.BoolVar(&o.everywhere, "everywhere", false, "end all sessions of the user on the server")
	flags.BoolVar(&o.yes, "yes", false, "do not ask before a token is invalidated")
	o.reauth.Bind(flags)
	// dx needs these to find the auth server again; dxauth stores it with the account.
	for _, name := range []string{"host", "port", "protocol"} {
		flags.String(name, "", "accepted as with dx: the auth server is known from the login")
		_ = flags.MarkHidden(name) // fails for unknown flags only
	}
	return cmd
}

// check returns an error for flags that exclude each other.
func (o options) check() error {
	switch {
	case o.everywhere && o.localOnly:
		return refusal.Usagef("--everywhere and --local-only exclude each other")
	case o.everywhere && o.all:
		return refusal.Usagef("--everywhere and --all exclude each other: it asks for the password of one account")
	case o.reauth.PasswordStdin && !o.everywhere:
		return refusal.Usagef("--password-stdin goes with --everywhere")
	}
	return nil
}

func (o options) run(ctx context.Context) error {
	switch {
	case o.inExec && !o.yes && !o.localOnly:
		return unconfirmed("exec runs this command, with a credential that it ends itself")
	case o.everywhere:
		return o.runEverywhere(ctx)
	case o.all:
		return o.runAll(ctx)
	}
	found, isSet, err := o.client.Accounts.FromEnvironment(ctx)
	switch {
	case err != nil:
		return err
	case !isSet:
		return o.runStored(ctx)
	}
	if own, isOwn := o.client.Accounts.Own(found); isOwn {
		return o.runOwn(ctx, own.Account, found.Origin)
	}
	return o.runVariable(ctx)
}

// runOwn logs out of the stored account to which the credential of a variable belongs.
func (o options) runOwn(ctx context.Context, account session.Account, variable string) error {
	isShared := account.Kind == session.Token && strings.HasPrefix(variable, "DXAUTH_")
	if isShared && !o.yes && !o.localOnly && o.CanAsk() != nil {
		return unconfirmed("the token in " + variable + " may be in use by others")
	}
	if err := o.end(ctx, account); err != nil {
		return err
	}
	return o.finishVariable(ctx, loggedOut(account.Name()))
}

// runStored logs out of the account that the settings name, or the current one.
func (o options) runStored(ctx context.Context) error {
	account, err := o.client.Accounts.Wanted()
	if errors.Is(err, session.ErrNotSignedIn) {
		o.sayNobody(err)
		return o.finish(ctx, loggedOut())
	}
	if err != nil {
		return err
	}
	if err := o.end(ctx, account); err != nil {
		return err
	}
	return o.finish(ctx, loggedOut(account.Name()))
}

// sayNobody says that there was nothing to do, and who is still logged in: the user may
// have meant another account.
func (o options) sayNobody(err error) {
	if o.Classify(err).Hint != failure.LoginHint(o.Program) {
		o.Message("Nothing to do: %s", o.Explanation(err))
	}
}

// resultJSON is what logout prints with --json.
type resultJSON struct {
	LoggedOut []string `json:"loggedOut"` // each as USER@HOST
	Failed    []string `json:"failed"`    // still logged in here, each as USER@HOST
}

func loggedOut(accounts ...string) resultJSON {
	return resultJSON{LoggedOut: append([]string{}, accounts...), Failed: []string{}}
}

// finish ends a logout of stored accounts: it warns of a credential in the
// environment, which is left alone, and prints the JSON.
func (o options) finish(ctx context.Context, done resultJSON) error {
	if set := config.CredentialVariables(ctx, o.getenv); len(set) > 0 {
		o.Warn("%s is set in this shell and still signs you in; unset it", set[0])
	}
	return o.AnswerJSON(done)
}

// end ends an account's session as the flags say.
func (o options) end(ctx context.Context, account session.Account) error {
	if o.localOnly {
		return o.forget(ctx, account)
	}
	if err := o.confirm(ctx, account); err != nil {
		return err
	}
	return o.endAndForget(ctx, account)
}

// confirm asks a user at a terminal, who may not know that logout invalidates a
// token everywhere.
func (o options) confirm(ctx context.Context, account session.Account) error {
	if o.yes || account.Kind != session.Token || o.CanAsk() != nil {
		return nil
	}
	o.Notice("%s is logged in with a token. Logging out invalidates it, wherever else it is in use; --local-only keeps it.", account.Name())
	stays := refusal.New(refusal.Interrupted, "%s is still logged in", account.Name()).WithHint("use --local-only to erase it only here")
	return o.Confirmed(ctx, "Invalidate the token of "+account.Name()+"?", stays)
}

// forget erases the credential here.
func (o options) forget(ctx context.Context, account session.Account) error {
	if err := o.client.Accounts.Forget(ctx, account); err != nil {
		return err
	}
	o.Message("Erased the credential of %s here; it is still valid on the server", account.Name())
	return nil
}

// endAndForget ends the session on the server, then erases the credential,
// whatever the server responded.
func (o options) endAndForget(ctx context.Context, account session.Account) error {
	credential, err := o.client.Accounts.Credential(ctx, account)
	sealed, isSealed := errors.AsType[*session.SealedError](err)
	switch {
	case isSealed:
		return o.forgetSealed(ctx, account, sealed)
	case errors.Is(err, session.ErrNotSignedIn):
		return o.client.Accounts.ForgetUnread(ctx, account, err)
	case errors.Is(err, session.ErrForeign):
		return o.forgetForeign(ctx, account, err)
	case err != nil:
		return err
	}
	endErr := o.endOnServer(ctx, account, credential)
	// Another process may have signed in meanwhile: keep that session.
	if err := o.client.Accounts.ForgetIf(ctx, account, credential); err != nil {
		return err
	}
	switch {
	case endErr == nil && account.Kind == session.Token:
		o.Message("Logged out of %s (%s), and invalidated the token", account.Host, account.User)
	case endErr == nil:
		o.Message("Logged out of %s (%s)", account.Host, account.User)
	case errors.Is(endErr, platform.ErrSignedOut):
		o.Message("Logged out of %s (%s); the session had already ended", account.Host, account.User)
	default:
		return o.warnOpen(ctx, account, endErr, credential.Signature())
	}
	return nil
}

// forgetSealed erases a session that can't be opened, and so can't be ended on the
// server now.
func (o options) forgetSealed(ctx context.Context, account session.Account, sealed *session.SealedError) error {
	if err := o.client.Accounts.ForgetUnread(ctx, account, sealed); err != nil {
		return err
	}
	if o.client.Accounts.EndReasonUnread(account, sealed) != "" {
		o.Message("Logged out of %s (%s); the session had already ended", account.Host, account.User)
		return nil
	}
	return o.warnOpen(ctx, account, sealed, account.Signature)
}

// forgetForeign erases what dxauth did not write, or what was changed.
func (o options) forgetForeign(ctx context.Context, account session.Account, foreign error) error {
	if err := o.client.Accounts.Forget(ctx, account); err != nil {
		return err
	}
	return o.warnOpen(ctx, account, foreign, account.Signature)
}

// warnOpen warns of a session that could not be ended on the server, where a later login
// ends it if the platform can do that.
func (o options) warnOpen(ctx context.Context, account session.Account, cause error, signature string) error {
	until := "until it expires"
	if account.Kind == session.Interactive && platform.Type(account.Type).EndsBySignature() {
		until += ", or until your next login there"
	}
	o.Warn("%s; the credential is erased here, but the session continues on the server %s", cause, until)
	return o.client.Accounts.NoteOpen(ctx, signature)
}

func (o options) endOnServer(ctx context.Context, account session.Account, credential session.Credential) error {
	p, err := o.client.Servers.ConnectTo(account, credential)
	if err != nil {
		return err
	}
	return connect.SignOut(ctx, p, connect.RevokeTime)
}
