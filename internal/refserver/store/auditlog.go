package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
)

const auditColumns = `no, time, actor, subject, action, result, factor, address, user_agent, request_id`

// AuditAfter implements audit.Tx.
func (t tx) AuditAfter(ctx context.Context, no int64, limit int) ([]audit.Row, error) {
	return t.auditRows(ctx, `SELECT `+auditColumns+` FROM audit WHERE no > ? ORDER BY no LIMIT ?`, no, limit)
}

// AuditBefore implements audit.Tx.
func (t tx) AuditBefore(ctx context.Context, no int64, limit int) ([]audit.Row, error) {
	return t.auditRows(ctx, `SELECT `+auditColumns+` FROM audit WHERE no < ? ORDER BY no DESC LIMIT ?`, no, limit)
}

// SearchAudit implements audit.Tx. The engine looks at the rows, so that few of a long log are
// read.
func (t tx) SearchAudit(ctx context.Context, search audit.Search) (found audit.Found, err error) {
	if _, err := t.found(ctx, `SELECT no, time FROM audit WHERE no = (
		SELECT no FROM audit WHERE no < ? ORDER BY no DESC LIMIT 1 OFFSET ?)`,
		[]any{search.Before, search.Window - 1}, &found.Last, millis{&found.Time}); err != nil {
		return audit.Found{}, err
	}
	selects, args := auditConditions(search.Filter)
	args = append([]any{search.Before, found.Last}, append(args, search.Limit)...)
	found.Rows, err = t.auditRows(ctx, `SELECT `+auditColumns+` FROM audit WHERE no < ? AND no >= ?`+selects+` ORDER BY no DESC LIMIT ?`, args...)
	return found, err
}

// auditConditions returns the conditions of a filter, which are those of audit.Filter.Admits.
func auditConditions(filter audit.Filter) (conditions string, args []any) {
	add := func(condition string, values ...any) {
		conditions, args = conditions+" AND "+condition, append(args, values...)
	}
	if filter.Actor != "" {
		add("actor = ?", filter.Actor)
	}
	if filter.Subject != "" {
		add("subject = ?", filter.Subject)
	}
	if filter.Result != "" {
		add("result = ?", filter.Result)
	}
	if filter.Action != "" { // "/" follows "."
		add("(action = ? OR action > ? AND action < ?)", filter.Action, filter.Action+".", filter.Action+"/")
	}
	if !filter.Since.IsZero() {
		add("time >= ?", millisUp(filter.Since))
	}
	if !filter.Until.IsZero() {
		add("time < ?", millisUp(filter.Until))
	}
	return conditions, args
}

// millisUp returns the first millisecond that is not before a time: rows have no parts of one.
func millisUp(t time.Time) int64 { return t.Add(time.Millisecond - 1).UnixMilli() }

func (t tx) auditRows(ctx context.Context, query string, args ...any) (list []audit.Row, err error) {
	err = t.each(ctx, query, args, func(rows Rows) error {
		var row audit.Row
		err := rows.Scan(&row.No, millis{&row.Time}, &row.Actor, &row.Subject, &row.Action, &row.Result,
			&row.Factor, &row.Address, &row.UserAgent, &row.RequestID)
		list = append(list, row)
		return err
	})
	return list, err
}

// RemoveAudit implements audit.Tx. The newest row is not among those that have a newer one.
func (t tx) RemoveAudit(ctx context.Context, before time.Time, limit int) (int, error) {
	return t.changed(ctx, `DELETE FROM audit WHERE no IN (
		SELECT no FROM (SELECT no, time FROM audit ORDER BY no LIMIT ?) AS oldest
		WHERE time < ? AND no < (SELECT no FROM audit ORDER BY no DESC LIMIT 1))`, limit, before.UnixMilli())
}
