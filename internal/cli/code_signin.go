package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// codeSignIn is for somebody with a code and no password yet. The code opens an account
// to whoever has it, so like a password it is never an argument.
type codeSignIn struct {
	*app
	scripted bool // code and password came from standard input
	code     secret.Text
	wanted   credentials.NewPassword
}

// codeFromStdin describes the flag of the commands that take a code.
const codeFromStdin = "read the code and the new password from standard input, a line each"

// newCodeSignIn finds out whether code and password are there or can be asked for.
func (a *app) newCodeSignIn(fromStdin bool) (*codeSignIn, error) {
	a.term = a.terminal(fromStdin)
	c := &codeSignIn{app: a, scripted: fromStdin}
	if !fromStdin {
		if err := a.term.CanAsk(); err != nil {
			return nil, refusal.New(refusal.InputRequired, "this needs a person at a terminal: %s", err).
				WithHint("give code and password with --code-stdin")
		}
		return c, nil
	}
	lines, err := a.secretLines(2)
	if err != nil {
		return nil, err
	}
	code := strings.TrimSpace(lines[0])
	if code == "" || lines[1] == "" {
		return nil, refusal.New(refusal.InputRequired, "--code-stdin: standard input has no code and password").
			WithHint("pipe the code and the new password into the command, a line each")
	}
	c.code, c.wanted.Text = secret.New(code), secret.New(lines[1])
	return c, nil
}

// complete asks for what is missing.
func (c *codeSignIn) complete(ctx context.Context) error {
	for c.code.IsZero() {
		code, err := c.term.Secret(ctx, "Code: ")
		if err != nil {
			return err
		}
		c.code = secret.New(strings.TrimSpace(code.Reveal()))
	}
	if !c.scripted {
		return c.wanted.Ask(ctx, c.invocation().ConsoleReading(c.scripted))
	}
	if err := c.wanted.Check(); err != nil {
		return refusal.Usagef("the second line of standard input: %s", err)
	}
	return nil
}

// signIn makes the call that takes the code. A code that is not good is asked for
// again; the hint says where to get another one.
func (c *codeSignIn) signIn(ctx context.Context, hint string, call func() (platform.User, error)) (platform.User, error) {
	for wrong := 1; ; wrong++ {
		if err := c.complete(ctx); err != nil {
			return platform.User{}, err
		}
		user, err := call()
		switch {
		case !errors.Is(err, platform.ErrAccessCode):
			return user, err
		case c.scripted || wrong == credentials.Tries:
			return user, &refusal.Error{Code: refusal.Denied, Message: err.Error(), Hint: hint, Err: err}
		}
		c.term.Message("%s", err)
		c.code = secret.Text{}
	}
}

// codeServer connects to the server of the settings, without a credential. It has
// to be named: a code and a password must not go to the default platform.
func (a *app) codeServer() (target, *platform.CodeSignIn, error) {
	if a.settings.Server == "" {
		return target{}, nil, refusal.New(refusal.Usage, "the server is needed").WithHint("give --server URL")
	}
	t, err := a.target()
	if err != nil {
		return t, nil, err
	}
	access, err := a.access(t, session.Credential{})
	if err != nil {
		return t, nil, err
	}
	return t, platform.ConnectForCode(access), nil
}

// canLogInJSON is what a command that took a code prints with --json.
type canLogInJSON struct {
	User   string `json:"user"`
	UserID string `json:"userId"`
	Server string `json:"server"`
}

// canLogIn says how to log in now.
func (a *app) canLogIn(t target, user platform.User, what string) error {
	a.term.Message("%s %s; log in with:", user.Name, what)
	a.term.Message("  %s login --server %s", a.Program, t.api.URL())
	return a.answerJSON(canLogInJSON{User: user.Name, UserID: user.ID, Server: t.api.URL()})
}
