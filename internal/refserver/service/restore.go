package service

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// TokenChoice says what happens to the API tokens of a restored copy, some of which
// may have been revoked since.
type TokenChoice string

// The choices.
const (
	AskAboutTokens TokenChoice = "" // refuse the copy
	KeepTokens     TokenChoice = "keep"
	EndTokens      TokenChoice = "end"
)

// Restored describes the first start on a copy of a store.
type Restored struct {
	Copied time.Time // when the copy was made
	Tokens TokenChoice
}

// Restore makes a copy of a store safe to use, once: it ends all sessions and
// one-time codes, because those that ended or were used since the copy was made are
// valid in it, and API tokens by choice. It returns nil for a store that is not a
// copy. If a choice is missing, it changes nothing and returns a refusal whose detail
// is a Restored. Until it succeeds, the store is a copy: nothing may use it.
func (s *Service) Restore(ctx context.Context, tokens TokenChoice) (*Restored, error) {
	restored := Restored{Tokens: tokens}
	isCopy, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (isCopy bool, err error) {
		restored.Copied, isCopy, err = tx.CopyMark(ctx)
		return isCopy, err
	})
	if err != nil || !isCopy {
		return nil, err
	}
	if tokens == AskAboutTokens {
		return nil, refusal.New(refusal.Usage, "the store is a copy").With(restored)
	}
	for _, slice := range s.restoreSlices(tokens) {
		if err := inSlices(ctx, slice); err != nil {
			return nil, err
		}
	}
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (*Restored, error) {
		isCopy, err := tx.DropCopyMark(ctx)
		if err != nil || !isCopy { // another server was started on it at the same time
			return nil, err
		}
		row := s.auditEntry(Origin{}, "", audit.Restore, "copy of "+restored.Copied.Format(time.RFC3339))
		row.Address, row.Result = "", "ok, tokens: "+string(restored.Tokens)
		return &restored, tx.AppendAudit(ctx, row)
	})
}

// restoreSlices returns what ends in a copy, each part in slices.
func (s *Service) restoreSlices(tokens TokenChoice) []func(context.Context) (more bool, err error) {
	now := s.now()
	slices := []func(context.Context) (bool, error){
		func(ctx context.Context) (bool, error) { return s.endSome(ctx, access.Session, now) },
		func(ctx context.Context) (bool, error) {
			return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) {
				return s.authenticator.DropCodes(ctx, tx, now, sliceRows)
			})
		},
	}
	if tokens == KeepTokens {
		return slices
	}
	return append(slices, func(ctx context.Context) (bool, error) { return s.endSome(ctx, access.APIToken, now) })
}

func (s *Service) endSome(ctx context.Context, kind access.Kind, now time.Time) (more bool, err error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) {
		return tx.EndSome(ctx, kind, now, access.Revoked, sliceRows)
	})
}
