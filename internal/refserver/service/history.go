package service

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Point is a point in the history of a store, which a server remembers outside of the
// store: a row of the audit log that was the newest, and the generation of the store at
// that time. The zero Point means that nothing is remembered.
type Point struct {
	Generation string `json:"generation"`
	Row        int64  `json:"row"`
	Mark       string `json:"mark"` // of the row's content
}

// Point returns the present one. Its generation is empty until a server has called
// Restore with a Point.
func (s *Service) Point(ctx context.Context) (Point, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (Point, error) {
		var p Point
		generations, err := tx.Generations(ctx)
		if err != nil {
			return p, err
		}
		if len(generations) > 0 {
			p.Generation = generations[len(generations)-1]
		}
		if p.Row, err = tx.NewestAudit(ctx); err != nil {
			return p, err
		}
		p.Mark, err = tx.AuditMark(ctx, p.Row)
		return p, err
	})
}

// WentBack reports whether the store is at an earlier time than a point, or is another
// one, as after the recovery of a database: what was revoked since may be valid again.
// It is false if a server has dealt with that.
func (s *Service) WentBack(ctx context.Context, seen Point) (bool, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (bool, error) { return wentBack(ctx, tx, seen) })
}

func wentBack(ctx context.Context, tx transaction.Tx, seen Point) (bool, error) {
	if seen == (Point{}) {
		return false, nil
	}
	generations, err := tx.Generations(ctx)
	if err != nil {
		return false, err
	}
	newest, err := tx.NewestAudit(ctx)
	if err != nil {
		return false, err
	}
	at := slices.Index(generations, seen.Generation)
	switch {
	case len(generations) == 0 && newest == 0: // a new store, in which nothing can be valid again
		return false, nil
	case at < 0:
		return true, nil
	case at < len(generations)-1: // another server began a new generation
		return false, nil
	}
	mark, err := tx.AuditMark(ctx, seen.Row)
	return mark != seen.Mark, err
}

// beginHistory begins the first generation, unless another server did.
func (s *Service) beginHistory(ctx context.Context) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		generations, err := tx.Generations(ctx)
		if err != nil || len(generations) > 0 {
			return err
		}
		return tx.AddGeneration(ctx, rand.Text())
	})
}
