package cli

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// reauthOptions are the flags of a command for which the server wants the
// password, and a code where the account has two-factor authentication, although
// somebody is logged in.
type reauthOptions struct{ passwordStdin bool }

func (o *reauthOptions) bind(flags *pflag.FlagSet) {
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
}

// reauthentication finds out whether the password is there or can be asked for.
// The call that needs it goes into the dialogue's prove, which asks for what is
// missing and for what was wrong.
func (a *app) reauthentication(account session.Account, o reauthOptions) (*dialogue, error) {
	a.term = a.terminal(o.passwordStdin)
	d := a.dialogueOf(account)
	if o.passwordStdin {
		return d, d.readPassword()
	}
	if err := a.term.CanAsk(); err != nil {
		return nil, refusal.New(refusal.InputRequired, "the password of %s is needed: %s", whose(account), err).
			WithHint("give it with --password-stdin")
	}
	return d, nil
}

// dialogueOf is a dialogue with somebody who is logged in.
func (a *app) dialogueOf(account session.Account) *dialogue {
	return &dialogue{
		app: a, host: account.AuthServer, fixed: account.User, signedIn: true,
		prompt: "Password of " + whose(account) + ": ", wrong: "Incorrect password", codeLine: "second",
	}
}

// proving makes a call for which the server may want to know the person: without
// a password at first, then with what is asked for. A password on standard input
// goes with the first try.
func (a *app) proving(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	if !o.passwordStdin {
		if err := call(platform.Credentials{}); !errors.Is(err, platform.ErrReauthenticate) {
			return err
		}
	}
	return a.withPassword(ctx, account, o, call)
}

// withPassword makes a call that always wants the password. What is wrong is
// asked for again, as often as at a login.
func (a *app) withPassword(ctx context.Context, account session.Account, o reauthOptions, call func(platform.Credentials) error) error {
	proof, err := a.reauthentication(account, o)
	if err != nil {
		return err
	}
	return proof.prove(ctx, call)
}

// whose names an account; a token of the environment may leave the user open.
func whose(account session.Account) string {
	if account.User == "" {
		return "your account at " + account.Host
	}
	return account.Name()
}
