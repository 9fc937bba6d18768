package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

const (
	// sliceRows is how many rows one transaction changes of a work without an end, such as
	// a removal. Sign-ins and other writes have their turn in between.
	sliceRows = 500
	// slicesAtOnce is how many slices follow a request: enough for a full project, so
	// that its folders stop counting before the response.
	slicesAtOnce = 50
)

// ClearRemoved deletes what was in removed folders and projects, for the request that removed
// them. They are removed already: the sweep does what is left after a failure, or for the next request.
func (s *Service) ClearRemoved(ctx context.Context) {
	for range slicesAtOnce {
		if more, err := s.clearSlice(ctx); err != nil || !more {
			return
		}
	}
}

// completeAll deletes everything that was in removed folders and projects, and stores the
// end of each token that ended with others.
func (s *Service) completeAll(ctx context.Context) error {
	if err := inSlices(ctx, s.clearSlice); err != nil {
		return err
	}
	return inSlices(ctx, s.endSlice)
}

// inSlices calls slice, which runs one transaction, until nothing is left to do.
func inSlices(ctx context.Context, slice func(context.Context) (more bool, err error)) error {
	for {
		if more, err := slice(ctx); err != nil || !more {
			return err
		}
	}
}

func (s *Service) clearSlice(ctx context.Context) (more bool, err error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) { return tx.ClearRemoved(ctx, sliceRows) })
}

func (s *Service) endSlice(ctx context.Context) (more bool, err error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (bool, error) { return tx.CompleteEnds(ctx, sliceRows) })
}
