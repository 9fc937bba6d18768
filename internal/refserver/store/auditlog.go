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
