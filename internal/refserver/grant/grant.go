// Package grant has the rules by which a program gets a session that its user approves in
// a browser: authorization codes, device codes, and the codes that users type.
//
// It promises that only hashes of codes are stored; that a code works once, for a short
// time, and only for the client that asked for it; that an authorization code needs the
// proof key of the program that asked; that a second use of a code is recognized as long as
// the session of the first one can last; and that the codes which users type cannot be
// found by guessing.
//
// It knows neither HTTP nor SQL; time and randomness are passed in. The protocols are OAuth
// 2.0 (RFC 6749) with proof keys (RFC 7636) for native programs (RFC 8252), and for
// devices (RFC 8628).
package grant

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Refusals of codes.
var (
	// ErrBadGrant is returned for a code that is unknown, too old, of another client, or
	// sent without its proof key.
	ErrBadGrant = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongGrant, Message: "the code is wrong, too old or of another client"}
	// ErrUsed wraps ErrBadGrant: the code was used before. What the first use made has to
	// end.
	ErrUsed = &refusal.Error{
		Code: refusal.WrongCredentials, Reason: refusal.UsedGrant,
		Message: "the code was used before, so its session has been ended", Err: ErrBadGrant,
	}
	// ErrPending is returned until the user has decided about a device.
	ErrPending = &refusal.Error{Code: refusal.Conflict, Reason: refusal.GrantPending, Message: "the user has not decided yet"}
	// ErrDenied is returned for a device that the user refused.
	ErrDenied = &refusal.Error{Code: refusal.Denied, Reason: refusal.GrantDenied, Message: "the user refused"}
	// ErrExpired is returned for a device about which the user did not decide in time.
	ErrExpired = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.GrantExpired, Message: "the code has expired"}
	// ErrNoUserCode is returned for a typed code that no device waits with.
	ErrNoUserCode = &refusal.Error{Code: refusal.NotFound, Reason: refusal.WrongUserCode, Message: "no device waits with this code: it is wrong, too old, or was used before"}
	// ErrCodeTaken is returned by a store for a code that another device has.
	ErrCodeTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.IDTaken, Message: "the code is taken"}
)

// Tx is what this package needs of a transaction.
type Tx interface {
	// InsertCode also deletes the user's oldest codes beyond a few.
	InsertCode(ctx context.Context, code Code) error
	// Code returns false if no code has that hash.
	Code(ctx context.Context, hash string) (Code, bool, error)
	// SpendCode marks a code as used. It returns false if there is none, or if it was used
	// before.
	SpendCode(ctx context.Context, hash string, at time.Time) (bool, error)
	// SetCodeToken stores what the use of a code made, and how long the code is kept.
	SetCodeToken(ctx context.Context, hash string, made Made) error

	// InsertDevice returns ErrCodeTaken if another device has one of its codes.
	InsertDevice(ctx context.Context, device Device) error
	// CountDevices returns how many devices there are, but at most atMost.
	CountDevices(ctx context.Context, atMost int) (int, error)
	// Device returns false if no device has a code with that hash.
	Device(ctx context.Context, hash string) (Device, bool, error)
	// DeviceByUserCode returns false if no device waits with a code with that hash.
	DeviceByUserCode(ctx context.Context, userCodeHash string) (Device, bool, error)
	// NotePoll stores when a device asked, and how long it has to wait between two polls.
	NotePoll(ctx context.Context, hash string, at time.Time, interval time.Duration) error
	// DecideDevice stores the decision of a user. It returns false if the device has one, or
	// does not wait any more.
	DecideDevice(ctx context.Context, hash string, decision Decision, approval Approval, now time.Time) (bool, error)
	// SpendDevice marks an approved device as used. It returns false if it was used before,
	// or is not approved.
	SpendDevice(ctx context.Context, hash string, at time.Time) (bool, error)
	// SetDeviceToken stores what the use of a device code made, and how long it is kept.
	SetDeviceToken(ctx context.Context, hash string, made Made) error

	// SweepCodes deletes at most count codes that are no longer kept.
	SweepCodes(ctx context.Context, now time.Time, count int) error
	// SweepDevices deletes at most count devices that are no longer kept.
	SweepDevices(ctx context.Context, now time.Time, count int) error
}

// Approval is the consent of a user, given in the session of a browser. It is valid while
// that session is.
type Approval struct {
	UserID  string
	Session string // the signature of its token
}

// Made is what the use of a code made.
type Made struct {
	Token string // its signature
	Until time.Time
}

// sweepBatch is how many rows each step of a sweep deletes.
const sweepBatch = 1000

// Sweep returns the steps of a sweep, each for a transaction of its own.
func Sweep(now time.Time) []func(context.Context, Tx) error {
	return []func(context.Context, Tx) error{
		func(ctx context.Context, tx Tx) error { return tx.SweepCodes(ctx, now, sweepBatch) },
		func(ctx context.Context, tx Tx) error { return tx.SweepDevices(ctx, now, sweepBatch) },
	}
}

// secretBytes gives 256 bits: too many to guess, so the hash needs neither salt nor key.
const secretBytes = 32

// newSecret draws an authorization code or a device code.
func newSecret(random io.Reader) (secret.Text, error) {
	drawn := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return secret.Text{}, fmt.Errorf("draw a code: %w", err)
	}
	return secret.New(base64.RawURLEncoding.EncodeToString(drawn)), nil
}

// validFor returns the time in which something that is made now is valid.
func validFor(now time.Time, lifetime time.Duration) clock.Span {
	return clock.Span{Made: now, Ends: now.Add(lifetime)}
}
