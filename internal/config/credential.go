package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/textinput"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// maxTokenFile bounds what is read from a token file, in bytes: a wrong path,
// such as that of an endless device, must not fill the memory.
const maxTokenFile = 64 << 10

// EnvCredential is a token that the environment provides.
type EnvCredential struct {
	Token  secret.Text
	Type   string // the scheme of the Authorization header, as it was given; usually "Bearer"
	Origin string // the variable or flag that provided it
}

// IsFlag reports whether a flag of dx provided the credential.
func (c EnvCredential) IsFlag() bool { return strings.HasPrefix(c.Origin, "--") }

// CredentialFromEnv returns the credential of the first of these variables
// that has one: dx's flags --auth-token and --security-context, where getenv has them
// ([WithDXFlags]), DXAUTH_TOKEN, DXAUTH_TOKEN_FILE, DX_API_TOKEN,
// DX_SECURITY_CONTEXT. It reports false if none has one: an empty variable and the
// token PUBLIC, which dx writes for no user, do not count.
//
// The file of DXAUTH_TOKEN_FILE may be a pipe or a link, and may belong to any user.
// A file that is empty or can't be read is an error, as is anything that can't be a
// token; errors name the variable, as the credential does then, and never show its content.
func CredentialFromEnv(ctx context.Context, getenv func(string) string) (EnvCredential, bool, error) {
	sources := []struct {
		variable string
		read     func(value string) (EnvCredential, error)
	}{
		{flagAuthToken, bearer},
		{flagSecurityContext, fromSecurityContext},
		{"DXAUTH_TOKEN", bearer},
		{"DXAUTH_TOKEN_FILE", func(path string) (EnvCredential, error) { return bearerFromFile(ctx, path) }},
		{"DX_API_TOKEN", bearer},
		{"DX_SECURITY_CONTEXT", fromSecurityContext},
	}
	for _, source := range sources {
		value := strings.TrimSpace(getenv(source.variable))
		if value == "" {
			continue
		}
		credential, err := source.read(value)
		if err != nil {
			return EnvCredential{Origin: source.variable}, false, fmt.Errorf("%s: %w", source.variable, err)
		}
		credential.Origin = source.variable
		if credential.Token.IsZero() && !credential.IsFlag() {
			continue
		}
		return credential, !credential.Token.IsZero(), nil
	}
	return EnvCredential{}, false, nil
}

// CredentialVariables returns the names of all variables that have a credential, in
// the order in which they are used, up to the first that can't be read. It leaves out
// dx's flags.
func CredentialVariables(ctx context.Context, getenv func(string) string) []string {
	var names []string
	for {
		found, ok, err := CredentialFromEnv(ctx, func(name string) string {
			if slices.Contains(names, name) || strings.HasPrefix(name, "--") {
				return ""
			}
			return getenv(name)
		})
		if err != nil || !ok {
			return names
		}
		names = append(names, found.Origin)
	}
}

func bearer(token string) (EnvCredential, error) {
	return newCredential(token, dnanexus.DefaultTokenType)
}

func bearerFromFile(ctx context.Context, path string) (EnvCredential, error) {
	token, err := ReadTokenFile(ctx, path)
	if err != nil {
		return EnvCredential{}, err
	}
	return bearer(token.Reveal())
}

// ReadTokenFile returns the content of a file without surrounding white space.
// The file may be a pipe, for which it waits until ctx ends, or a link, and may belong
// to any user. It must not be empty or larger than 64 KiB.
func ReadTokenFile(ctx context.Context, path string) (secret.Text, error) {
	content, err := privatefile.ReadInput(ctx, path, maxTokenFile)
	if err != nil {
		return secret.Text{}, err
	}
	text, err := textinput.Decode(content)
	if err != nil {
		return secret.Text{}, fmt.Errorf("%s %w", path, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return secret.Text{}, fmt.Errorf("%s: holds no token", path)
	}
	return secret.New(token), nil
}

// fromSecurityContext reads dx's JSON. It drops the decoder's error, which may quote
// the text.
func fromSecurityContext(text string) (EnvCredential, error) {
	var context dnanexus.SecurityContext
	if err := json.Unmarshal([]byte(text), &context); err != nil {
		return EnvCredential{}, errors.New(`expected JSON of the form {"auth_token": "...", "auth_token_type": "Bearer"}`)
	}
	if context.AuthTokenType == "" {
		context.AuthTokenType = dnanexus.DefaultTokenType
	}
	return newCredential(context.AuthToken.Text().Reveal(), context.AuthTokenType)
}

// newCredential returns the zero credential for an empty token and for PUBLIC. Both
// parts go into a header, so they must be printable ASCII without spaces.
func newCredential(token, kind string) (EnvCredential, error) {
	if token == "" || token == dnanexus.Public {
		return EnvCredential{}, nil
	}
	if !fitsHeader(token) || !fitsHeader(kind) {
		return EnvCredential{}, errors.New("not a token: it contains spaces or other invalid characters")
	}
	return EnvCredential{Token: secret.New(token), Type: kind}, nil
}

func fitsHeader(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
