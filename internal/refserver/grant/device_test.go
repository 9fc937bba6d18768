package grant_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

var errTooMany = &refusal.Error{Code: refusal.Throttled, Reason: refusal.TooManyAttempts}

// add makes a device that asks from a network.
func (w *world) add(source string, at time.Time) (device grant.NewDevice, refused error) {
	w.Helper()
	refused = w.try(func(tx transaction.Tx) (err error) {
		request := grant.DeviceRequest{Client: grant.CommandLine, Address: source, UserAgent: "dxauth", Source: source}
		device, err = grant.AddDevice(w.ctx, tx, rand.Reader, request, at)
		return err
	})
	return device, refused
}

func (w *world) device() grant.NewDevice {
	w.Helper()
	device, err := w.add("192.0.2.1", start)
	w.same(err, nil)
	return device
}

func (w *world) poll(code secret.Text, after time.Duration) (device grant.Device, refused error) {
	w.Helper()
	refused = w.try(func(tx transaction.Tx) (err error) {
		device, err = grant.PollDevice(w.ctx, tx, grant.CommandLine, code, start.Add(after))
		return err
	})
	return device, refused
}

func (w *world) find(typed, user, source string, after time.Duration) (device grant.Device, refused error) {
	w.Helper()
	refused = w.try(func(tx transaction.Tx) (err error) {
		device, err = grant.FindDevice(w.ctx, tx, typed, user, source, start.Add(after))
		return err
	})
	return device, refused
}

func (w *world) decide(device grant.Device, decision grant.Decision, after time.Duration) error {
	w.Helper()
	return w.try(func(tx transaction.Tx) error {
		return grant.Decide(w.ctx, tx, device, decision, approval, start.Add(after))
	})
}

// RFC 8628, section 3.5, in the order of a device's life.
func TestPollsOfADevice(t *testing.T) {
	slowDown := &refusal.Error{Code: refusal.Throttled, Reason: refusal.SlowDown}
	for name, tt := range map[string]struct {
		decision grant.Decision
		decided  time.Duration
		polls    map[time.Duration]error // by time
	}{
		"authorization_pending": {polls: map[time.Duration]error{0: grant.ErrPending, 5 * time.Second: grant.ErrPending, 10 * time.Second: grant.ErrPending}},
		"slow_down, five seconds more for this and all further polls": {polls: map[time.Duration]error{
			0: grant.ErrPending, 4999 * time.Millisecond: slowDown, 14 * time.Second: slowDown, 29 * time.Second: grant.ErrPending, 43 * time.Second: slowDown,
		}},
		"access_denied":            {grant.Denied, time.Second, map[time.Duration]error{0: grant.ErrPending, 5 * time.Second: grant.ErrDenied, 10 * time.Second: grant.ErrDenied}},
		"expired_token":            {polls: map[time.Duration]error{10*time.Minute - time.Millisecond: grant.ErrPending, 10 * time.Minute: grant.ErrExpired}},
		"approved, polled in time": {grant.Approved, time.Minute, map[time.Duration]error{10*time.Minute - time.Millisecond: nil}},
		"approved, polled late":    {grant.Approved, time.Minute, map[time.Duration]error{10 * time.Minute: grant.ErrExpired}},
		"used":                     {grant.Approved, time.Minute, map[time.Duration]error{2 * time.Minute: nil, 3 * time.Minute: grant.ErrUsed, 20 * time.Minute: grant.ErrUsed}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			device := w.device()
			for at := time.Duration(0); at <= 20*time.Minute; at += time.Millisecond {
				if at == tt.decided && tt.decision != grant.Undecided {
					w.same(w.decide(device.Device, tt.decision, at), nil)
				}
				if want, polls := tt.polls[at]; polls {
					if found, err := w.poll(device.DeviceCode, at); !errors.Is(err, want) || want == nil && found.Approval != approval {
						t.Errorf("after %v: got %+v, %v, want %v", at, found, err, want)
					}
				}
			}
		})
	}
}

func TestSlowDownSaysHowLong(t *testing.T) {
	w := newWorld(t)
	device := w.device()
	for n := range 3 {
		_, err := w.poll(device.DeviceCode, time.Duration(n)*time.Second)
		wait, _ := refusal.DetailsOf[refusal.Wait](err)
		if want := time.Duration(n) * 5 * time.Second; n > 0 && wait.For != want+5*time.Second {
			t.Errorf("poll %d: wait %v", n, wait.For)
		}
	}
}

// A device that never stops is stored until its next poll can't be in time.
func TestADeviceThatPollsWithoutEnd(t *testing.T) {
	w := newWorld(t)
	device := w.device()
	stored := func() (found grant.Device) {
		w.write(func(tx transaction.Tx) (err error) {
			found, _, err = tx.Device(w.ctx, device.Hash)
			return err
		})
		return found
	}
	const polls = 1 + int((grant.DeviceLifetime-grant.PollInterval)/(5*time.Second)) // the first one is in time
	for n := range polls {
		_, _ = w.poll(device.DeviceCode, time.Duration(n)*time.Millisecond)
	}
	last := stored()
	if last.Interval != grant.DeviceLifetime || !last.Polled.Equal(start.Add(time.Duration(polls-1)*time.Millisecond)) {
		t.Errorf("stored are %v, %v", last.Interval, last.Polled)
	}
	_, err := w.poll(device.DeviceCode, time.Minute)
	if refusal.ReasonOf(err) != refusal.SlowDown || !stored().Polled.Equal(last.Polled) {
		t.Errorf("got %v, stored is %v", err, stored().Polled)
	}
}

// RFC 8628, section 3.4: a device code is for the client that asked for it.
func TestPollsThatKnowNoDevice(t *testing.T) {
	w := newWorld(t)
	device := w.device()
	_, err := w.poll(secret.New("unknown"), 0)
	w.same(err, grant.ErrBadGrant)
	_, err = w.poll(secret.New(string(device.Typed)), 0)
	w.same(err, grant.ErrBadGrant)
	err = w.try(func(tx transaction.Tx) error {
		_, err := grant.PollDevice(w.ctx, tx, "other", device.DeviceCode, start)
		return err
	})
	w.same(err, grant.ErrBadGrant)
}

func TestADeviceIsFoundByItsTypedCode(t *testing.T) {
	w := newWorld(t)
	device := w.device()
	found, err := w.find(string(device.Typed), "user-alice", "192.0.2.1", 0)
	if err != nil || found.Hash != device.Hash || found.Address != "192.0.2.1" {
		t.Errorf("got %+v, %v", found, err)
	}
	for name, err := range map[string]error{
		"wrong":    second(w.find("BBBB-BBBB", "user-alice", "192.0.2.1", 0)),
		"no code":  second(w.find("hello", "user-alice", "192.0.2.1", 0)),
		"too late": second(w.find(string(device.Typed), "user-alice", "192.0.2.1", 10*time.Minute)),
	} {
		if !errors.Is(err, grant.ErrNoUserCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.same(w.decide(device.Device, grant.Denied, 0), nil)
	_, err = w.find(string(device.Typed), "user-alice", "192.0.2.1", 0)
	w.same(err, grant.ErrNoUserCode)
	w.same(w.decide(device.Device, grant.Approved, 0), grant.ErrNoUserCode)
}

func second[T any](_ T, err error) error { return err }

// RFC 8628, section 5.1: guesses are counted for the user and for the network, and a right
// code in between does not clear them.
func TestGuessesAtTypedCodesAreLimited(t *testing.T) {
	w := newWorld(t)
	device := w.device()
	guess := func(user, source string, after time.Duration) error {
		return second(w.find("BBBB-BBBB", user, source, after))
	}
	for n := range 5 {
		w.same(guess("user-alice", "192.0.2.1", 0), grant.ErrNoUserCode)
		if n < 4 {
			w.same(second(w.find(string(device.Typed), "user-alice", "192.0.2.1", 0)), nil)
		}
	}
	w.same(guess("user-alice", "192.0.2.1", 0), errTooMany)
	w.same(guess("user-alice", "198.51.100.1", 29*time.Second), errTooMany)
	w.same(second(w.find(string(device.Typed), "user-alice", "192.0.2.1", 29*time.Second)), errTooMany)
	w.same(second(w.find(string(device.Typed), "user-alice", "192.0.2.1", 30*time.Second)), nil)
	w.same(second(w.find(string(device.Typed), "user-bob", "192.0.2.1", 0)), nil)

	for n := range 25 {
		w.same(guess(fmt.Sprint("user-", n), "192.0.2.1", 0), grant.ErrNoUserCode)
	}
	w.same(guess("user-carol", "192.0.2.1", 0), errTooMany)
	w.same(guess("user-carol", "198.51.100.1", 0), grant.ErrNoUserCode)
}

func TestDevicesOfANetworkAreLimited(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		w.same(second(w.add("192.0.2.1", start)), nil)
	}
	w.same(second(w.add("192.0.2.1", start)), errTooMany)
	w.same(second(w.add("198.51.100.1", start)), nil)
	w.same(second(w.add("192.0.2.1", start.Add(10*time.Second))), nil)
}

// Whoever has a network cannot use up the places of all devices: each of its addresses is
// used once, as quickly as possible.
func TestDevicesOfAWholeNetworkAreLimited(t *testing.T) {
	for network, test := range map[string]struct {
		atOnce  int    // devices
		nextTo  string // an address of another network of this size
		address func(n int) string
	}{
		"a /24 of IPv4": {100, "192.0.3.1", func(n int) string { return fmt.Sprintf("192.0.2.%d", n) }},
		"a /56 of IPv6": {100, "2001:db8:0:100::1", func(n int) string { return fmt.Sprintf("2001:db8:0:%x::1", n) }},
		"a /48 of IPv6": {300, "2001:db8:1::1", func(n int) string { return fmt.Sprintf("2001:db8:0:%x00::1", n%256) }},
	} {
		t.Run(network, func(t *testing.T) {
			w := newWorld(t)
			admitted := 0
			for n := range test.atOnce {
				if _, err := w.add(test.address(n), start); err == nil {
					admitted++
				}
			}
			if admitted != test.atOnce {
				t.Errorf("%d of %d devices at once", admitted, test.atOnce)
			}
			w.same(second(w.add(test.address(test.atOnce), start)), errTooMany)
			w.same(second(w.add(test.nextTo, start)), nil)
		})
	}
}

func TestDevicesAreLimited(t *testing.T) {
	w := newWorld(t)
	const slice = 250 // a long transaction is in the way of others
	for first := 0; first < grant.MaxDevices; first += slice {
		w.write(func(tx transaction.Tx) error {
			for n := range slice {
				code := fmt.Sprint(first + n)
				device := grant.Device{Hash: code, UserCode: code, Made: start, Expires: start.Add(grant.DeviceLifetime)}
				if err := tx.InsertDevice(w.ctx, device); err != nil {
					return err
				}
			}
			return nil
		})
	}
	w.same(second(w.add("192.0.2.1", start)), grant.ErrDevicesFull)
	w.write(func(tx transaction.Tx) error { return tx.SweepDevices(w.ctx, start.Add(grant.DeviceLifetime), 1) })
	w.same(second(w.add("192.0.2.1", start)), nil)
}

// Whatever happens to a device in which order, its code gives one session at most, and only
// after its user approved it.
func TestADeviceGivesOneSessionAfterItsApproval(t *testing.T) {
	w := newWorld(t)
	sources := 0
	rapid.Check(t, func(r *rapid.T) {
		sources++
		device, err := w.add(fmt.Sprint(sources), start)
		if err != nil {
			r.Fatal(err)
		}
		var now time.Duration
		isApproved, isDecided, given := false, false, 0
		r.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) {},
			"wait": func(r *rapid.T) {
				now += time.Duration(rapid.IntRange(1, 120).Draw(r, "seconds")) * time.Second
			},
			"decide": func(r *rapid.T) {
				decision := rapid.SampledFrom([]grant.Decision{grant.Approved, grant.Denied}).Draw(r, "decision")
				err := w.decide(device.Device, decision, now)
				if inTime := now < grant.DeviceLifetime && !isDecided; (err == nil) != inTime {
					r.Fatalf("decided after %v: %v", now, err)
				}
				if err == nil {
					isDecided, isApproved = true, decision == grant.Approved
				}
			},
			"poll": func(r *rapid.T) {
				_, err := w.poll(device.DeviceCode, now)
				if err == nil {
					given++
				}
				if given > 1 || err == nil && (!isApproved || now >= grant.DeviceLifetime) {
					r.Fatalf("after %v: %d sessions, approved: %v", now, given, isApproved)
				}
			},
		})
	})
}
