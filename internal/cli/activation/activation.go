// Package activation signs in users who have a code but no password yet: the
// owner of a new account, and the first administrator of a new server.
//
// It promises that the code, which gives anyone access to the account, is never a
// command-line argument, like a password; that the server has to be named, because
// a code and a password must not go to the default platform; and that it asks
// again for an invalid code as often as for a password.
package activation

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// CodeSignIn gets a code and a new password, and signs in with them.
type CodeSignIn struct {
	*kit.Console
	CodeStdin bool // code and password are on standard input
	Code      secret.Text
	Password  credentials.NewPassword
}

// Bind defines the flag of a command that takes a code.
func (s *CodeSignIn) Bind(flags *pflag.FlagSet) {
	flags.BoolVar(&s.CodeStdin, "code-stdin", false, "read the code and the new password from standard input, a line each")
}

// Start reads code and password from standard input, or checks that they can be
// asked for.
func (s *CodeSignIn) Start(ctx context.Context) error {
	if !s.CodeStdin {
		if err := s.CanAsk(); err != nil {
			return kit.CannotAsk("prompt for a code and a password", err).WithHint("give both with --code-stdin")
		}
		return nil
	}
	lines, err := s.SecretLines(ctx, "Code", "New password")
	if err != nil {
		return err
	}
	code := strings.TrimSpace(lines[0])
	if code == "" || lines[1] == "" {
		return refusal.New(refusal.InputRequired, "--code-stdin: standard input has no code and password").
			WithHint("pipe the code and the new password into the command, a line each")
	}
	s.Code, s.Password.Text = secret.New(code), secret.New(lines[1])
	return nil
}

// SignIn makes the call that uses the code. It asks again for an invalid code; the
// hint says how to get a new one.
func (s *CodeSignIn) SignIn(ctx context.Context, hint string, call func() (platform.User, error)) (platform.User, error) {
	for wrong := 1; ; wrong++ {
		if err := s.complete(ctx); err != nil {
			return platform.User{}, err
		}
		user, err := call()
		switch {
		case !errors.Is(err, platform.ErrAccessCode):
			return user, err
		case s.CodeStdin || wrong == credentials.Tries:
			return user, refusal.New(refusal.Denied, "%s", err).WithHint(hint).Wrap(err)
		}
		s.Notice("%s", err)
		s.Code = secret.Text{}
	}
}

// complete asks for what is missing.
func (s *CodeSignIn) complete(ctx context.Context) error {
	for s.Code.IsZero() {
		code, err := s.Secret(ctx, "Code: ")
		if err != nil {
			return err
		}
		s.Code = secret.New(strings.TrimSpace(code.Reveal()))
	}
	if !s.CodeStdin {
		return s.Password.Ask(ctx, s.Console)
	}
	if err := s.Password.Check(); err != nil {
		return refusal.Usagef("the second line of standard input: %s", err)
	}
	return nil
}

// ResultJSON is what a command that signs in with a code prints with --json.
type ResultJSON struct {
	User   string `json:"user"`
	UserID string `json:"userId"`
	Server string `json:"server"`
}

// Done says that the user can now log in.
func (s *CodeSignIn) Done(t connect.Target, user platform.User, what string) error {
	s.Message("%s %s; log in with:", user.Name, what)
	s.Message("  %s login --server %s", s.Program, t.API.URL())
	return s.AnswerJSON(ResultJSON{User: user.Name, UserID: user.ID, Server: t.API.URL()})
}

// Connect connects to the server of the settings, without a credential.
func Connect(settings config.Settings, servers *connect.Servers) (connect.Target, *platform.CodeSignIn, error) {
	if !settings.IsSet("server") {
		return connect.Target{}, nil, refusal.New(refusal.Usage, "the server is missing").WithHint("give --server URL")
	}
	t, err := servers.Target()
	if err != nil {
		return t, nil, err
	}
	server, err := servers.ConnectForCode(t)
	return t, server, err
}
