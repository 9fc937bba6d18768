package auditlog

import (
	"cmp"
	"context"
	"math"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

type part = budget.Part[audit.Row, int64]

// Page returns at most limit rows that a filter selects and that come before a number,
// the newest first, to an administrator of the platform, and the number before which the
// next page begins, 0 at the end. Before 0 is the newest row. A page may have few rows
// without being the last.
func Page(ctx context.Context, s *service.Service, caller service.Caller, filter audit.Filter, before int64, limit int) (rows []audit.Row, next int64, err error) {
	if err := service.RequireSuperuser(caller); err != nil {
		return nil, 0, err
	}
	if before == 0 && !filter.Until.IsZero() {
		var err error
		if before, err = startOf(ctx, s, filter.Until.Add(clock.Slack)); err != nil {
			return nil, 0, err
		}
	}
	window := atOnce
	return budget.Page(ctx, cmp.Or(before, math.MaxInt64), limit, func(before int64, limit int) (part, error) {
		search := audit.Search{Filter: filter, Before: before, Window: window, Limit: limit + 1}
		found, err := transaction.Read(ctx, s.DB(), func(tx transaction.Tx) (audit.Found, error) { return tx.SearchAudit(ctx, search) })
		window = min(2*window, maxWindow)
		return partOf(found, search), err
	})
}

// A page looks at more and more rows at once, until there are as many that the filter selects
// as it has place for.
const (
	maxWindow = 32_000 // which a database looks at in some milliseconds
	inAStep   = 25     // rows that cost as much as one that is read
)

// partOf returns what a search found, at most as many rows as a page has place for, and where
// to continue. Clocks that were a little wrong make no difference to Since.
func partOf(found audit.Found, search audit.Search) part {
	p := part{Rows: found.Rows, Next: found.Last, Steps: len(found.Rows) + search.Window/inAStep}
	if found.Time.Before(search.Filter.Since.Add(-clock.Slack)) {
		p.Next = 0
	}
	if limit := search.Limit - 1; len(p.Rows) > limit { // one more shows that there are more
		p.Rows, p.Next = p.Rows[:limit], p.Rows[limit-1].No
	}
	for _, row := range p.Rows {
		p.Bytes += len(row.Subject) + len(row.UserAgent)
	}
	return p
}

// startOf returns the number of a row before which all rows of a time and older ones are,
// and few others. It halves the log, which is in the order of the times but for changes of
// the clock: a page of long ago costs as little as the last one.
func startOf(ctx context.Context, s *service.Service, latest time.Time) (before int64, err error) {
	err = s.DB().Read(ctx, func(tx transaction.Tx) error {
		newest, err := tx.NewestAudit(ctx)
		if err != nil {
			return err
		}
		low := int64(0)
		before = newest + 1
		for before-low > 1 {
			middle := low + (before-low)/2
			rows, err := tx.AuditBefore(ctx, middle, 1)
			if err != nil {
				return err
			}
			if len(rows) > 0 && rows[0].Time.After(latest) {
				before = middle
			} else {
				low = middle
			}
		}
		return nil
	})
	return before, err
}
