// Package credentials asks users for their credentials: a user name, a password,
// a verification code, and a new password.
//
// It promises to prompt only at a terminal, and to report missing input before
// any request; to ask again after a wrong password or code as often as dx does,
// where a missing code does not count; to try the credentials of a script only
// once; and to reject input that can't be a code or a password, because the
// server counts wrong attempts.
//
// The command decides what to do with the credentials.
package credentials

import (
	"cmp"
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

// Tries is how many attempts dx allows.
const Tries = 3

// Dialogue gets a user's credentials from prompts or standard input, and tries
// them.
type Dialogue struct {
	*kit.Console
	Credentials platform.Credentials
	Scripted    bool   // the credentials are from standard input and are tried once
	Prompt      string // for the password
	CodeLine    string // which line of standard input has the code: "second"
	AboutCode   string // says which code is meant, before the prompt for it

	host     string // URL of the auth server, for messages
	username string // given, so that it is not asked for
	offered  string // default of the prompt for the user name
	wrong    string // message for a wrong password
	loggedIn bool   // the token identifies the user: no name is asked for
	browser  bool   // in which the user signed in, perhaps without a password
	asked    bool   // the password was asked for
}

// ForLogin returns the dialogue of a login to an auth server. It asks for the user
// name if that is empty.
func ForLogin(console *kit.Console, host, username string, expires time.Time) *Dialogue {
	return &Dialogue{
		Console: console, host: host, username: username, Credentials: platform.Credentials{Expires: expires},
		Prompt: "Password: ", wrong: "Incorrect username and/or password", CodeLine: "second",
		AboutCode: "Type the code that your authenticator app shows now, or a recovery code",
	}
}

// ForAccount returns the dialogue with a user who is logged in.
func ForAccount(console *kit.Console, account session.Account) *Dialogue {
	return &Dialogue{
		Console: console, host: account.AuthServer, username: account.User, loggedIn: true, browser: account.InBrowser,
		Prompt: "Password of " + kit.Whose(account) + ": ", wrong: "Incorrect password", CodeLine: "second",
		AboutCode: "Type the code that your current authenticator app shows now, or a recovery code",
	}
}

// Offer sets the default user name, for an empty input.
func (d *Dialogue) Offer(username string) { d.offered = username }

// ReadStdin reads the password and an optional code from standard input.
func (d *Dialogue) ReadStdin(ctx context.Context) error {
	lines, err := d.SecretLines(ctx, "Password", "Verification code, if the account needs one")
	if err != nil {
		return err
	}
	if lines[0] == "" {
		return refusal.New(refusal.InputRequired, "--password-stdin: standard input has no password").
			WithHint("pipe the password into the command")
	}
	return d.Take(lines[0], lines[1])
}

// ReadPipe reads the user name, unless it is given, the password and an optional code
// from standard input, one on each line, as dx does. An empty user name is the one
// offered. It returns [ErrNoLines] if there is nothing to read.
func (d *Dialogue) ReadPipe(ctx context.Context) error {
	d.CodeLine = "third"
	lines, err := d.SecretLines(ctx, "Username", "Password", "Verification code")
	if err != nil {
		return err
	}
	if strings.Join(lines, "") == "" {
		return ErrNoLines
	}
	if d.username != "" {
		d.CodeLine = "second"
		lines = append([]string{d.username}, lines...)
	}
	if d.username = cmp.Or(strings.TrimSpace(lines[0]), d.offered); d.username == "" {
		return refusal.New(refusal.InputRequired, "the first line of standard input has no user name").WithHint(pipeHint)
	}
	if lines[1] == "" {
		return refusal.New(refusal.InputRequired, "standard input has a user name but no password").WithHint(pipeHint)
	}
	return d.Take(lines[1], lines[2])
}

// ErrNoLines means that standard input is empty.
var ErrNoLines = errors.New("standard input is empty")

const pipeHint = "write the user name, the password and, if the account needs one, a code to standard input, each on a line"

// Take sets the password and the code of a script; the code may be empty.
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

// Prove asks for credentials and tries them, as often as dx does. A missing code
// does not count as an attempt.
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
			return d.explain(err)
		}
		if err := d.react(ctx, err); err != nil {
			return d.explain(err)
		}
	}
}

// explain replaces the message for a wrong user name or password if the user is
// logged in and has entered only a password.
func (d *Dialogue) explain(err error) error {
	if !d.loggedIn || !errors.Is(err, platform.ErrWrongPassword) {
		return err
	}
	return refusal.New(refusal.WrongCredentials, "%s", d.wrong).Wrap(err)
}

func isWrong(refused error) bool {
	return errors.Is(refused, platform.ErrWrongPassword) || errors.Is(refused, platform.ErrWrongCode)
}

// complete asks for what is missing for the next attempt.
func (d *Dialogue) complete(ctx context.Context) error {
	if !d.Credentials.Password.IsZero() {
		return nil
	}
	username, err := d.askUsername(ctx)
	if err != nil {
		return err
	}
	d.Credentials.Username = username
	d.explainPassword()
	for d.Credentials.Password.IsZero() {
		if d.Credentials.Password, err = d.Secret(ctx, d.Prompt); err != nil {
			return err
		}
	}
	return nil
}

// explainPassword says once why a user who is logged in has to give the password again.
func (d *Dialogue) explainPassword() {
	if d.loggedIn && !d.asked {
		d.Notice("This changes who can use your account, so confirm that it is you")
	}
	if d.browser && !d.asked {
		d.Notice("If you have no password, press Ctrl-C, run %s login --sso, and try again within 5 minutes", d.Program)
	}
	d.asked = true
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

// react prepares the next attempt after a refusal, or returns an error if there
// is none.
func (d *Dialogue) react(ctx context.Context, refused error) error {
	switch {
	case errors.Is(refused, platform.ErrCodeRequired) && d.Credentials.Code.IsZero():
		return d.askCode(ctx)
	case d.Scripted:
		return refused
	case errors.Is(refused, platform.ErrWrongCode):
		d.Notice("%s", refused) // says also if the code was used before
		WarnOfSkew(d.Console, refused)
		return d.askCode(ctx)
	case errors.Is(refused, platform.ErrWrongPassword):
		d.Notice("%s", d.wrong)
		d.Credentials.Password, d.Credentials.Code = secret.Text{}, secret.Text{}
		return nil
	default:
		return refused
	}
}

// askCode asks for a verification code, which is shown while it is typed, as in
// dx: once used, it is worthless.
func (d *Dialogue) askCode(ctx context.Context) error {
	if d.Scripted {
		return refusal.New(refusal.InputRequired, "%s asks for a verification code", d.host).
			WithHint("give the code as the " + d.CodeLine + " line of standard input")
	}
	if d.Credentials.Code.IsZero() {
		d.Notice("%s", d.AboutCode)
	}
	code, err := AskCode(ctx, d.Console, "Verification code: ", ReadCode)
	d.Credentials.Code = code
	return err
}
