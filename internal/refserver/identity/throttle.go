package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// A Rule says how long a key has to wait after its failures. The first Free
// tries are evaluated at once; failure number n, from Free on, costs
// First << (Growth * (n - Free)), and never more than Max.
//
// With Interval set the rule is a bucket instead: Free failures at once and one
// more every Interval, however they are spread.
type Rule struct {
	Free     int
	First    time.Duration
	Growth   int
	Max      time.Duration
	Interval time.Duration
}

// The rules in force. The account's wait is kept for each source, so that
// guesses from one address do not lock the owner out at another; a bucket over
// all sources that the account was never used from bounds what many addresses
// can try together: 50 at once and 50 an hour, so never more than 100 in any
// hour. After LockAfter failures in a row such sources get one try a day.
var (
	passwordRule = Rule{Free: 5, First: time.Second, Growth: 1, Max: 15 * time.Minute}
	accountRule  = Rule{Free: 50, Interval: 72 * time.Second}
	lockRule     = Rule{Free: 100, First: 24 * time.Hour, Max: 24 * time.Hour}
	addressRule  = Rule{Free: 50, Interval: 36 * time.Second}
	codeRule     = Rule{Free: 3, First: 30 * time.Second, Growth: 3, Max: 15 * time.Minute}
	tokenRule    = Rule{Free: 200, Interval: time.Second}
)

// ClockSlack is how far ahead of the time a stored moment of the past may be. One
// that is further ahead is left from a clock that was wrong.
const ClockSlack = time.Hour

const (
	forgetAfter  = 30 * 24 * time.Hour // a key without a failure for that long starts anew
	keepAttempts = 200_000             // keys kept at most: some 30 MB
)

// Wait returns what the n-th failure costs, counted from 1. A bucket has no
// such table.
func (r Rule) Wait(n int) time.Duration {
	if n < r.Free {
		return 0
	}
	shift := r.Growth * (n - r.Free)
	if r.First > r.Max>>shift { // First<<shift could overflow
		return r.Max
	}
	return r.First << shift
}

// Attempts is what is counted against one key.
type Attempts struct {
	Failures    int
	LastFailure time.Time
	// NotBefore is when the next try is evaluated. Of a bucket it is the moment
	// at which one more failure fits in, which may lie far in the past: each
	// failure moves it on by one interval, and it never falls further behind
	// than a full bucket.
	NotBefore time.Time
}

// Take counts one failure in advance, unless the key still has to wait; then it
// counts nothing and returns how long. A last failure that is more than
// ClockSlack in the future is left from a clock that ran ahead, and so is the
// wait that goes with it.
func (r Rule) Take(attempts Attempts, now time.Time) (Attempts, time.Duration) {
	fromWrongClock := attempts.LastFailure.After(now.Add(ClockSlack))
	if attempts.NotBefore.After(now) && !fromWrongClock {
		return attempts, attempts.NotBefore.Sub(now)
	}
	taken := Attempts{Failures: attempts.Failures + 1, LastFailure: now}
	if r.Interval == 0 {
		taken.NotBefore = now.Add(r.Wait(taken.Failures))
		return taken, 0
	}
	taken.NotBefore = now.Add(-time.Duration(r.Free-2) * r.Interval) // into an empty bucket
	if next := attempts.NotBefore.Add(r.Interval); next.After(taken.NotBefore) && !fromWrongClock {
		taken.NotBefore = next
	}
	return taken, 0
}

// Refund takes back one failure that Take counted.
func (r Rule) Refund(attempts Attempts) Attempts {
	attempts.Failures--
	if r.Interval > 0 {
		attempts.NotBefore = attempts.NotBefore.Add(-r.Interval)
	} else {
		attempts.NotBefore = attempts.LastFailure
	}
	return attempts
}

// throttled refuses an attempt that was not looked at.
func throttled(wait time.Duration) *refusal.Error {
	details := refusal.Wait{For: wait}
	return refusal.New(refusal.Throttled, "too many failed attempts, try again in %d s", details.Seconds()).
		Because(refusal.TooManyAttempts).With(details)
}

// Source names the network that a request comes from: the address itself for
// IPv4, its /64 for IPv6, where one host has many addresses.
func Source(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() {
		return "unknown"
	}
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return addr.String()
	}
	return prefix.String()
}

// reservation is one failure counted in advance.
type reservation struct {
	key  string
	rule Rule
}

// passwordReservations lists what a password guess is counted against.
func passwordReservations(userID, source string, known bool) []reservation {
	list := []reservation{
		{key("password", userID, source), passwordRule},
		{key("address", source), addressRule},
	}
	if known {
		return list
	}
	return append(list,
		reservation{key("account", userID), accountRule},
		reservation{key("lock", userID), lockRule})
}

func codeReservation(userID string) reservation {
	return reservation{key("code", userID), codeRule}
}

// key hashes its parts, so that a row has a fixed size and does not hold what
// somebody typed into the wrong field.
func key(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return kind + ":" + hex.EncodeToString(sum[:16])
}

// take counts every reservation, or answers refusal.TooManyAttempts with the longest
// wait; the caller then rolls back, so that nothing is counted.
func take(ctx context.Context, tx Tx, list []reservation, now time.Time) error {
	var longest time.Duration
	for _, r := range list {
		wait, err := takeOne(ctx, tx, r, now)
		if err != nil {
			return err
		}
		longest = max(longest, wait)
	}
	if longest > 0 {
		return throttled(longest)
	}
	return nil
}

func takeOne(ctx context.Context, tx Tx, r reservation, now time.Time) (time.Duration, error) {
	attempts, err := tx.Attempts(ctx, r.key)
	if err != nil {
		return 0, err
	}
	taken, wait := r.rule.Take(attempts, now)
	if wait > 0 {
		return wait, nil
	}
	return 0, tx.SetAttempts(ctx, r.key, taken)
}

// giveBack takes back what take counted, unless it was forgotten meanwhile.
func giveBack(ctx context.Context, tx Tx, r reservation) error {
	attempts, err := tx.Attempts(ctx, r.key)
	if err != nil || attempts == (Attempts{}) {
		return err
	}
	return tx.SetAttempts(ctx, r.key, r.rule.Refund(attempts))
}

// refund ends the waits of this source for this account, and gives the shared
// buckets back what was counted before the password was checked.
func refund(ctx context.Context, tx Tx, list []reservation) error {
	for _, r := range list {
		if err := refundOne(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

func refundOne(ctx context.Context, tx Tx, r reservation) error {
	if strings.HasPrefix(r.key, "password:") {
		return tx.ForgetAttempts(ctx, r.key)
	}
	return giveBack(ctx, tx, r)
}

// CountUnknownToken counts a token that does not exist against the network it
// came from. A valid token is never held up by it.
func CountUnknownToken(ctx context.Context, tx Tx, source string, now time.Time) error {
	return take(ctx, tx, []reservation{{key("token", source), tokenRule}}, now)
}

// Sweep drops the counts, enrolments, tickets and unread codes that have no
// meaning any more, and bounds the counts that are left.
func Sweep(ctx context.Context, tx Tx, now time.Time) error {
	if err := tx.SweepEnrolments(ctx, now); err != nil {
		return err
	}
	if err := tx.SweepUnreadCodes(ctx, now); err != nil {
		return err
	}
	return tx.SweepAttempts(ctx, now.Add(-forgetAfter), keepAttempts)
}

// EndWaits ends the waits of an account that hold for all networks, for its
// password and its codes. Those of one network end by themselves.
func EndWaits(ctx context.Context, tx Tx, userID string) error {
	for _, kind := range []string{"account", "lock", "code"} {
		if err := tx.ForgetAttempts(ctx, key(kind, userID)); err != nil {
			return err
		}
	}
	return nil
}
