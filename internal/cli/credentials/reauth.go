package credentials

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// Reauth asks for the password, and a code where the account has two-factor
// authentication, although somebody is logged in.
type Reauth struct {
	PasswordStdin bool // the password is on standard input
	Console       *kit.Console
}

// Bind binds the flag of a command that needs the password.
func (r *Reauth) Bind(flags *pflag.FlagSet) {
	flags.BoolVar(&r.PasswordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
}

// Dialogue finds out whether the password is there or can be asked for. The
// call that needs it goes into the dialogue's Prove.
func (r Reauth) Dialogue(account session.Account) (*Dialogue, error) {
	d := ForAccount(r.Console, account)
	if r.PasswordStdin {
		return d, d.ReadStdin()
	}
	if err := r.Console.CanAsk(); err != nil {
		return nil, kit.CannotAsk("prompt for the password of "+kit.Whose(account), err).
			WithHint("give it with --password-stdin")
	}
	return d, nil
}

// IfAsked makes a call for which the server may want the password: without one
// at first, then with what is asked for. A password on standard input goes with
// the first try.
func (r Reauth) IfAsked(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	if !r.PasswordStdin {
		if err := call(platform.Credentials{}); !errors.Is(err, platform.ErrReauthenticate) {
			return err
		}
	}
	return r.Always(ctx, account, call)
}

// Always makes a call that always wants the password. What is wrong is asked
// for again, as often as at a login.
func (r Reauth) Always(ctx context.Context, account session.Account, call func(platform.Credentials) error) error {
	d, err := r.Dialogue(account)
	if err != nil {
		return err
	}
	return d.Prove(ctx, call)
}
