package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// The statements of a sweep. Each changes a bounded number of rows that an index
// finds.
const (
	endExpiredQuery = `UPDATE tokens SET ended = expires, end_reason = ? WHERE ended IS NULL AND signature IN (
		SELECT signature FROM tokens WHERE kind = ? AND ended IS NULL AND expires > ? AND expires <= ? LIMIT ?)`
	forgetQuery = `DELETE FROM tokens WHERE signature IN (
		SELECT signature FROM tokens WHERE COALESCE(ended, expires) < ? AND ended IS NOT NULL AND created < ?
		ORDER BY COALESCE(ended, expires) LIMIT ?)`
)

var (
	endMadeAheadQuery = treeOf(`SELECT signature FROM (SELECT signature FROM tokens
		WHERE kind = ? AND ended IS NULL AND created > ? LIMIT ?)`) + endTree
	endUsedAheadQuery = treeOf(`SELECT signature FROM (SELECT signature FROM tokens
		WHERE kind = 'session' AND ended IS NULL AND last_used > ? LIMIT ?)`) + endTree
)

// EndExpired implements access.Tx.
func (t tx) EndExpired(ctx context.Context, kind access.Kind, since, now time.Time, count int) error {
	return t.exec(ctx, endExpiredQuery, string(access.Expired), string(kind), orZero(since), millis{&now}, count)
}

// EndAhead implements access.Tx.
func (t tx) EndAhead(ctx context.Context, kind access.Kind, latest, now time.Time, count int) error {
	err := t.exec(ctx, endMadeAheadQuery, string(kind), millis{&latest}, count, millis{&now}, string(access.Expired))
	if err != nil || kind != access.Session {
		return err
	}
	return t.exec(ctx, endUsedAheadQuery, millis{&latest}, count, millis{&now}, string(access.Idle))
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
