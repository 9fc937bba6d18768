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
	return budget.Page(ctx, cmp.Or(before, math.MaxInt64), limit, func(before int64, limit int) (part, error) {
		found, err := transaction.Read(ctx, s.DB(), func(tx transaction.Tx) ([]audit.Row, error) { return tx.AuditBefore(ctx, before, atOnce) })
		return selected(found, filter, limit), err
	})
}

// selected returns those of some rows that a filter selects, at most limit, and where to
// continue. Clocks that were a little wrong make no difference to Since.
func selected(found []audit.Row, filter audit.Filter, limit int) (p part) {
	for i, row := range found {
		p.Steps++
		if row.Time.Before(filter.Since.Add(-clock.Slack)) {
			return p
		}
		if filter.Admits(row.Entry) {
			p.Rows = append(p.Rows, row)
			p.Bytes += len(row.Subject) + len(row.UserAgent)
		}
		isEnd := i == len(found)-1 && len(found) < atOnce
		if len(p.Rows) == limit && !isEnd {
			p.Next = row.No
			return p
		}
	}
	if len(found) == atOnce {
		p.Next = found[atOnce-1].No
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
