package access

import (
	"context"
	"time"
)

// Change is what changes of a token; nil stays as it is.
type Change struct {
	Label       *string
	Description *string
	Expires     *time.Time // only earlier
}

// Apply changes a token. Nothing gets to live longer by it, and what was made
// with the token ends no later than it. It returns ErrOver, ErrExpiresInPast and
// ErrExpiresLater.
func Apply(ctx context.Context, tx Tx, token Token, change Change, now time.Time) error {
	if token.isOver(now) {
		return ErrOver
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

// keepOver is how long a token is remembered after its end: somebody may ask
// until then why it does not work any more.
const keepOver = 90 * 24 * time.Hour

// Sweep forgets tokens that are over for long, some at a time. None of them
// could be revived by a clock that goes back: what is not there is unknown.
func Sweep(ctx context.Context, tx Tx, now time.Time) error {
	const batch = 1000
	return tx.ForgetTokens(ctx, now.Add(-keepOver), batch)
}
