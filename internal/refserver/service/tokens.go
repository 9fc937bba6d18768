package service

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Tokens finds tokens of the caller, those first that end soonest.
func (s *Service) Tokens(ctx context.Context, caller Caller, query access.Query) (page access.Page, err error) {
	query.UserID = caller.User.ID
	err = s.db.Read(ctx, func(tx transaction.Tx) error {
		idle, err := s.sessionLimit(ctx, tx, query.UserID)
		if err != nil {
			return err
		}
		page, err = access.Find(ctx, tx, query, s.now(), idle)
		return err
	})
	return page, err
}

// UpdateToken changes a token of the caller, by which nothing gets to live
// longer. It answers access.ErrNoSuchToken, for a token of somebody else, too,
// access.ErrOver, access.ErrExpiresInPast and access.ErrExpiresLater.
func (s *Service) UpdateToken(ctx context.Context, caller Caller, signature string, change access.Change) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := access.Apply(ctx, tx, caller.User.ID, signature, change, s.now()); err != nil {
			return err
		}
		return s.auditToken(ctx, tx, caller, audit.TokenUpdate, signature)
	})
}

// Revoke ends a token of the caller by its signature, and those made with it. A
// caller without full scope can end its own token only. It answers
// access.ErrNoSuchToken, for a token of somebody else, too, and
// access.ErrBeyondScope.
func (s *Service) Revoke(ctx context.Context, caller Caller, signature string) error {
	if signature != caller.Token.Signature && !caller.Token.Scope.Meets(access.WholeAccount) {
		return access.ErrBeyondScope
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		if _, err := access.Own(ctx, tx, caller.User.ID, signature); err != nil {
			return err
		}
		if err := tx.EndTokenTree(ctx, signature, s.now(), access.Revoked); err != nil {
			return err
		}
		return s.auditToken(ctx, tx, caller, audit.TokenRevoke, signature)
	})
}

// auditToken writes what a caller did to a token.
func (s *Service) auditToken(ctx context.Context, tx transaction.Tx, caller Caller, action audit.Action, signature string) error {
	return tx.AppendAudit(ctx, s.entry(caller.Origin, caller.User.ID, action, audit.ShortSignature(signature)))
}

// tokensOf is one kind of the good tokens of a user, in the order of their end,
// up to a number of them.
func (s *Service) tokensOf(ctx context.Context, tx transaction.Tx, userID string, kind access.Kind, limit int, idle time.Duration) (access.Page, error) {
	query := access.Query{UserID: userID, Kinds: []access.Kind{kind}, Limit: limit}
	return access.Find(ctx, tx, query, s.now(), idle)
}
