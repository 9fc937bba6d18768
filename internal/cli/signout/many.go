package signout

import (
	"context"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// runAll logs out of every account, and continues if one fails.
func (o options) runAll(ctx context.Context) error {
	accounts, _, err := o.client.Accounts.Accounts()
	if err != nil {
		return err
	}
	done := loggedOut()
	var failure error // the last one
	for _, account := range accounts {
		err := o.end(ctx, account)
		switch {
		case err == nil:
			done.LoggedOut = append(done.LoggedOut, account.Name())
		case ctx.Err() != nil:
			return err
		default:
			o.Warn("%s: %s", account.Name(), err)
			done.Failed = append(done.Failed, account.Name())
			failure = err
		}
	}
	if err := o.finish(ctx, done); err != nil || failure == nil {
		return err
	}
	last := o.Classify(failure)
	return &refusal.Error{Code: last.Code, Hint: last.Hint, Err: failure,
		Message: fmt.Sprintf("%d of %d accounts are still logged in here: %s", len(done.Failed), len(accounts), strings.Join(done.Failed, ", "))}
}

// runEverywhere ends all sessions of the user on the server. It fails if no user
// is logged in, because sessions on other machines would continue.
func (o options) runEverywhere(ctx context.Context) error {
	in, err := o.client.Active(ctx)
	if err != nil {
		return err
	}
	if !in.Stored {
		return refusal.New(refusal.Usage, "the credential comes from %s: there is no account to log out of", in.Source).
			WithHint("unset it, or name an account with --account")
	}
	if err := o.client.OrEnded(ctx, in, o.endEverywhere(ctx, in)); err != nil {
		return err
	}
	return o.finish(ctx, loggedOut(in.Account.Name()))
}

func (o options) endEverywhere(ctx context.Context, in kit.SignedIn) error {
	prove, err := o.reauth.Prepare(ctx, in.Account)
	if err != nil {
		return err
	}
	// The sessions come first: no password is sent to a server that can't end them.
	sessions, list, err := in.Sessions(ctx)
	if err != nil {
		return err
	}
	o.Notice("This ends %s of %s at %s", counted(list.Sessions), in.Account.User, in.Account.Host)
	if in.Account.Kind == session.Token {
		o.Notice("It also invalidates the token that you are logged in with")
	}
	err = prove(func(given platform.Credentials) error { return sessions.EndAll(ctx, in.Account.User, given) })
	if err != nil {
		return err
	}
	o.Message("Ended all sessions of %s at %s", in.Account.User, in.Account.Host)
	if in.Account.Kind == session.Token {
		return o.endAndForget(ctx, in.Account) // EndAll does not revoke API tokens
	}
	return o.client.Accounts.ForgetIf(ctx, in.Account, in.Credential)
}

// counted says how many items of a list are sessions.
func counted(list []dnanexus.Session) string {
	count := 0
	for _, item := range list {
		if item.Kind == string(session.Interactive) {
			count++
		}
	}
	if count == 1 {
		return "the one session"
	}
	return fmt.Sprintf("all %d sessions", count)
}
