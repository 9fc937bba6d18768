package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// The statements of a sweep. Each changes a bounded number of rows that an index
// finds.
const (
	endExpiredQuery = `UPDATE tokens SET ended = expires, end_reason = ? WHERE signature IN (
		SELECT signature FROM tokens WHERE kind = ? AND ` + isActive + ` AND expires > ? AND expires <= ? LIMIT ?)`
	forgetQuery = `DELETE FROM tokens WHERE signature IN (
		SELECT signature FROM tokens WHERE COALESCE(ended, expires) < ? AND ended IS NOT NULL AND created < ?
		ORDER BY COALESCE(ended, expires) LIMIT ?)`
)

// EndExpired implements access.Tx.
func (t tx) EndExpired(ctx context.Context, kind access.Kind, since, now time.Time, count int) error {
	return t.exec(ctx, endExpiredQuery, string(access.Expired), string(kind), orZero(since), millis{&now}, count)
}

// ForgetTokens implements access.Tx.
func (t tx) ForgetTokens(ctx context.Context, before time.Time, count int) error {
	return t.exec(ctx, forgetQuery, millis{&before}, millis{&before}, count)
}

// orZero returns the milliseconds of a time, or 0 for the zero time.
func orZero(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
