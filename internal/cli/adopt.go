package cli

import (
	"context"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// adopt goes on with a session that the platform gave in the place of the one in
// use. An API token stays what somebody logged in with; the session is ended
// then. What was asked for is done, so a failure is a warning.
func (a *app) adopt(ctx context.Context, in signedIn, pass platform.SignInResult) {
	credential := session.Credential{Token: pass.Token, Type: pass.TokenType}
	if !in.stored || in.account.Kind != session.Interactive {
		a.discard(ctx, in, credential)
		return
	}
	account := in.account
	account.Created, account.Expires = a.Now().UTC(), pass.Expires
	if _, err := a.book.Save(ctx, account, credential); err != nil {
		a.discard(ctx, in, credential)
		a.term.Warn("the new session could not be stored: %s; log in again with %s login", err, a.Program)
	}
}

// discard ends a session that nobody uses; it would end by itself.
func (a *app) discard(ctx context.Context, in signedIn, credential session.Credential) {
	if p, err := a.connectTo(in.account, credential); err == nil {
		_ = signOut(context.WithoutCancel(ctx), p, revokeTime)
	}
}
