package grant

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The times of RFC 8628, sections 3.2 and 3.5.
const (
	DeviceLifetime = 10 * time.Minute
	PollInterval   = 5 * time.Second // between two polls of a device
	slowDownBy     = 5 * time.Second // after a poll that came too early, each time
)

// MaxDevices is how many devices can wait at the same time.
const MaxDevices = 10_000

// newDevices limits how often one address, or one /64 of IPv6, can ask for a device code.
var newDevices = throttle.Rule{Free: 30, Interval: 10 * time.Second}

// The rules of networks. Who has one of them can ask from each of its addresses, but never
// for more than a quarter of MaxDevices in the time that a device waits.
var (
	networksOfIPv4 = []identity.NetworkRule{
		{Bits: 24, Rule: throttle.Rule{Free: 100, Interval: 3 * time.Second}},
		{Bits: 16, Rule: throttle.Rule{Free: 1000, Interval: 500 * time.Millisecond}},
	}
	networksOfIPv6 = []identity.NetworkRule{
		{Bits: 56, Rule: throttle.Rule{Free: 100, Interval: 3 * time.Second}},
		{Bits: 48, Rule: throttle.Rule{Free: 300, Interval: time.Second}},
		{Bits: 32, Rule: throttle.Rule{Free: 1000, Interval: 500 * time.Millisecond}},
	}
)

// askedFrom lists what a request for a device code is counted against.
func askedFrom(request DeviceRequest) []identity.Reservation {
	counts := []identity.Reservation{identity.NewReservation("device", newDevices, request.Source)}
	address, err := netip.ParseAddr(request.Address)
	if err != nil {
		return counts // of a listener without addresses
	}
	return append(counts, identity.NewNetworkReservations("device", address, networksOfIPv4, networksOfIPv6)...)
}

// ErrDevicesFull is returned while MaxDevices wait.
var ErrDevicesFull = &refusal.Error{Code: refusal.Unavailable, Reason: refusal.Busy, Message: "too many devices wait for a sign-in, try again later"}

// Decision is what a user decided about a device.
type Decision string

// The decisions.
const (
	Undecided Decision = ""
	Approved  Decision = "approved"
	Denied    Decision = "denied"
)

// Device is a program without a browser that waits for its user to sign in elsewhere.
type Device struct {
	Hash      string // SHA-256 of the device code, which itself is not stored
	UserCode  string // SHA-256 of the code that the user types
	Client    string
	Address   string // of the device
	UserAgent string // of the device, by its own name
	Made      time.Time
	Expires   time.Time
	Interval  time.Duration // between two polls
	Polled    time.Time     // zero: never
	Decision  Decision
	Approval  Approval  // of an approved one
	Spent     time.Time // zero: not yet
	Token     string    // signature of what its use made; empty: nothing
}

// NewDevice is a device that has just asked. The codes exist only here.
type NewDevice struct {
	Device
	DeviceCode secret.Text
	Typed      UserCode
}

// DeviceRequest is what a device asks with.
type DeviceRequest struct {
	Client    string
	Address   string
	UserAgent string
	Source    string // the network of the address
}

// drawDevice draws the codes of a device.
func drawDevice(random io.Reader, request DeviceRequest, now time.Time) (NewDevice, error) {
	code, err := newSecret(random)
	if err != nil {
		return NewDevice{}, err
	}
	typed, err := NewUserCode(random)
	if err != nil {
		return NewDevice{}, err
	}
	valid := validFor(now, DeviceLifetime)
	device := Device{
		Hash: code.SHA256(), UserCode: typed.hash(), Client: request.Client, Address: request.Address, UserAgent: request.UserAgent,
		Made: valid.Made, Expires: valid.Ends, Interval: PollInterval,
	}
	return NewDevice{device, code, typed}, nil
}

// BothTx is what the rules about devices need of a transaction.
type BothTx interface {
	Tx
	identity.Tx
}

// maxDraws is how often the codes of a device are drawn before that fails. One of two
// million is taken.
const maxDraws = 5

// AddDevice stores a new device. It returns refusal.TooManyAttempts, which has to be
// committed, and ErrDevicesFull.
func AddDevice(ctx context.Context, tx BothTx, random io.Reader, request DeviceRequest, now time.Time) (NewDevice, error) {
	if err := identity.Take(ctx, tx, askedFrom(request), now); err != nil {
		return NewDevice{}, err
	}
	count, err := tx.CountDevices(ctx, MaxDevices)
	if err != nil {
		return NewDevice{}, err
	}
	if count >= MaxDevices {
		return NewDevice{}, ErrDevicesFull
	}
	for range maxDraws {
		device, err := drawDevice(random, request, now)
		if err != nil {
			return NewDevice{}, err
		}
		if err := tx.InsertDevice(ctx, device.Device); !errors.Is(err, ErrCodeTaken) {
			return device, err
		}
	}
	return NewDevice{}, ErrDevicesFull
}

// waits reports whether the user can still decide about a device.
func (d Device) waits(now time.Time) bool { return d.Decision == Undecided && d.isValid(now) }

func (d Device) isValid(now time.Time) bool {
	return clock.Span{Made: d.Made, Ends: d.Expires}.Contains(now)
}

// Decide stores the decision of a user about a device. It returns ErrNoUserCode if there is
// one already, or if it is too late.
func Decide(ctx context.Context, tx Tx, device Device, decision Decision, approval Approval, now time.Time) error {
	decided, err := tx.DecideDevice(ctx, device.Hash, decision, approval, now)
	if err == nil && !decided {
		return ErrNoUserCode
	}
	return err
}

// PollDevice spends the code of a device that its user approved. It returns ErrPending,
// ErrDenied, ErrExpired, ErrBadGrant, refusal.SlowDown with the new interval, and ErrUsed
// together with the device. All of them have to be committed.
func PollDevice(ctx context.Context, tx Tx, client string, code secret.Text, now time.Time) (Device, error) {
	device, known, err := tx.Device(ctx, code.SHA256())
	switch {
	case err != nil:
		return Device{}, err
	case !known || device.Client != client:
		return Device{}, ErrBadGrant
	case !device.Spent.IsZero():
		return device, ErrUsed
	case !device.isValid(now):
		return Device{}, expire(ctx, tx, device, now)
	}
	if err := notePoll(ctx, tx, device, now); err != nil {
		return Device{}, err
	}
	switch device.Decision {
	case Undecided:
		return Device{}, ErrPending
	case Denied:
		return Device{}, ErrDenied
	}
	fresh, err := tx.SpendDevice(ctx, device.Hash, now)
	if err == nil && !fresh {
		err = ErrUsed
	}
	return device, err
}

// expire makes a device that was refused because of its times of no use, so that a change
// of the clock can't revive it. It returns ErrExpired.
func expire(ctx context.Context, tx Tx, device Device, now time.Time) error {
	var err error
	if device.Decision == Approved {
		_, err = tx.SpendDevice(ctx, device.Hash, now)
	} else {
		_, err = tx.DecideDevice(ctx, device.Hash, Denied, Approval{}, device.Made) // when it could be decided about
	}
	if err != nil {
		return err
	}
	return ErrExpired
}

// notePoll stores a poll. It returns refusal.SlowDown for one that comes too early, and
// makes all further ones wait longer (RFC 8628, section 3.5), until none can be in time.
// Then nothing is stored any more, so that a device without end costs little.
func notePoll(ctx context.Context, tx Tx, device Device, now time.Time) error {
	elapsed := now.Sub(device.Polled)
	isEarly := elapsed >= 0 && elapsed < device.Interval
	if !isEarly {
		return tx.NotePoll(ctx, device.Hash, now, device.Interval)
	}
	interval := min(device.Interval+slowDownBy, DeviceLifetime)
	if interval > device.Interval {
		if err := tx.NotePoll(ctx, device.Hash, now, interval); err != nil {
			return err
		}
	}
	return refusal.New(refusal.Throttled, "the device asks too often: wait %d s between two polls", int(interval.Seconds())).
		Because(refusal.SlowDown).With(refusal.Wait{For: interval})
}

// Source returns the network that a device asks from.
func (d Device) Source() string {
	address, _ := netip.ParseAddr(d.Address) // empty if it is not known
	return identity.Source(address)
}
