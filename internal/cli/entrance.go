package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// entrance is somebody with a code and no password yet. The code opens an account
// to whoever has it, so like a password it is never an argument.
type entrance struct {
	*app
	scripted bool // code and password came from standard input
	code     secret.Text
	wanted   newPassword
}

// codeFromStdin describes the flag of the commands that take a code.
const codeFromStdin = "read the code and the new password from standard input, a line each"

// newEntrance finds out whether code and password are there or can be asked for.
func (a *app) newEntrance(fromStdin bool) (*entrance, error) {
	a.term = a.terminal(fromStdin)
	e := &entrance{app: a, scripted: fromStdin}
	if !fromStdin {
		if err := a.term.CanAsk(); err != nil {
			return nil, refusal.New(refusal.InputRequired, "this needs a person at a terminal: %s", err).
				WithHint("give code and password with --code-stdin")
		}
		return e, nil
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
	e.code, e.wanted.text = secret.New(code), secret.New(lines[1])
	return e, nil
}

// complete asks for what is missing.
func (e *entrance) complete(ctx context.Context) error {
	for e.code.IsZero() {
		code, err := e.term.Secret(ctx, "Code: ")
		if err != nil {
			return err
		}
		e.code = secret.New(strings.TrimSpace(code.Reveal()))
	}
	if !e.scripted {
		return e.choose(ctx, &e.wanted)
	}
	if err := e.wanted.check(); err != nil {
		return refusal.Usagef("the second line of standard input: %s", err)
	}
	return nil
}

// enter makes the call with which somebody comes in. A code that is not good is
// asked for again; the hint says where there is another one.
func (e *entrance) enter(ctx context.Context, hint string, call func() (platform.User, error)) (platform.User, error) {
	for wrong := 1; ; wrong++ {
		if err := e.complete(ctx); err != nil {
			return platform.User{}, err
		}
		user, err := call()
		switch {
		case !errors.Is(err, platform.ErrEntryCode):
			return user, err
		case e.scripted || wrong == tries:
			return user, &refusal.Error{Code: refusal.Denied, Message: err.Error(), Hint: hint, Err: err}
		}
		e.term.Message("%s", err)
		e.code = secret.Text{}
	}
}

// door finds the server of the settings, without a credential. It has to be named:
// a code and a password must not go to the platform that is meant by default.
// Whichever platform the server is to others, it takes codes in one way.
func (a *app) door() (target, platform.Entrance, error) {
	if a.settings.Server == "" {
		return target{}, nil, refusal.New(refusal.Usage, "the server is needed").WithHint("give --server URL")
	}
	t, err := a.target()
	if err != nil {
		return t, nil, err
	}
	t.kind = platform.TypeDNAnexus
	p, err := a.connect(t, session.Credential{})
	if err != nil {
		return t, nil, err
	}
	entrance, offered := p.(platform.Entrance)
	if !offered {
		return t, nil, platform.ErrNotOffered
	}
	return t, entrance, nil
}

// enteredJSON is what a command prints with --json that let somebody in.
type enteredJSON struct {
	User   string `json:"user"`
	UserID string `json:"userId"`
	Server string `json:"server"`
}

// entered tells that somebody can log in now.
func (a *app) entered(t target, user platform.User, what string) error {
	a.term.Message("%s %s; log in with:", user.Name, what)
	a.term.Message("  %s login --server %s", a.Program, t.api.URL())
	return a.answerJSON(enteredJSON{User: user.Name, UserID: user.ID, Server: t.api.URL()})
}
