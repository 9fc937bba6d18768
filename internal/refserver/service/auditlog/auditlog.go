// Package auditlog has the use cases of the audit log: read it, in pages too, follow it, and
// remove what is older than it has to be.
//
// It promises that a reader sees each row once, those included that are committed after
// rows with larger numbers; that it reads a few hundred rows in a transaction, so that no
// writer waits; that the newest row is never removed, because it tells how far the history
// of a store had come; and that nothing is removed before the clock ran for half a day
// without a step.
//
// Rows are written by the operations of package service, with what they are about.
package auditlog

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Log is the audit log of a store.
type Log struct {
	db     transaction.DB
	steady clock.Steady
}

// New returns the log of a store.
func New(db transaction.DB) *Log { return &Log{db: db} }

// atOnce is how many rows one transaction reads or removes.
const atOnce = 500

// Last passes to each the last count rows that a filter selects, the oldest first, and
// returns the number of the newest row that it looked at. A count of 0 is all rows.
func (l *Log) Last(ctx context.Context, filter audit.Filter, count int, each func(audit.Row) error) (newest int64, err error) {
	first, newest, err := l.firstOf(ctx, filter, count)
	if err != nil {
		return 0, err
	}
	for after := first - 1; after < newest; {
		rows, err := l.after(ctx, after)
		if err != nil {
			return 0, err
		}
		for _, row := range rows {
			if row.No <= newest && filter.Admits(row.Entry) {
				if err := each(row); err != nil {
					return 0, err
				}
			}
			after = row.No
		}
		if len(rows) == 0 {
			break
		}
	}
	return newest, nil
}

// firstOf returns the number of the count-th last row that a filter selects, or of one
// before, and that of the newest row. It goes back until clocks that were a little wrong
// make no difference to Since.
func (l *Log) firstOf(ctx context.Context, filter audit.Filter, count int) (first, newest int64, err error) {
	if count == 0 && filter.Since.IsZero() {
		newest, err = transaction.Read(ctx, l.db, func(tx transaction.Tx) (int64, error) { return tx.NewestAudit(ctx) })
		return 1, newest, err
	}
	enough := filter.Since.Add(-clock.Slack)
	found := 0
	for before := int64(math.MaxInt64); ; {
		rows, err := transaction.Read(ctx, l.db, func(tx transaction.Tx) ([]audit.Row, error) { return tx.AuditBefore(ctx, before, atOnce) })
		if err != nil || len(rows) == 0 {
			return before, newest, err
		}
		newest = max(newest, rows[0].No)
		for _, row := range rows {
			if filter.Admits(row.Entry) {
				found++
			}
			if before = row.No; count > 0 && found == count || row.Time.Before(enough) {
				return before, newest, nil
			}
		}
	}
}

func (l *Log) after(ctx context.Context, no int64) ([]audit.Row, error) {
	return transaction.Read(ctx, l.db, func(tx transaction.Tx) ([]audit.Row, error) { return tx.AuditAfter(ctx, no, atOnce) })
}

// late is how many rows may have been committed before one with a smaller number.
const late = 200

// Follow passes to each the rows that a filter selects and that come after a number. It
// waits before it looks again, until wait returns an error, which it returns.
func (l *Log) Follow(ctx context.Context, filter audit.Filter, newest int64, wait func() error, each func(audit.Row) error) error {
	seen, err := l.seenBefore(ctx, newest)
	if err != nil {
		return err
	}
	for {
		if err := wait(); err != nil {
			return err
		}
		rows, err := l.after(ctx, newest-late)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if slices.Contains(seen, row.No) {
				continue
			}
			seen, newest = append(seen, row.No), max(newest, row.No)
			if !filter.Admits(row.Entry) {
				continue
			}
			if err := each(row); err != nil {
				return err
			}
		}
		seen = slices.DeleteFunc(seen, func(no int64) bool { return no <= newest-late })
	}
}

// seenBefore returns the numbers that are in use up to a number, as far back as Follow looks.
func (l *Log) seenBefore(ctx context.Context, newest int64) (seen []int64, err error) {
	rows, err := l.after(ctx, newest-late)
	for _, row := range rows {
		if row.No <= newest {
			seen = append(seen, row.No)
		}
	}
	return seen, err
}

// maxBatches bounds what one sweep removes, in transactions of atOnce rows.
const maxBatches = 20

// Sweep removes rows that are older than an age, the oldest first. Call it about every
// minute.
func (l *Log) Sweep(ctx context.Context, now time.Time, age time.Duration) error {
	if !l.steady.Observe(now) {
		return nil
	}
	for range maxBatches {
		removed, err := transaction.Write(ctx, l.db, func(tx transaction.Tx) (int, error) { return tx.RemoveAudit(ctx, now.Add(-age), atOnce) })
		if err != nil || removed < atOnce {
			return err
		}
	}
	return nil
}
