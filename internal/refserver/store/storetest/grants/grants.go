// Package grants tests the tables of package grant in every store.
//
// It promises to call each method of grant.Tx with existing, missing and conflicting rows,
// and to race for what can be used once.
//
// It knows a store only as transaction.DB.
package grants

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Tests returns the tests by name.
func Tests() map[string]func(*suite.Suite) {
	return map[string]func(*suite.Suite){
		"codes":              testCodes,
		"many codes":         testManyCodes,
		"devices":            testDevices,
		"decisions":          testDecisions,
		"one winner":         testOneWinner,
		"sweep":              testSweep,
		"end of all of them": testDrop,
	}
}

var start, kept = suite.Start(), suite.Kept()

// codeOf returns an authorization code of alice that is valid for a minute.
func codeOf(hash string) grant.Code {
	return grant.Code{
		Hash: hash, Client: "client", Redirect: "http://127.0.0.1:9/callback", Challenge: "challenge",
		Approval: grant.Approval{UserID: "user-alice", Session: "session"}, Made: start, Expires: start.Add(time.Minute),
	}
}

// deviceOf returns a device that waits for ten minutes.
func deviceOf(hash string) grant.Device {
	return grant.Device{
		Hash: hash, UserCode: "typed " + hash, Client: "client", Address: "192.0.2.1", UserAgent: "dxauth",
		Made: start, Expires: start.Add(10 * time.Minute), Interval: 5 * time.Second,
	}
}

func testCodes(s *suite.Suite) {
	s.AddUsers("user-alice")
	until := start.Add(18 * time.Hour)
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertCode(s.Ctx, codeOf("one")))
		s.Fails(tx.InsertCode(s.Ctx, codeOf("one")), grant.ErrCodeTaken)
		want := codeOf("one")
		want.Made, want.Expires = kept, kept.Add(time.Minute)
		got, found, err := tx.Code(s.Ctx, "one")
		s.OK(err)
		s.Same(found, true)
		s.Same(got, want)
		_, found, err = tx.Code(s.Ctx, "two")
		s.OK(err)
		s.Same(found, false)

		for _, want := range []bool{true, false} {
			spent, err := tx.SpendCode(s.Ctx, "one", start)
			s.OK(err)
			s.Same(spent, want)
		}
		spent, err := tx.SpendCode(s.Ctx, "two", start)
		s.OK(err)
		s.Same(spent, false)
		s.OK(tx.SetCodeToken(s.Ctx, "one", grant.Made{Token: "token", Until: until}))
		want.Spent, want.Token = kept, "token"
		got, _, err = tx.Code(s.Ctx, "one")
		s.OK(err)
		s.Same(got, want)
	})
}

// The newest hundred codes of a user are kept, and always the one just inserted.
func testManyCodes(s *suite.Suite) {
	s.AddUsers("user-alice", "user-bob")
	found := func(tx transaction.Tx, hash string) bool {
		_, found, err := tx.Code(s.Ctx, hash)
		s.OK(err)
		return found
	}
	s.Write(func(tx transaction.Tx) {
		other := codeOf("bob's")
		other.Approval.UserID, other.Made = "user-bob", start.Add(-time.Hour)
		s.OK(tx.InsertCode(s.Ctx, other))
		for n := range 101 {
			code := codeOf(fmt.Sprint(n))
			code.Made = start.Add(time.Duration(n) * time.Second)
			s.OK(tx.InsertCode(s.Ctx, code))
		}
		early := codeOf("early")
		early.Made = start.Add(-time.Minute)
		s.OK(tx.InsertCode(s.Ctx, early))
		s.Same([]bool{found(tx, "1"), found(tx, "2"), found(tx, "100"), found(tx, "early"), found(tx, "bob's")},
			[]bool{false, true, true, true, true})
	})
}

func testDevices(s *suite.Suite) {
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertDevice(s.Ctx, deviceOf("one")))
		s.Fails(tx.InsertDevice(s.Ctx, deviceOf("one")), grant.ErrCodeTaken)
		sameTyped := deviceOf("two")
		sameTyped.UserCode = "typed one"
		s.Fails(tx.InsertDevice(s.Ctx, sameTyped), grant.ErrCodeTaken)
		s.OK(tx.InsertDevice(s.Ctx, deviceOf("three")))
		for atMost, want := range map[int]int{1: 1, 2: 2, 9: 2} {
			count, err := tx.CountDevices(s.Ctx, atMost)
			s.OK(err)
			s.Same(count, want)
		}

		want := deviceOf("one")
		want.Made, want.Expires = kept, kept.Add(10*time.Minute)
		s.Same(device(s, tx, "one"), want)
		got, found, err := tx.DeviceByUserCode(s.Ctx, "typed one")
		s.OK(err)
		s.Same(found, true)
		s.Same(got, want)
		_, found, err = tx.DeviceByUserCode(s.Ctx, "one")
		s.OK(err)
		s.Same(found, false)
		_, found, err = tx.Device(s.Ctx, "two")
		s.OK(err)
		s.Same(found, false)

		s.OK(tx.NotePoll(s.Ctx, "one", start, 10*time.Second))
		want.Polled, want.Interval = kept, 10*time.Second
		s.Same(device(s, tx, "one"), want)
		s.Same(device(s, tx, "three").Polled, time.Time{})
	})
}

func device(s *suite.Suite, tx transaction.Tx, hash string) grant.Device {
	s.Helper()
	device, found, err := tx.Device(s.Ctx, hash)
	s.OK(err)
	s.Same(found, true)
	return device
}

// A device has one decision, made in time, and is used once, if it was approved.
func testDecisions(s *suite.Suite) {
	approval := grant.Approval{UserID: "user-alice", Session: "session"}
	s.Write(func(tx transaction.Tx) {
		spend := func(hash string) bool {
			spent, err := tx.SpendDevice(s.Ctx, hash, start)
			s.OK(err)
			return spent
		}
		for _, c := range []struct {
			hash      string
			decision  grant.Decision
			at        time.Time
			isDecided bool
			isSpent   bool
		}{
			{"approved", grant.Approved, start, true, true},
			{"denied", grant.Denied, start, true, false},
			{"in the last moment", grant.Approved, start.Add(10*time.Minute - time.Millisecond), true, true},
			{"too late", grant.Approved, start.Add(10 * time.Minute), false, false},
		} {
			s.OK(tx.InsertDevice(s.Ctx, deviceOf(c.hash)))
			s.Same(spend(c.hash), false)
			for _, want := range []bool{c.isDecided, false} {
				decided, err := tx.DecideDevice(s.Ctx, c.hash, c.decision, approval, c.at)
				s.OK(err)
				s.Same(decided, want)
			}
			_, waits, err := tx.DeviceByUserCode(s.Ctx, "typed "+c.hash)
			s.OK(err)
			s.Same(waits, !c.isDecided)
			s.Same([]bool{spend(c.hash), spend(c.hash)}, []bool{c.isSpent, false})
		}
		s.OK(tx.SetDeviceToken(s.Ctx, "approved", grant.Made{Token: "token", Until: start.Add(time.Hour)}))
		got := device(s, tx, "approved")
		s.Same(got.Approval, approval)
		s.Same([]any{got.Decision, got.Token, got.Spent}, []any{grant.Approved, "token", kept})
		count, err := tx.CountDevices(s.Ctx, 9)
		s.OK(err)
		s.Same(count, 2) // the denied one, and the one without a decision
	})
}

// S-69: of many redeemers of a code, or of a device, one wins.
func testOneWinner(s *suite.Suite) {
	const rounds, redeemers = 3, 12
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		for round := range rounds {
			hash := fmt.Sprint(round)
			s.OK(tx.InsertCode(s.Ctx, codeOf(hash)))
			s.OK(tx.InsertDevice(s.Ctx, deviceOf(hash)))
			_, err := tx.DecideDevice(s.Ctx, hash, grant.Approved, grant.Approval{UserID: "user-alice"}, start)
			s.OK(err)
		}
	})
	for round := range rounds {
		hash := fmt.Sprint(round)
		s.Same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) { return tx.SpendCode(s.Ctx, hash, start) }), int64(1))
		s.Same(s.Winners(redeemers, func(tx transaction.Tx) (bool, error) { return tx.SpendDevice(s.Ctx, hash, start) }), int64(1))
	}
}

// What was not used is kept while it is valid, the rest as long as what it made.
func testSweep(s *suite.Suite) {
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		for _, hash := range []string{"unused", "used", "used long ago"} {
			s.OK(tx.InsertCode(s.Ctx, codeOf(hash)))
			s.OK(tx.InsertDevice(s.Ctx, deviceOf(hash)))
		}
		for hash, until := range map[string]time.Duration{"used": 2 * time.Hour, "used long ago": time.Hour} {
			s.OK(tx.SetCodeToken(s.Ctx, hash, grant.Made{Token: "token", Until: start.Add(until)}))
			s.OK(tx.SetDeviceToken(s.Ctx, hash, grant.Made{Token: "token", Until: start.Add(until)}))
		}
		left := func() (codes, devices []string) {
			for _, hash := range []string{"unused", "used", "used long ago"} {
				_, found, err := tx.Code(s.Ctx, hash)
				s.OK(err)
				if found {
					codes = append(codes, hash)
				}
				_, found, err = tx.Device(s.Ctx, hash)
				s.OK(err)
				if found {
					devices = append(devices, hash)
				}
			}
			return codes, devices
		}
		for _, step := range []struct {
			at             time.Duration
			count          int
			codes, devices []string
		}{
			{0, 9, []string{"unused", "used", "used long ago"}, []string{"unused", "used", "used long ago"}},
			{time.Minute, 9, []string{"used", "used long ago"}, []string{"unused", "used", "used long ago"}},
			{10 * time.Minute, 9, []string{"used", "used long ago"}, []string{"used", "used long ago"}},
			{time.Hour, 0, []string{"used", "used long ago"}, []string{"used", "used long ago"}},
			{time.Hour, 1, []string{"used"}, []string{"used"}},
		} {
			s.OK(tx.SweepCodes(s.Ctx, start.Add(step.at), step.count))
			s.OK(tx.SweepDevices(s.Ctx, start.Add(step.at), step.count))
			codes, devices := left()
			s.Same(codes, step.codes)
			s.Same(devices, step.devices)
		}
	})
}

// A store that is at an earlier time has codes that were used since.
func testDrop(s *suite.Suite) {
	s.AddUsers("user-alice")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertCode(s.Ctx, codeOf("code")))
		s.OK(tx.InsertDevice(s.Ctx, deviceOf("device")))
		more, err := tx.DropCodes(s.Ctx, 0, 9)
		s.OK(err)
		s.Same(more, false)
		_, found, err := tx.Code(s.Ctx, "code")
		s.OK(err)
		s.Same(found, false)
		_, found, err = tx.Device(s.Ctx, "device")
		s.OK(err)
		s.Same(found, false)
	})
}
