package access

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
)

// keepEnded is how long a token is kept after its end, so that the server can say
// why it is no longer valid.
const keepEnded = 90 * 24 * time.Hour

// sweepBatch is how many tokens each step of a sweep changes.
const sweepBatch = 500

// Sweep returns the steps of a sweep, each for a transaction of its own. It marks
// what has ended, so that a clock that is set back can't revive it, and then deletes
// what was marked long ago.
//
// An API token is lost for good when it is marked, or deleted. Unless the clock is
// steady, a sweep therefore marks only those that expired recently, and deletes
// nothing: it may run while the clock is wrong.
func Sweep(now time.Time, idle time.Duration, steady bool) []func(context.Context, Tx) error {
	latest := now.Add(clock.Slack)
	steps := []func(context.Context, Tx) error{
		func(ctx context.Context, tx Tx) error { return tx.EndIdleSessions(ctx, now, idle, sweepBatch) },
		func(ctx context.Context, tx Tx) error {
			return tx.EndExpired(ctx, Session, time.Time{}, now, sweepBatch)
		},
		func(ctx context.Context, tx Tx) error { return tx.EndAhead(ctx, Session, latest, now, sweepBatch) },
	}
	if !steady {
		return append(steps, func(ctx context.Context, tx Tx) error {
			return tx.EndExpired(ctx, APIToken, now.Add(-clock.CatchUp), now, sweepBatch)
		})
	}
	return append(steps,
		func(ctx context.Context, tx Tx) error {
			return tx.EndExpired(ctx, APIToken, time.Time{}, now, sweepBatch)
		},
		func(ctx context.Context, tx Tx) error { return tx.EndAhead(ctx, APIToken, latest, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.ForgetTokens(ctx, now.Add(-keepEnded), sweepBatch) },
	)
}
