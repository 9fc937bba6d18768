package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// sweepBatch is how many rows of one kind a sweep deletes at once.
const sweepBatch = 1000

// Sweep ends what has expired, deletes what is no longer needed, and completes what
// requests left over, in short transactions. Call it at the start and about every minute.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.completeAll(ctx); err != nil {
		return err
	}
	for _, step := range s.sweepSteps() {
		if err := s.db.Write(ctx, func(tx transaction.Tx) error { return step(ctx, tx) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) sweepSteps() (steps []func(context.Context, transaction.Tx) error) {
	now := s.now()
	steady := s.steady.Observe(now)
	for _, step := range access.Sweep(now, s.limits.Idle, steady) {
		steps = append(steps, func(ctx context.Context, tx transaction.Tx) error { return step(ctx, tx) })
	}
	for _, step := range identity.Sweep(now, steady) {
		steps = append(steps, func(ctx context.Context, tx transaction.Tx) error { return step(ctx, tx) })
	}
	return append(steps, func(ctx context.Context, tx transaction.Tx) error {
		return tx.SweepNonces(ctx, now.Add(-directory.NonceWindow), sweepBatch)
	})
}
