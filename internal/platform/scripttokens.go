package platform

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/pkg/molgenis"
)

// ScriptTokens gives each script a token of its own.
type ScriptTokens interface {
	// ScriptToken makes a token for one script, which expires after life, or after
	// the platform's own limit. EndScriptToken revokes a token that has an ID.
	// It returns ErrNoScriptToken if the user may not make any.
	ScriptToken(ctx context.Context, name string, life time.Duration) (NewToken, error)
	EndScriptToken(ctx context.Context, id string) error
}

// ScriptToken implements ScriptTokens. Classic servers let only administrators
// make tokens by hand.
func (c *classicServer) ScriptToken(ctx context.Context, name string, life time.Duration) (NewToken, error) {
	made, err := c.makeToken(ctx, c.client, TokenOrder{Name: name, Expires: c.now().Add(life)})
	if isDenied(err) || errors.Is(err, ErrReauthenticate) {
		return NewToken{}, errors.Join(ErrNoScriptToken, err)
	}
	return made, err
}

// EndScriptToken implements ScriptTokens.
func (c *classicServer) EndScriptToken(ctx context.Context, id string) error {
	return c.RevokeToken(ctx, id)
}

// ScriptToken implements ScriptTokens: it is a temporary token, which ends when
// the platform says. A lasting one would be good for a hundred years.
func (e emx2Server) ScriptToken(ctx context.Context, _ string, _ time.Duration) (NewToken, error) {
	token, err := e.client.TemporaryToken(ctx)
	if err != nil {
		return NewToken{}, Explain(err)
	}
	return NewToken{Secret: token, TokenType: molgenis.CredentialToken, Expires: e.temporaryEnd(token)}, nil
}

// EndScriptToken implements ScriptTokens: a temporary token has no ID.
func (e emx2Server) EndScriptToken(context.Context, string) error { return nil }
