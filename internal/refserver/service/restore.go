package service

import (
	"context"
	"crypto/rand"
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

// Restored describes the first start on a store that is at an earlier time than it was:
// a copy, or a database that was recovered.
type Restored struct {
	Copied time.Time // when the copy was made; zero: the store is not marked as a copy
	Tokens TokenChoice
}

// Restore makes a store that is at an earlier time safe to use, once: it ends all
// sessions and one-time codes, because those that ended or were used since are valid in
// it, and API tokens by choice. It recognizes the store by the mark of a copy, or by a
// point that this server remembers; with a nil point only a copy is recognized. It
// returns nil if the store is what it was. If a choice is missing, it changes nothing and
// returns a refusal whose detail is a Restored. Until it succeeds, nothing may use the
// store.
func (s *Service) Restore(ctx context.Context, tokens TokenChoice, seen *Point) (*Restored, error) {
	found, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (past, error) { return examine(ctx, tx, seen) })
	switch {
	case err != nil:
		return nil, err
	case !found.isCopy && !found.wentBack && seen != nil:
		return nil, s.beginHistory(ctx)
	case !found.isCopy && !found.wentBack:
		return nil, nil
	}
	restored := Restored{Copied: found.copied, Tokens: tokens}
	if tokens == AskAboutTokens {
		return nil, refusal.New(refusal.Usage, "the store is at an earlier time").With(restored)
	}
	for _, slice := range s.restoreSlices(tokens) {
		if err := inSlices(ctx, slice); err != nil {
			return nil, err
		}
	}
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (*Restored, error) {
		isLeft, err := found.isLeft(ctx, tx)
		if err != nil || !isLeft { // another server was started on it at the same time
			return nil, err
		}
		if err := s.leave(ctx, tx, seen); err != nil {
			return nil, err
		}
		return &restored, tx.AppendAudit(ctx, s.restoreEntry(restored))
	})
}

// past is what Restore finds.
type past struct {
	copied           time.Time
	isCopy, wentBack bool
	generations      int
}

func examine(ctx context.Context, tx transaction.Tx, seen *Point) (p past, err error) {
	if p.copied, p.isCopy, err = tx.CopyMark(ctx); err != nil || seen == nil {
		return p, err
	}
	generations, err := tx.Generations(ctx)
	if err != nil {
		return p, err
	}
	p.generations = len(generations)
	p.wentBack, err = wentBack(ctx, tx, *seen)
	return p, err
}

// isLeft reports whether the store is still as it was found.
func (p past) isLeft(ctx context.Context, tx transaction.Tx) (bool, error) {
	if p.isCopy {
		_, isCopy, err := tx.CopyMark(ctx)
		return isCopy, err
	}
	generations, err := tx.Generations(ctx)
	return len(generations) == p.generations, err
}

// leave ends the past of a store: it is not a copy any more, and its next generation
// begins.
func (s *Service) leave(ctx context.Context, tx transaction.Tx, seen *Point) error {
	if _, err := tx.DropCopyMark(ctx); err != nil || seen == nil {
		return err
	}
	return tx.AddGeneration(ctx, rand.Text())
}

func (s *Service) restoreEntry(restored Restored) audit.Entry {
	subject := "earlier than it was"
	if !restored.Copied.IsZero() {
		subject = "copy of " + restored.Copied.Format(time.RFC3339)
	}
	entry := s.auditEntry(Origin{}, "", audit.Restore, subject)
	entry.Address, entry.Result = "", "ok, tokens: "+string(restored.Tokens)
	return entry
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
