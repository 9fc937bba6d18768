package store

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// In a row of attempts, not_before is when the next try is evaluated. For a
// bucket it is the moment at which one more failure fits in, which may lie far
// in the past: each failure moves it on by one interval, and it never falls
// further behind than a full bucket. A last_failure far in the future is left
// from a clock that ran ahead, and so is the wait that goes with it.

// takeBackoff computes Rule.Wait. Beyond a shift of 30, which makes 12 days of a
// millisecond, it is always Max, and up to there nothing overflows.
const takeBackoff = `INSERT INTO attempts (key, failures, not_before, last_failure) VALUES (?, 1, ?, ?)
	ON CONFLICT (key) DO UPDATE SET
		failures = attempts.failures + 1,
		last_failure = excluded.last_failure,
		not_before = excluded.last_failure + CASE
			WHEN attempts.failures + 1 < ? THEN 0
			WHEN ? * (attempts.failures + 1 - ?) > 30 THEN ?
			ELSE min(?, ? << (? * (attempts.failures + 1 - ?))) END
	WHERE attempts.not_before <= excluded.last_failure OR attempts.last_failure > ?`

// takeFromBucket moves not_before on by one interval.
const takeFromBucket = `INSERT INTO attempts (key, failures, not_before, last_failure) VALUES (?, 1, ?, ?)
	ON CONFLICT (key) DO UPDATE SET
		failures = attempts.failures + 1,
		last_failure = excluded.last_failure,
		not_before = CASE
			WHEN attempts.last_failure > ? THEN excluded.not_before
			ELSE max(attempts.not_before + ?, excluded.not_before) END
	WHERE attempts.not_before <= excluded.last_failure OR attempts.last_failure > ?`

// TakeAttempt implements identity.Tx.
func (t tx) TakeAttempt(ctx context.Context, key string, rule identity.Rule, now time.Time) (time.Duration, error) {
	taken, err := t.take(ctx, key, rule, now)
	if err != nil || taken {
		return 0, err
	}
	var notBefore time.Time
	err = t.row(ctx, errNoAttempts, `SELECT not_before FROM attempts WHERE key = ?`, []any{key}, millis{&notBefore})
	return notBefore.Sub(now), err
}

var errNoAttempts = errors.New("a key that waits has no row")

// take is one statement, so that guesses in parallel are counted one by one.
func (t tx) take(ctx context.Context, key string, rule identity.Rule, now time.Time) (bool, error) {
	horizon := now.Add(identity.ClockSlack)
	if rule.Interval > 0 {
		fits := now.Add(-time.Duration(rule.Free-2) * rule.Interval)
		return t.affected(ctx, takeFromBucket, key, millis{&fits}, millis{&now},
			millis{&horizon}, rule.Interval.Milliseconds(), millis{&horizon})
	}
	next, most, first := now.Add(rule.Wait(1)), rule.Max.Milliseconds(), rule.First.Milliseconds()
	return t.affected(ctx, takeBackoff, key, millis{&next}, millis{&now},
		rule.Free, rule.Growth, rule.Free, most, most, first, rule.Growth, rule.Free, millis{&horizon})
}

// GiveBackAttempt implements identity.Tx.
func (t tx) GiveBackAttempt(ctx context.Context, key string, rule identity.Rule) error {
	if rule.Interval > 0 {
		return t.exec(ctx, `UPDATE attempts SET failures = failures - 1, not_before = not_before - ? WHERE key = ?`,
			rule.Interval.Milliseconds(), key)
	}
	return t.exec(ctx, `UPDATE attempts SET failures = failures - 1, not_before = last_failure WHERE key = ?`, key)
}

// ForgetAttempts implements identity.Tx.
func (t tx) ForgetAttempts(ctx context.Context, key string) error {
	return t.exec(ctx, `DELETE FROM attempts WHERE key = ?`, key)
}

// SweepAttempts implements identity.Tx.
func (t tx) SweepAttempts(ctx context.Context, before time.Time, keep int) error {
	if err := t.exec(ctx, `DELETE FROM attempts WHERE last_failure < ?`, millis{&before}); err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM attempts WHERE key IN (
		SELECT key FROM attempts ORDER BY last_failure DESC LIMIT -1 OFFSET ?)`, keep)
}

// maxSources bounds the networks remembered for a user.
const maxSources = 20

// KnownSource implements identity.Tx.
func (t tx) KnownSource(ctx context.Context, userID, source string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM known_sources WHERE user_id = ? AND source = ?`, userID, source)
}

// RememberSource implements identity.Tx.
func (t tx) RememberSource(ctx context.Context, userID, source string, at time.Time) error {
	err := t.exec(ctx, `INSERT INTO known_sources (user_id, source, seen) VALUES (?, ?, ?)
		ON CONFLICT (user_id, source) DO UPDATE SET seen = excluded.seen`, userID, source, millis{&at})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM known_sources WHERE user_id = ? AND source IN (
		SELECT source FROM known_sources WHERE user_id = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)`,
		userID, userID, maxSources)
}
