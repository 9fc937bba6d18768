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
// is a Restored.
func (s *Service) Restore(ctx context.Context, tokens TokenChoice) (*Restored, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (*Restored, error) {
		copied, isCopy, err := tx.TakeCopyMark(ctx)
		if err != nil || !isCopy {
			return nil, err
		}
		restored := &Restored{Copied: copied, Tokens: tokens}
		if tokens == AskAboutTokens {
			return nil, refusal.New(refusal.Usage, "the store is a copy").With(*restored)
		}
		return restored, s.restore(ctx, tx, *restored)
	})
}

func (s *Service) restore(ctx context.Context, tx transaction.Tx, restored Restored) error {
	if err := tx.EndAll(ctx, access.Session, s.now(), access.Revoked); err != nil {
		return err
	}
	if restored.Tokens == EndTokens {
		if err := tx.EndAll(ctx, access.APIToken, s.now(), access.Revoked); err != nil {
			return err
		}
	}
	if err := s.authenticator.DropCodes(ctx, tx); err != nil {
		return err
	}
	row := s.auditEntry(Origin{}, "", audit.Restore, "copy of "+restored.Copied.Format(time.RFC3339))
	row.Address, row.Result = "", "ok, tokens: "+string(restored.Tokens)
	return tx.AppendAudit(ctx, row)
}
