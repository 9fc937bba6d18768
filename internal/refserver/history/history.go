// Package history recognizes a store that is at an earlier time than it was: a copy, or
// a database that was recovered.
//
// It promises that such a store is recognized once: by the mark that a copy has, or by a
// [Point] that a server remembers outside of the store. What to do then is the caller's;
// when it is done, a new generation of the store begins, which tells the other servers.
// A server that remembers nothing recognizes copies only.
//
// It knows a store as [Tx] and keeps nothing itself.
package history

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Tx is what this package needs of a transaction.
type Tx interface {
	// CopyMark returns when a copy was made, or false if the store is not a copy or a
	// server was started on it before.
	CopyMark(ctx context.Context) (time.Time, bool, error)
	// DropCopyMark makes a copy an ordinary store. It reports whether it was a copy.
	DropCopyMark(ctx context.Context) (bool, error)

	// SetRestored stores when the store was at an earlier time last.
	SetRestored(ctx context.Context, at time.Time) error

	// Generations returns the names of the store's generations, the present one last.
	Generations(ctx context.Context) ([]string, error)
	// AddGeneration begins a generation.
	AddGeneration(ctx context.Context, name string) error

	// NewestAudit returns the number of the newest row of the audit log, or 0.
	NewestAudit(ctx context.Context) (int64, error)
	// OldestAudit returns the number of the oldest row, or 0: those before were removed by
	// age.
	OldestAudit(ctx context.Context) (int64, error)
	// AuditMark returns a hash of the content of a row, or "" if no row has the number.
	AuditMark(ctx context.Context, no int64) (string, error)
}

// Point is a point in the history of a store, which a server remembers outside of it: a
// row of the audit log that was the newest, and the generation of the store at that
// time. The zero Point means that nothing is remembered.
type Point struct {
	Generation string `json:"generation"`
	Row        int64  `json:"row"`
	Mark       string `json:"mark"` // of the row's content
}

// Present returns the present point. Its generation is empty until Begin was called.
func Present(ctx context.Context, tx Tx) (p Point, err error) {
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
}

// WentBack reports whether the store is at an earlier time than a point, or is another
// one: what was revoked since may be valid again. It is false once a new generation
// began.
func WentBack(ctx context.Context, tx Tx, seen Point) (bool, error) {
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
	case at < len(generations)-1:
		return false, nil
	}
	oldest, err := tx.OldestAudit(ctx)
	if err != nil || seen.Row < oldest { // removed since; a store that went back ends before it
		return false, err
	}
	mark, err := tx.AuditMark(ctx, seen.Row)
	return mark != seen.Mark, err
}

// Begin begins the first generation, unless there is one.
func Begin(ctx context.Context, tx Tx, name string) error {
	generations, err := tx.Generations(ctx)
	if err != nil || len(generations) > 0 {
		return err
	}
	return tx.AddGeneration(ctx, name)
}

// Past is what a store was before its first use by a server.
type Past struct {
	Copied      time.Time // when it was copied; zero: it is not a copy
	WentBack    bool
	generations int
}

// Examine returns the past of a store. If seen is nil, it looks for the mark of a copy
// only.
func Examine(ctx context.Context, tx Tx, seen *Point) (p Past, err error) {
	if p.Copied, _, err = tx.CopyMark(ctx); err != nil || seen == nil {
		return p, err
	}
	generations, err := tx.Generations(ctx)
	if err != nil {
		return p, err
	}
	p.generations = len(generations)
	p.WentBack, err = WentBack(ctx, tx, *seen)
	return p, err
}

// IsEarlier reports whether the store is at an earlier time than it was.
func (p Past) IsEarlier() bool { return p.WentBack || !p.Copied.IsZero() }

// Leave ends the past of a store with a new generation, and stores when. It reports false
// if another server did that since Examine.
func (p Past) Leave(ctx context.Context, tx Tx, generation string, now time.Time) (bool, error) {
	generations, err := tx.Generations(ctx)
	if err != nil || p.WentBack && len(generations) > p.generations {
		return false, err
	}
	wasCopy, err := tx.DropCopyMark(ctx)
	if err != nil || !wasCopy && !p.Copied.IsZero() {
		return false, err
	}
	return true, errors.Join(tx.SetRestored(ctx, now), tx.AddGeneration(ctx, generation))
}

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
