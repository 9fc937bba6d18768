package access

import (
	"context"
	"time"
)

// Change describes a change to a token; nil fields stay unchanged.
type Change struct {
	Label       *string
	Description *string
	Expires     *time.Time // must not be later than before
}

// Apply changes a token. It never extends a lifetime, and shortens those of tokens
// made with this one accordingly, as far as the returned rest does not have to. It
// returns ErrTokenEnded, ErrExpiresInPast or ErrExpiresLater.
func Apply(ctx context.Context, tx Tx, token Token, change Change, now time.Time) (Rest, error) {
	if token.hasEnded(now) {
		return Rest{}, ErrTokenEnded
	}
	if change.Label != nil {
		token.Label = *change.Label
	}
	if change.Description != nil {
		token.Description = *change.Description
	}
	if change.Expires == nil {
		return Rest{}, tx.UpdateToken(ctx, token)
	}
	switch expires := *change.Expires; {
	case !expires.After(now):
		return Rest{}, ErrExpiresInPast
	case expires.After(token.Expires):
		return Rest{}, ErrExpiresLater
	default:
		return changeTree(ctx, tx, token, expiringAt(expires))
	}
}

// expiringAt returns the change to a token that must not expire after a time.
func expiringAt(latest time.Time) func(Token) Token {
	return func(token Token) Token {
		if token.Expires.After(latest) {
			token.Expires = latest
		}
		return token
	}
}
