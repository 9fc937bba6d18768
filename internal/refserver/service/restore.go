package service

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Restore makes a store that is at an earlier time safe to use, once: it ends all
// sessions and one-time codes, because those that ended or were used since are valid in
// it, and API tokens by choice. It recognizes the store by the mark of a copy, or by a
// point that this server remembers; with a nil point only a copy is recognized. It
// returns nil if the store is what it was. If a choice is missing, it changes nothing and
// returns a refusal whose detail is a history.Restored. Until it succeeds, nothing may
// use the store.
func (s *Service) Restore(ctx context.Context, tokens history.TokenChoice, seen *history.Point) (*history.Restored, error) {
	past, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (history.Past, error) { return history.Examine(ctx, tx, seen) })
	switch {
	case err != nil:
		return nil, err
	case !past.IsEarlier() && seen != nil:
		return nil, s.beginHistory(ctx)
	case !past.IsEarlier():
		return nil, nil
	}
	restored := history.Restored{Copied: past.Copied, Tokens: tokens}
	if tokens == history.AskAboutTokens {
		return nil, refusal.New(refusal.Usage, "the store is at an earlier time").With(restored)
	}
	for _, slice := range s.restoreSlices(tokens) {
		if err := inSlices(ctx, slice); err != nil {
			return nil, err
		}
	}
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (*history.Restored, error) {
		left, err := past.Leave(ctx, tx, rand.Text(), s.now())
		if err != nil || !left { // another server was started on it at the same time
			return nil, err
		}
		return &restored, tx.AppendAudit(ctx, s.restoreEntry(restored))
	})
}

func (s *Service) restoreEntry(restored history.Restored) audit.Entry {
	subject := "earlier than it was"
	if !restored.Copied.IsZero() {
		subject = "copy of " + restored.Copied.Format(time.RFC3339)
	}
	return audit.ByServer(s.now(), audit.Restore, subject, "ok, tokens: "+string(restored.Tokens))
}

// restoreSlices returns what ends in a copy, each part in slices.
func (s *Service) restoreSlices(tokens history.TokenChoice) []func(context.Context) (more bool, err error) {
	now := s.now()
	slices := []func(context.Context) (bool, error){
		func(ctx context.Context) (bool, error) { return s.endSome(ctx, access.Session, now) },
		func(ctx context.Context) (bool, error) {
			return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) {
				return s.authenticator.DropCodes(ctx, tx, now, sliceRows)
			})
		},
	}
	if tokens == history.KeepTokens {
		return slices
	}
	return append(slices, func(ctx context.Context) (bool, error) { return s.endSome(ctx, access.APIToken, now) })
}

func (s *Service) endSome(ctx context.Context, kind access.Kind, now time.Time) (more bool, err error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) {
		return tx.EndSome(ctx, kind, now, access.Revoked, sliceRows)
	})
}

// Point returns the present point in the history of the store.
func (s *Service) Point(ctx context.Context) (history.Point, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (history.Point, error) { return history.Present(ctx, tx) })
}

// WentBack reports whether the store is at an earlier time than a point.
func (s *Service) WentBack(ctx context.Context, seen history.Point) (bool, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (bool, error) { return history.WentBack(ctx, tx, seen) })
}

// beginHistory begins the first generation of a store, unless another server did.
func (s *Service) beginHistory(ctx context.Context) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error { return history.Begin(ctx, tx, rand.Text()) })
}
