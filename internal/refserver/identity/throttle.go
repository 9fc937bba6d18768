package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
)

// The rules in force. The wait of an account is kept for each source, so that
// guesses from one address do not lock the owner out on another. All sources from
// which the account was never used share a bucket: 50 attempts at once and 50 an
// hour, so never more than 100 in any hour. After 100 failures in a row, lockRule
// leaves them one attempt a day.
var (
	passwordRule = throttle.Rule{Free: 5, First: time.Second, Growth: 1, Max: 15 * time.Minute}
	accountRule  = throttle.Rule{Free: 50, Interval: 72 * time.Second}
	lockRule     = throttle.Rule{Free: 100, First: 24 * time.Hour, Max: 24 * time.Hour}
	addressRule  = throttle.Rule{Free: 50, Interval: 36 * time.Second}
	codeRule     = throttle.Rule{Free: 3, First: 30 * time.Second, Growth: 3, Max: 15 * time.Minute}
	tokenRule    = throttle.Rule{Free: 200, Interval: time.Second}
)

const (
	forgetAfter  = 30 * 24 * time.Hour // a key without a failure for that long is deleted
	keepAttempts = 200_000             // maximum number of keys: some 30 MB
)

// throttled returns the refusal of an attempt that was not evaluated.
func throttled(wait time.Duration) *refusal.Error {
	details := refusal.Wait{For: wait}
	return refusal.New(refusal.Throttled, "too many attempts, try again in %d s", details.Seconds()).
		Because(refusal.TooManyAttempts).With(details)
}

// Source returns the network that a request comes from: the address for IPv4, its
// /64 prefix for IPv6, where one host has many addresses.
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

// SourceOf is Source for the text of an address, empty for none.
func SourceOf(address string) string {
	addr, _ := netip.ParseAddr(address) // fails for none
	return Source(addr)
}

// Reservation is one failure counted in advance.
type Reservation struct {
	key  string
	rule throttle.Rule
}

// NewReservation returns the count of a kind of guesses by those that the parts name.
func NewReservation(kind string, rule throttle.Rule, parts ...string) Reservation {
	return Reservation{key(kind, parts...), rule}
}

// NetworkRule limits all addresses that begin with as many bits.
type NetworkRule struct {
	Bits int
	throttle.Rule
}

// NewNetworkReservations returns the counts of a kind for the networks of an address, by the
// rules of its version of IP; none without an address.
func NewNetworkReservations(kind string, address netip.Addr, ofIPv4, ofIPv6 []NetworkRule) (list []Reservation) {
	address = address.Unmap().WithZone("")
	rules := ofIPv6
	if address.Is4() {
		rules = ofIPv4
	}
	for _, rule := range rules {
		if network, err := address.Prefix(rule.Bits); err == nil && network.IsValid() {
			list = append(list, NewReservation(kind, rule.Rule, network.String()))
		}
	}
	return list
}

// passwordReservations lists what a password guess is counted against. Guesses at
// accounts that were used from a source before share a bucket of their own there, so
// that guesses at others do not lock out who signs in from it.
func passwordReservations(userID, source string, known bool) []Reservation {
	own := Reservation{key("password", userID, source), passwordRule}
	if known {
		return []Reservation{own, {key("address", "known", source), addressRule}}
	}
	return []Reservation{
		own,
		{key("address", source), addressRule},
		{key("account", userID), accountRule},
		{key("lock", userID), lockRule},
	}
}

// codeReservations lists what a code is counted against. The networks from which the
// user signed in with the present second factor have a count each, all others share
// one: who knows the password delays only others who come from unknown networks. A
// sign-in before the factor was turned on does not count, because it took only the
// password. After 100 wrong codes in a row, either group has one attempt a day.
func codeReservations(ctx context.Context, tx Tx, userID, source string) ([]Reservation, error) {
	factor, _, err := tx.SecondFactor(ctx, userID)
	if err != nil {
		return nil, err
	}
	seen, known, err := tx.KnownSource(ctx, userID, source)
	if err != nil {
		return nil, err
	}
	if !known || seen.Before(factor.Since) {
		return []Reservation{{key("code", userID), codeRule}, {key("code-lock", userID), lockRule}}, nil
	}
	// With the time of the factor in it, the key changes with the factor.
	own := key("code", userID, source, factor.Since.UTC().String())
	return []Reservation{{own, codeRule}, {key("code-lock", "known", userID), lockRule}}, nil
}

// key hashes its parts, so that a row has a fixed size and never holds a password
// that was typed into the wrong field.
func key(kind string, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return kind + ":" + hex.EncodeToString(sum[:16])
}

// Take counts every reservation; or none, and returns refusal.TooManyAttempts with the
// longest wait.
func Take(ctx context.Context, tx Tx, list []Reservation, now time.Time) error {
	counted, err := tx.Attempts(ctx, keysOf(list)...)
	if err != nil {
		return err
	}
	taken := make([]throttle.Attempts, len(list))
	var longest time.Duration
	for i, r := range list {
		var wait time.Duration
		taken[i], wait = r.rule.Take(counted[r.key], now)
		longest = max(longest, wait)
	}
	if longest > 0 {
		return throttled(longest)
	}
	for i, r := range list {
		if err := tx.SetAttempts(ctx, r.key, taken[i]); err != nil {
			return err
		}
	}
	return nil
}

func keysOf(list []Reservation) []string {
	keys := make([]string, len(list))
	for i, r := range list {
		keys[i] = r.key
	}
	return keys
}

// GiveBack undoes what Take counted, after a guess that was right. What was cleared
// meanwhile stays so.
func GiveBack(ctx context.Context, tx Tx, list []Reservation) error {
	if len(list) == 0 {
		return nil
	}
	counted, err := tx.Attempts(ctx, keysOf(list)...)
	if err != nil {
		return err
	}
	for _, r := range list {
		if _, isThere := counted[r.key]; !isThere {
			continue
		}
		if err := tx.SetAttempts(ctx, r.key, r.rule.Refund(counted[r.key])); err != nil {
			return err
		}
	}
	return nil
}

func forget(ctx context.Context, tx Tx, keys ...string) error {
	for _, key := range keys {
		if err := tx.ForgetAttempts(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// refund clears this source's failures for the account, and undoes what was
// counted against the shared buckets before the password was checked.
func refund(ctx context.Context, tx Tx, list []Reservation) error {
	var shared []Reservation
	for _, r := range list {
		if !strings.HasPrefix(r.key, "password:") {
			shared = append(shared, r)
			continue
		}
		if err := tx.ForgetAttempts(ctx, r.key); err != nil {
			return err
		}
	}
	return GiveBack(ctx, tx, shared)
}

// CountUnknownToken counts a request with an unknown token against its network. It
// returns refusal.TooManyAttempts if the network has to wait. Valid tokens are
// never delayed by it.
func CountUnknownToken(ctx context.Context, tx Tx, source string, now time.Time) error {
	return Take(ctx, tx, []Reservation{{key("token", source), tokenRule}}, now)
}

// EndWaits ends those waits of an account, for its password and codes, that hold
// for all networks. The waits of single networks expire.
func EndWaits(ctx context.Context, tx Tx, userID string) error {
	if err := forget(ctx, tx, key("account", userID), key("lock", userID)); err != nil {
		return err
	}
	return EndCodeWaits(ctx, tx, userID)
}

// EndCodeWaits ends those waits of an account for its codes that hold for more than
// one network.
func EndCodeWaits(ctx context.Context, tx Tx, userID string) error {
	return forget(ctx, tx, key("code", userID), key("code-lock", userID), key("code-lock", "known", userID))
}
