package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Session is an active session or API token, as its owner sees it.
type Session struct {
	access.Token
	Idle time.Duration // 0: no idle limit
}

// MaxSessions limits how many sessions, and how many API tokens, Sessions lists.
const MaxSessions = 1000

// Sessions lists the caller's active sessions and API tokens, oldest first. If
// there are more than MaxSessions of a kind, it lists those that end soonest and
// reports that there are more.
func (s *Service) Sessions(ctx context.Context, caller Caller) (list []Session, more bool, err error) {
	limit, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (time.Duration, error) { return s.sessionLimit(ctx, tx, caller.User.ID) })
	if err != nil {
		return nil, false, err
	}
	idleLimits := map[access.Kind]time.Duration{access.Session: limit}
	for _, kind := range []access.Kind{access.Session, access.APIToken} {
		page, err := s.tokenPage(ctx, caller, access.Query{UserID: caller.User.ID, Kind: kind, Limit: MaxSessions})
		if err != nil {
			return nil, false, err
		}
		for _, token := range page.Tokens {
			list = append(list, Session{Token: token, Idle: idleLimits[kind]})
		}
		more = more || page.Next != nil
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Signature, b.Signature))
	})
	return list, more, nil
}

// EndSessions ends the caller's sessions and API tokens with these IDs, and the
// tokens made with them: all of them or none. An ID is the prefix of a signature.
// It returns access.ErrNoSession, also for those of other users, and
// access.ErrAmbiguousID.
func (s *Service) EndSessions(ctx context.Context, caller Caller, ids []string) error {
	if err := s.requireAccountProtocol(caller.Origin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		named, err := access.FindByPrefix(ctx, tx, caller.User.ID, ids, s.now())
		if err != nil {
			return err
		}
		return s.endTokens(ctx, tx, caller, named, access.Elsewhere)
	})
}

// EndEverySession ends all sessions of the caller, including the one in use, the
// tokens made with them, and partial sign-ins; API tokens stay. The password, and
// the code of a second factor, are checked as at a sign-in. It returns the errors of
// proofs.
func (s *Service) EndEverySession(ctx context.Context, caller Caller, password, code secret.Text) error {
	if err := s.requireAccountProtocol(caller.Origin); err != nil {
		return err
	}
	shown, request := Proof{Password: password, Code: code}, ProofRequest{Action: audit.SessionsEnd}
	return s.proveCaller(ctx, caller, shown, request, func(tx transaction.Tx, authentication identity.Authentication) error {
		if err := s.EndOtherSessions(ctx, tx, authentication.User.ID, "", access.Elsewhere); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.authenticatedEntry(caller.Origin, authentication, audit.SessionsEnd, authentication.User.ID))
	})
}

// EndOtherSessions ends the sessions of a user, except the one with the given signature,
// and partial sign-ins, which could become sessions.
func (s *Service) EndOtherSessions(ctx context.Context, tx transaction.Tx, userID, except string, reason access.Reason) error {
	if err := tx.DropTickets(ctx, userID); err != nil {
		return err
	}
	return tx.EndSessions(ctx, userID, except, s.now(), reason)
}

// endAll ends all sessions, partial sign-ins and API tokens of a user.
func (s *Service) endAll(ctx context.Context, tx transaction.Tx, userID string, reason access.Reason) error {
	if err := tx.DropTickets(ctx, userID); err != nil {
		return err
	}
	return tx.EndTokens(ctx, userID, s.now(), reason)
}
