package credentials

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// Reauth asks a user who is logged in for the password again, and for a code if
// the account has two-factor authentication.
type Reauth struct {
	PasswordStdin bool // the password is on standard input
	Console       *kit.Console
}

// Bind defines the flag of a command that needs the password.
func (r *Reauth) Bind(flags *pflag.FlagSet) {
	flags.BoolVar(&r.PasswordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
}

// Dialogue returns a dialogue for the password. It returns an error if the
// password is neither on standard input nor can be asked for. The call that needs
// the password goes into the dialogue's Prove.
func (r Reauth) Dialogue(ctx context.Context, account session.Account) (*Dialogue, error) {
	d := ForAccount(r.Console, account)
	if r.PasswordStdin {
		return d, d.ReadStdin(ctx)
	}
	if err := r.Console.CanAsk(); err != nil {
		cannot := kit.CannotAsk("prompt for the password of "+kit.Whose(account), err)
		if account.InBrowser {
			return nil, cannot.WithHint("give it with --password-stdin; without a password, run " + r.Console.Program + " login --sso, and try again within 5 minutes")
		}
		return nil, cannot.WithHint("give it with --password-stdin")
	}
	return d, nil
}

// IfAsked makes a call for which the server may require the password: first
// without it, then with the password if the server requires it. A password on
// standard input is sent at once.
func (r Reauth) IfAsked(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	if !r.PasswordStdin {
		if err := call(platform.Credentials{}); !errors.Is(err, platform.ErrReauthenticate) {
			return err
		}
	}
	return r.ask(ctx, account, call)
}

// Always makes a call that always needs the password, of users who have one: those who
// logged in in a browser may have none, and the server knows.
func (r Reauth) Always(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	prove, err := r.Prepare(ctx, account)
	if err != nil {
		return err
	}
	return prove(call)
}

// Prepare returns what makes a call as Always does, for a command that sends something
// else before. It returns an error if the password is needed and can't be had.
func (r Reauth) Prepare(ctx context.Context, account session.Account) (func(call func(platform.Credentials) error) error, error) {
	if account.InBrowser {
		return func(call func(platform.Credentials) error) error { return r.IfAsked(ctx, account, call) }, nil
	}
	d, err := r.Dialogue(ctx, account)
	if err != nil {
		return nil, err
	}
	return func(call func(platform.Credentials) error) error { return d.Prove(ctx, call) }, nil
}

// ask makes a call with the password. It asks again after a wrong one, as often as login
// does.
func (r Reauth) ask(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	d, err := r.Dialogue(ctx, account)
	if err != nil {
		return err
	}
	return d.Prove(ctx, call)
}
