package signout

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// unconfirmed returns the error of a logout that has to be confirmed and can't be.
func unconfirmed(why string) error {
	return refusal.New(refusal.InputRequired, "confirmation required: %s", why).
		WithHint("use --yes to end it on the server, or --local-only to leave it there")
}

// runVariable logs out of a credential in a variable: it ends it on the server. The
// variable itself is that of the shell.
func (o options) runVariable(ctx context.Context) error {
	if o.localOnly {
		return o.finish(ctx, loggedOut())
	}
	in, err := o.client.Active(ctx)
	if err != nil {
		return err
	}
	user, err := in.Whoami(ctx)
	if errors.Is(err, platform.ErrSignedOut) {
		o.Message("The credential in %s had already ended", in.Source)
		return o.finishVariable(ctx, loggedOut())
	}
	if err != nil {
		return err
	}
	in.Account.User = in.Type().UserName(user)
	if err := o.confirmVariable(ctx, in); err != nil {
		return err
	}
	if err := o.endVariable(ctx, in); err != nil {
		return err
	}
	return o.finishVariable(ctx, loggedOut(in.Account.Name()))
}

// finishVariable says which variables to unset, and prints the JSON.
func (o options) finishVariable(ctx context.Context, done resultJSON) error {
	set := config.CredentialVariables(ctx, o.getenv)
	switch {
	case slices.Contains(set, "DX_SECURITY_CONTEXT"):
		o.Message(`Now unset %s in this shell (eval "$(%s env --unset)")`, strings.Join(set, " and "), o.Program)
	case len(set) > 0:
		o.Message("Now unset %s in this shell", strings.Join(set, " and "))
	}
	return o.AnswerJSON(done)
}

// confirmVariable asks before it ends a credential of dxauth's own variables that
// others may use. One in dx's variables is ended as dx does, without a question.
func (o options) confirmVariable(ctx context.Context, in kit.SignedIn) error {
	if o.yes || !strings.HasPrefix(in.Source, "DXAUTH_") {
		return nil
	}
	if stored, ok := o.storedTwin(in); ok && stored.Kind == session.Interactive {
		return nil
	}
	isSession, err := in.IsSession(ctx)
	if err != nil || isSession {
		return err
	}
	if o.CanAsk() != nil {
		return unconfirmed("the token in " + in.Source + " may be in use by others")
	}
	o.Notice("The token of %s in %s may be in use by others. Logging out invalidates it for all of them; --local-only keeps it.", in.Account.Name(), in.Source)
	stays := refusal.New(refusal.Interrupted, "the token in %s is still valid", in.Source).WithHint("unset " + in.Source + " to stop using it here")
	return o.Confirmed(ctx, "Invalidate the token of "+in.Account.Name()+"?", stays)
}

// endVariable ends the credential on the server, and erases the copy of it that a
// login stored.
func (o options) endVariable(ctx context.Context, in kit.SignedIn) error {
	stored, isStored := o.storedTwin(in)
	err := connect.SignOut(ctx, in, connect.RevokeTime)
	if err != nil && !errors.Is(err, platform.ErrSignedOut) {
		return err
	}
	o.Message("Logged out of %s (%s): the credential in %s has ended", in.Account.Host, in.Account.User, in.Source)
	if !isStored {
		return nil
	}
	return o.client.Accounts.ForgetIf(ctx, stored, in.Credential)
}

// storedTwin returns the account that has the same credential as a variable, also
// inside of exec.
func (o options) storedTwin(in kit.SignedIn) (session.Account, bool) {
	account, isCurrent, found := o.client.Accounts.Recognize(in.Credential)
	return account, found && isCurrent && account.Server == in.Account.Server
}
