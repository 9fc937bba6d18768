// Package idle has the use cases of requests that are not a use of a session: how long it
// lasts, for a page that asks, and whose it was.
//
// It promises that asking is not a use of the session: a page that is left open and asks
// again and again ends at the idle limit like one that does not. It changes nothing, and
// a session that has ended gets no other response than an unknown one.
//
// Package service has the rules; this package only reads.
package idle

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// UserOf returns the user of a token, even if the token has ended. It returns
// access.ErrUnknownToken.
func UserOf(ctx context.Context, s *service.Service, bearer secret.Text) (identity.User, error) {
	return transaction.Read(ctx, s.DB(), func(tx transaction.Tx) (identity.User, error) {
		token, err := tx.TokenBySignature(ctx, access.Signature(bearer))
		if err != nil {
			return identity.User{}, err
		}
		return tx.UserByID(ctx, token.UserID)
	})
}

// Left returns how long a session lasts without a use, and its idle limit. It returns
// access.ErrUnknownToken for a session that has ended.
func Left(ctx context.Context, s *service.Service, bearer secret.Text) (left, limit time.Duration, err error) {
	holder, err := s.DB().TokenHolder(ctx, access.Signature(bearer), "")
	if err != nil {
		return 0, 0, err
	}
	if s.EndOf(holder).Reason != "" || holder.Token.Kind != access.Session {
		return 0, 0, access.ErrUnknownToken
	}
	now := s.Now()
	limit = s.IdleOf(holder.Token, holder.AutoLogout)
	return min(holder.Token.LastUsed.Add(limit).Sub(now), holder.Token.Expires.Sub(now)), limit, nil
}
