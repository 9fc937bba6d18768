package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// logoutAllJSON is what logout --all prints with --json; each is USER@HOST.
type logoutAllJSON struct {
	LoggedOut []string `json:"loggedOut"`
	Failed    []string `json:"failed"` // still signed in here
}

// logoutAll ends every account in the given way. One that fails does not keep
// the others.
func (a *app) logoutAll(ctx context.Context, end func(context.Context, session.Account) error) error {
	accounts, _, err := a.book.Accounts()
	if err != nil {
		return err
	}
	done := logoutAllJSON{LoggedOut: []string{}, Failed: []string{}}
	var failure error // the last one
	for _, account := range accounts {
		err := end(ctx, account)
		switch {
		case err == nil:
			done.LoggedOut = append(done.LoggedOut, account.Name())
		case ctx.Err() != nil:
			return err
		default:
			a.term.Warn("%s: %s", account.Name(), err)
			done.Failed = append(done.Failed, account.Name())
			failure = err
		}
	}
	if err := a.loggedOut(done); err != nil || failure == nil {
		return err
	}
	kind := a.failureOf(failure)
	return &refusal.Error{Code: kind.Code, Hint: kind.Hint, Err: failure,
		Message: fmt.Sprintf("%d of %d accounts are still logged in here: %s", len(done.Failed), len(accounts), strings.Join(done.Failed, ", "))}
}

// logoutEverywhere ends all sessions of the user on the server. With nobody
// logged in it fails: sessions elsewhere would go on.
func (a *app) logoutEverywhere(ctx context.Context, o reauthOptions) error {
	in, err := a.active(ctx)
	if err != nil {
		return err
	}
	if !in.stored {
		return refusal.New(refusal.Usage, "the credential comes from %s: there is no account to log out of", in.source).
			WithHint("unset it, or name an account with --account")
	}
	if err := a.orEnded(ctx, in, a.endEverywhere(ctx, in, o)); err != nil {
		return err
	}
	name := in.account.Name()
	return a.loggedOut(logoutJSON{LoggedOut: &name})
}

func (a *app) endEverywhere(ctx context.Context, in signedIn, o reauthOptions) error {
	proof, err := a.reauthentication(in.account, o)
	if err != nil {
		return err
	}
	// Asked first: a password must not go where nobody knows what to do with it.
	sessions, list, err := listSessions(ctx, in)
	if err != nil {
		return err
	}
	a.term.Message("This ends %s of %s at %s", counted(list.Sessions), in.account.User, in.account.Host)
	if in.account.Kind == session.Token {
		a.term.Message("It also invalidates the token that you are logged in with")
	}
	end := func(person platform.Credentials) error { return sessions.EndAll(ctx, person) }
	if err := proof.prove(ctx, end); err != nil {
		return err
	}
	a.term.Message("Ended all sessions of %s at %s", in.account.User, in.account.Host)
	if in.account.Kind == session.Token {
		return a.endAndForget(ctx, in.account) // an API token is no session
	}
	return a.book.ForgetIf(ctx, in.account, in.credential)
}

// counted says how many of a list are sessions.
func counted(list []dnanexus.Session) string {
	count := 0
	for _, one := range list {
		if one.Kind == string(session.Interactive) {
			count++
		}
	}
	if count == 1 {
		return "the one session"
	}
	return fmt.Sprintf("all %d sessions", count)
}

func listSessions(ctx context.Context, in signedIn) (*platform.Sessions, dnanexus.ListSessionsResponse, error) {
	sessions, err := in.Sessions()
	if err != nil {
		return nil, dnanexus.ListSessionsResponse{}, err
	}
	list, err := sessions.List(ctx)
	return sessions, list, err
}
