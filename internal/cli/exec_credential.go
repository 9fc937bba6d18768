package cli

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// fits refuses a lifetime of a token where there is none to be made.
func (o execOptions) fits(in signedIn) error {
	if o.ttl != "" && len(o.scope) == 0 && in.ScriptTokens() == nil {
		return refusal.Usagef("--ttl goes with --scope")
	}
	return nil
}

// credentialOfChild is the account as a child acts for it, and the way to end
// what was made for that.
func (a *app) credentialOfChild(ctx context.Context, in signedIn, command string, o execOptions) (child signedIn, end func(), err error) {
	tokens := in.ScriptTokens()
	switch {
	case len(o.scope) > 0:
		return a.narrowed(ctx, in, command, o)
	case tokens != nil:
		return a.withScriptToken(ctx, in, tokens, command, o)
	default:
		return in, func() {}, nil
	}
}

// scriptTTL is how long the token of a script is good on a platform that has
// such tokens, as MOLGENIS makes them itself.
const scriptTTL = "2h"

// withScriptToken is the account with a token of the child's own. Where the
// server makes none, the child gets what there is.
func (a *app) withScriptToken(ctx context.Context, in signedIn, tokens platform.ScriptTokens, command string, o execOptions) (signedIn, func(), error) {
	wanted := o.ttl
	if wanted == "" {
		o.ttl = scriptTTL
	}
	ttl, err := o.check(a.Now())
	if err != nil {
		return in, nil, err
	}
	made, err := tokens.ScriptToken(ctx, execName(command), ttl)
	switch {
	case errors.Is(err, platform.ErrNoScriptToken):
		a.term.Warn("%s makes no tokens for %s: the command gets that of your session, which goes on when it has ended", in.account.Host, kit.Whose(in.account))
		return in, func() {}, nil
	case err != nil:
		return in, nil, err
	}
	if ends := made.Expires.Sub(a.Now()).Round(time.Minute); wanted != "" && ends < ttl {
		a.term.Warn("the command's token ends %s: the server gives no longer one", endsText(made.Expires, a.Now()))
	}
	in.credential = session.Credential{Token: made.Secret, Type: made.TokenType}
	in.account.Expires, in.account.IdleSeconds = made.Expires, 0
	return in, func() { a.endScriptToken(ctx, tokens, made) }, nil
}

// endScriptToken ends the token of a child that has ended, also after Ctrl-C. It
// may be gone already.
func (a *app) endScriptToken(ctx context.Context, tokens platform.ScriptTokens, made platform.NewToken) {
	if made.ID == "" {
		return // it ends by itself, and nothing else ends it
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	defer cancel()
	err := tokens.EndScriptToken(bounded, made.ID)
	if err != nil && !errors.Is(err, platform.ErrNotFound) && !errors.Is(err, platform.ErrSignedOut) {
		a.term.Warn("the command's token could not be revoked: %s; it ends %s", err, endsText(made.Expires, a.Now()))
	}
}
