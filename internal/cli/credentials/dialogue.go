// Package credentials asks people for what signs them in: a user name, a
// password, a verification code, and a new password.
//
// It promises that nothing is asked where nobody can answer, and that it says
// beforehand what is missing; that what was wrong is asked for again as often
// as dx does it, and a missing code does not count; that what a script hands in
// is tried once; and that what can't be a code or a password is refused here,
// because a wrong try at the server counts.
//
// What is done with the credentials is the matter of the command.
package credentials

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Tries is how often dx lets a person try.
const Tries = 3

// Dialogue gathers a person's credentials, asked for or read from standard
// input, and tries them.
type Dialogue struct {
	*kit.Console
	Credentials platform.Credentials
	Scripted    bool   // they came from standard input: nothing is tried twice
	Prompt      string // for the password
	CodeLine    string // of standard input that has the code

	host     string // that asks
	username string // given; not asked for
	offered  string // user name to offer
	wrong    string // what is said of a wrong password
	loggedIn bool   // the token says who it is: no name is asked for
}

// ForLogin is the dialogue of a login to an auth server. Without a user name it
// offers one that the person can take.
func ForLogin(console *kit.Console, host, username string, expires time.Time) *Dialogue {
	return &Dialogue{
		Console: console, host: host, username: username, Credentials: platform.Credentials{Expires: expires},
		Prompt: "Password: ", wrong: "Incorrect username and/or password", CodeLine: "second",
	}
}

// ForAccount is a dialogue with somebody who is logged in.
func ForAccount(console *kit.Console, account session.Account) *Dialogue {
	return &Dialogue{
		Console: console, host: account.AuthServer, username: account.User, loggedIn: true,
		Prompt: "Password of " + kit.Whose(account) + ": ", wrong: "Incorrect password", CodeLine: "second",
	}
}

// Offer sets the user name that an empty answer stands for.
func (d *Dialogue) Offer(username string) { d.offered = username }

// ReadStdin takes the password, and perhaps a code, from standard input.
func (d *Dialogue) ReadStdin() error {
	lines, err := d.SecretLines(2)
	if err != nil {
		return err
	}
	if lines[0] == "" {
		return refusal.New(refusal.InputRequired, "--password-stdin: standard input has no password").
			WithHint("pipe the password into the command")
	}
	return d.Take(lines[0], lines[1])
}

// Take takes what a script hands in; the code may be empty.
func (d *Dialogue) Take(password, code string) (err error) {
	d.Scripted = true
	d.Credentials.Username, d.Credentials.Password = d.username, secret.New(password)
	if strings.TrimSpace(code) == "" {
		return nil
	}
	if d.Credentials.Code, err = ReadCode(code); err != nil {
		return refusal.New(refusal.WrongCredentials, "the code on standard input: %s", err).Wrap(err)
	}
	return nil
}

// Prove asks and tries, as often as dx does. A missing code is no wrong try.
func (d *Dialogue) Prove(ctx context.Context, try func(platform.Credentials) error) error {
	for wrong := 0; ; {
		if err := d.complete(ctx); err != nil {
			return err
		}
		err := try(d.Credentials)
		if isWrong(err) {
			wrong++
		}
		if err == nil || wrong == Tries {
			return d.named(err)
		}
		if err := d.react(ctx, err); err != nil {
			return d.named(err)
		}
	}
}

// named says of a wrong password what was wrong: whoever is logged in has given
// no user name.
func (d *Dialogue) named(err error) error {
	if !d.loggedIn || !errors.Is(err, platform.ErrWrongPassword) {
		return err
	}
	return refusal.New(refusal.WrongCredentials, "%s", d.wrong).Wrap(err)
}

func isWrong(refused error) bool {
	return errors.Is(refused, platform.ErrWrongPassword) || errors.Is(refused, platform.ErrWrongCode)
}

// complete asks for what the next try still lacks.
func (d *Dialogue) complete(ctx context.Context) error {
	if !d.Credentials.Password.IsZero() {
		return nil
	}
	username, err := d.askUsername(ctx)
	if err != nil {
		return err
	}
	d.Credentials.Username = username
	for d.Credentials.Password.IsZero() {
		if d.Credentials.Password, err = d.Secret(ctx, d.Prompt); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dialogue) askUsername(ctx context.Context) (string, error) {
	if d.username != "" || d.loggedIn {
		return d.username, nil
	}
	prompt := "Username: "
	if d.offered != "" {
		prompt = "Username [" + d.offered + "]: "
	}
	for {
		answer, err := d.Line(ctx, prompt)
		if err != nil {
			return "", err
		}
		if answer = strings.TrimSpace(answer); answer == "" {
			answer = d.offered
		}
		if answer != "" {
			d.offered = answer
			return answer, nil
		}
	}
}

// react prepares the next try after a refusal, or gives up with an error.
func (d *Dialogue) react(ctx context.Context, refused error) error {
	switch {
	case errors.Is(refused, platform.ErrCodeRequired) && d.Credentials.Code.IsZero():
		return d.askCode(ctx)
	case d.Scripted:
		return refused
	case errors.Is(refused, platform.ErrWrongCode):
		d.Message("%s", refused) // it may be one that was used before
		WarnOfSkew(d.Console, refused)
		return d.askCode(ctx)
	case errors.Is(refused, platform.ErrWrongPassword):
		d.Message("%s", d.wrong)
		d.Credentials.Password, d.Credentials.Code = secret.Text{}, secret.Text{}
		return nil
	default:
		return refused
	}
}

// askCode is a line of its own: a code is worth nothing once it is used, so it
// is shown while it is typed, as dx does.
func (d *Dialogue) askCode(ctx context.Context) error {
	if d.Scripted {
		return refusal.New(refusal.InputRequired, "%s asks for a verification code", d.host).
			WithHint("give the code as the " + d.CodeLine + " line of standard input")
	}
	code, err := AskCode(ctx, d.Console, "Verification code: ", ReadCode)
	d.Credentials.Code = code
	return err
}
