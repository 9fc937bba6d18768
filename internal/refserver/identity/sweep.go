package identity

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
)

// sweepBatch is how many rows each step of a sweep deletes.
const sweepBatch = 1000

// Sweep returns the steps of a sweep, each for a transaction of its own. It deletes
// expired enrollments, tickets, sign-ins at providers, codes and sign-ups, and limits the number of counts.
//
// Unless the clock is steady, it keeps the counts of failures, and the activation
// codes and sign-ups that did not expire recently: it may run while the clock is wrong. What is
// good for minutes only is deleted at once.
func Sweep(now time.Time, steady bool) []func(context.Context, Tx) error {
	steps := []func(context.Context, Tx) error{
		func(ctx context.Context, tx Tx) error { return tx.SweepEnrollments(ctx, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.SweepTickets(ctx, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.SweepUnreadCodes(ctx, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.SweepProviderSignIns(ctx, now, sweepBatch) },
	}
	since, failedBefore := time.Time{}, now.Add(-forgetAfter)
	if !steady {
		since, failedBefore = now.Add(-clock.CatchUp), time.Time{}
	}
	steps = append(steps,
		func(ctx context.Context, tx Tx) error { return tx.SweepAccessCodes(ctx, since, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.SweepSignUps(ctx, since, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error {
			return tx.SweepAttempts(ctx, failedBefore, keepAttempts, sweepBatch)
		})
	if steady {
		steps = append(steps, func(ctx context.Context, tx Tx) error {
			return tx.SweepAccessCodesAhead(ctx, now.Add(clock.Slack), sweepBatch)
		})
	}
	return steps
}
