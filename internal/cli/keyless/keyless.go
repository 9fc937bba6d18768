// Package keyless signs a CI job in without a stored secret: with its OpenID Connect ID
// token, which the server exchanges for a token of its own (RFC 8693).
//
// It promises to send an ID token to no other server than the one that the settings name;
// to read it from a file, a pipe or the CI system, never from an argument; and to say,
// where the server refuses, for whom the token has to be made and who can find out why.
//
// The command decides what to do with the result, which ends within an hour.
package keyless

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/citoken"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Flags are the flags that say where the ID token is.
type Flags struct {
	File   string // - is standard input
	Source string // auto: the CI system
	Org    string // whose trust rules count; empty: those of any
	Rule   string // ID of the trust rule; empty: the only one that matches
}

// fromStdin is the file that stands for standard input.
const fromStdin = "-"

// auto is the source that finds the ID token of the CI system.
const auto = "auto"

// Bind defines the flags; about says what is done with the ID token.
func (f *Flags) Bind(flags *pflag.FlagSet, about string) {
	flags.StringVar(&f.File, "id-token-file", "", about+" the OpenID Connect ID token in this `FILE`")
	flags.StringVar(&f.Source, "id-token", "", about+" the ID token of the CI job; the only `SOURCE` is auto: GitHub Actions, or "+citoken.Variable)
	kit.CompleteValues(flags, "id-token", auto)
	flags.StringVar(&f.Org, "trust-org", "", "use a trust rule of this `ORG` only; recommended: any org can have a rule for any job")
	kit.CompleteFlag(flags, "trust-org", kit.CompleteOrgs)
	flags.StringVar(&f.Rule, "trust-rule", "", "`ID` of the trust rule, if several match the ID token")
}

// Wanted reports whether a flag names an ID token.
func (f Flags) Wanted() bool { return f.File != "" || f.Source != "" }

// ReadsStdin reports whether the ID token is on standard input.
func (f Flags) ReadsStdin() bool { return f.File == fromStdin }

// Check returns an error for a wrong flag.
func (f Flags) Check() error {
	switch {
	case f.File != "" && f.Source != "":
		return refusal.Usagef("--id-token-file and --id-token exclude each other")
	case f.Source != "" && f.Source != auto:
		return refusal.Usagef("--id-token: the only source is auto; a token itself does not belong on a command line").
			WithHint("name its file with --id-token-file")
	case (f.Org != "" || f.Rule != "") && !f.Wanted():
		return refusal.Usagef("--trust-org and --trust-rule require --id-token or --id-token-file")
	default:
		return nil
	}
}

// Exchange exchanges an ID token.
type Exchange struct {
	*kit.Console
	Flags
	Servers *connect.Servers
	Getenv  func(string) string
}

// SignIn returns the server's token for the ID token.
func (e Exchange) SignIn(ctx context.Context, t connect.Target) (platform.SignInResult, error) {
	server, err := e.Servers.TokenServer(ctx, t)
	if errors.Is(err, platform.ErrNotOffered) {
		return platform.SignInResult{}, notExchanged(t).Wrap(err)
	}
	if err != nil {
		return platform.SignInResult{}, err
	}
	idToken, err := e.find(ctx, server.Audience())
	if err != nil {
		return platform.SignInResult{}, err
	}
	if !isJWT(idToken) {
		return platform.SignInResult{}, refusal.New(refusal.WrongCredentials, "this is not an ID token: a JWT has three parts of base64, with dots between them").
			WithHint("nothing was sent; check where the token comes from")
	}
	result, err := server.ExchangeIDToken(ctx, oauth.ExchangeRequest{IDToken: idToken, Org: e.Org, Rule: e.Rule})
	return result, explained(t, server, err)
}

// SignedIn returns the account of the server's token, connected to the server that the
// settings name. Nothing of it is stored.
func (e Exchange) SignedIn(ctx context.Context) (kit.SignedIn, error) {
	t, err := e.Servers.Target()
	if err != nil {
		return kit.SignedIn{}, err
	}
	if t, err = e.Servers.WithType(ctx, t); err != nil {
		return kit.SignedIn{}, err
	}
	result, err := e.SignIn(ctx, t)
	if err != nil {
		return kit.SignedIn{}, err
	}
	in := kit.SignedIn{
		Credential: session.Credential{Token: result.Token, Type: result.TokenType}, Source: "exchange for the ID token",
		Account: session.Account{
			Server: t.API.URL(), Host: t.API.Name(), AuthServer: t.Auth.URL(), Type: string(t.Type),
			User: t.Type.UserName(result.User), UserID: result.User.ID, Kind: session.Token, Expires: result.Expires,
		},
	}
	in.Platform, err = e.Servers.Connect(t, in.Credential)
	return in, err
}

func notExchanged(t connect.Target) *refusal.Error {
	return refusal.New(refusal.Denied, "%s does not exchange ID tokens", t.API.Name()).
		WithHint("give the job an API token: login --token -, --token-file FILE or DXAUTH_TOKEN")
}

// explained adds to the error of a server that refuses what a job can get wrong.
func explained(t connect.Target, server *platform.TokenServer, err error) error {
	if errors.Is(err, platform.ErrNotOffered) {
		return notExchanged(t).Wrap(err)
	}
	refused, ok := errors.AsType[*refusal.Error](err)
	if !ok || refused.Code != refusal.Denied || refused.Hint != "" {
		return err
	}
	return refused.WithHint("the token's audience must be " + server.Audience() +
		"; if several trust rules match, name one with --trust-org or --trust-rule; admins of the org see why none does with dxauth admin org trust test")
}

// find returns the ID token, without the white space around it.
func (e Exchange) find(ctx context.Context, audience string) (secret.Text, error) {
	switch e.File {
	case "":
		return e.fromJob(ctx, audience)
	case fromStdin:
		given, err := e.SecretInput(ctx, "ID token")
		if err == nil && given == "" {
			err = refusal.New(refusal.InputRequired, "--id-token-file -: standard input has no token").WithHint("pipe the token into the command")
		}
		return secret.New(given), err
	default:
		given, err := config.ReadTokenFile(ctx, e.File)
		if err != nil {
			return secret.Text{}, refusal.Usagef("--id-token-file: %s", err).Wrap(err)
		}
		return given, nil
	}
}

func (e Exchange) fromJob(ctx context.Context, audience string) (secret.Text, error) {
	job := citoken.Job{Getenv: e.Getenv}
	sender, err := e.Servers.Sender()
	if err != nil {
		return secret.Text{}, err
	}
	if source := job.Source(); source != "" {
		e.Message("Using the ID token from %s", source)
	}
	return job.IDToken(ctx, sender, audience)
}

// isJWT reports whether a text has the form of a signed token (RFC 7515, section 3.1), so
// that another secret is not sent by mistake.
func isJWT(text secret.Text) bool {
	parts := strings.Split(text.Reveal(), ".")
	if len(parts) != 3 {
		return false
	}
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.DecodeString(part)
		isObject := strings.HasPrefix(string(decoded), "{")
		if err != nil || len(decoded) == 0 || i == 0 && !isObject {
			return false
		}
	}
	return true
}
