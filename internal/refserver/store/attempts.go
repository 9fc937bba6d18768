package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/throttle"
)

// Attempts implements identity.Tx.
func (t tx) Attempts(ctx context.Context, keys ...string) (map[string]throttle.Attempts, error) {
	found := map[string]throttle.Attempts{}
	query := `SELECT key, failures, not_before, last_failure FROM attempts WHERE key IN (` + placeholders(len(keys)) + `)`
	err := t.each(ctx, query, anys(keys), func(rows Rows) error {
		var key string
		var a throttle.Attempts
		err := rows.Scan(&key, &a.Failures, millis{&a.NotBefore}, millis{&a.LastFailure})
		found[key] = a
		return err
	})
	return found, err
}

// SetAttempts implements identity.Tx.
func (t tx) SetAttempts(ctx context.Context, key string, a throttle.Attempts) error {
	return t.exec(ctx, `INSERT INTO attempts (key, failures, not_before, last_failure) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET
			failures = excluded.failures, not_before = excluded.not_before, last_failure = excluded.last_failure`,
		key, a.Failures, millis{&a.NotBefore}, millis{&a.LastFailure})
}

// ForgetAttempts implements identity.Tx.
func (t tx) ForgetAttempts(ctx context.Context, key string) error {
	return t.exec(ctx, `DELETE FROM attempts WHERE key = ?`, key)
}

// SweepAttempts implements identity.Tx.
func (t tx) SweepAttempts(ctx context.Context, before time.Time, keep, count int) error {
	err := t.exec(ctx, `DELETE FROM attempts WHERE key IN (
		SELECT key FROM attempts WHERE last_failure < ? ORDER BY last_failure LIMIT ?)`, orZero(before), count)
	if err != nil {
		return err
	}
	var rows int
	if err := t.row(ctx, errNoRow, `SELECT COUNT(*) FROM attempts`, nil, &rows); err != nil || rows <= keep {
		return err
	}
	return t.exec(ctx, `DELETE FROM attempts WHERE key IN (
		SELECT key FROM attempts ORDER BY last_failure LIMIT ?)`, min(count, rows-keep))
}

// maxSources bounds the networks stored for a user.
const maxSources = 20

// KnownSource implements identity.Tx.
func (t tx) KnownSource(ctx context.Context, userID, source string) (seen time.Time, known bool, err error) {
	known, err = t.found(ctx, `SELECT seen FROM known_sources WHERE user_id = ? AND source = ?`, []any{userID, source}, millis{&seen})
	return seen, known, err
}

// RememberSource implements identity.Tx.
func (t tx) RememberSource(ctx context.Context, userID, source string, at time.Time) error {
	err := t.exec(ctx, `UPDATE known_sources SET seen = ? WHERE user_id = ? AND seen > ?`, millis{&at}, userID, millis{&at})
	if err != nil {
		return err
	}
	err = t.exec(ctx, `INSERT INTO known_sources (user_id, source, seen) VALUES (?, ?, ?)
		ON CONFLICT (user_id, source) DO UPDATE SET seen = excluded.seen`, userID, source, millis{&at})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM known_sources WHERE user_id = ? AND source <> ? AND source NOT IN (
		SELECT source FROM known_sources WHERE user_id = ? AND source <> ? ORDER BY seen DESC LIMIT ?)`,
		userID, source, userID, source, maxSources-1)
}
