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
// made with this one accordingly. It returns ErrTokenEnded, ErrExpiresInPast or
// ErrExpiresLater.
func Apply(ctx context.Context, tx Tx, token Token, change Change, now time.Time) error {
	if token.hasEnded(now) {
		return ErrTokenEnded
	}
	if change.Label != nil {
		token.Label = *change.Label
	}
	if change.Description != nil {
		token.Description = *change.Description
	}
	if err := tx.UpdateToken(ctx, token); err != nil || change.Expires == nil {
		return err
	}
	return shorten(ctx, tx, token, *change.Expires, now)
}

func shorten(ctx context.Context, tx Tx, token Token, expires, now time.Time) error {
	switch {
	case !expires.After(now):
		return ErrExpiresInPast
	case expires.After(token.Expires):
		return ErrExpiresLater
	}
	tree, err := tx.TokenTree(ctx, token.Signature)
	if err != nil {
		return err
	}
	for _, member := range tree {
		if !member.Expires.After(expires) {
			continue
		}
		member.Expires = expires
		if err := tx.UpdateToken(ctx, member); err != nil {
			return err
		}
	}
	return nil
}
