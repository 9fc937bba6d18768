package grants_test

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// way is one of the two ways in which a program gets a session.
type way struct {
	name    string
	approve func(w *world, caller service.Caller) (redeem func() (service.SignInResult, error))
}

func ways() []way {
	return []way{
		{"code", func(w *world, caller service.Caller) func() (service.SignInResult, error) {
			code := w.approve(caller)
			return func() (service.SignInResult, error) { return w.redeem(code) }
		}},
		{"device", func(w *world, caller service.Caller) func() (service.SignInResult, error) {
			device := w.device()
			w.check(w.ApproveDevice(w.ctx, caller, string(device.Typed)))
			return func() (service.SignInResult, error) { return w.poll(device) }
		}},
	}
}

// eachWay runs a test for each way to a session.
func eachWay(t *testing.T, test func(*world, way)) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) { test(newWorld(t), way) })
	}
}

// The session belongs to who approved, is one of the program's protocol, and does not count
// as a newer sign-in than the one in the browser.
func TestAnApprovedProgramGetsASession(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		caller, _ := w.signIn("alice")
		w.clock.Advance(4 * time.Minute)
		redeem := way.approve(w, caller)
		w.clock.Advance(30 * time.Second)
		result, err := redeem()
		w.check(err)
		if result.User.Handle != "alice" || result.Idle != 15*time.Minute || result.Token.Expires != w.clock.Now().Add(18*time.Hour) {
			w.Errorf("got %+v", result)
		}
		made := w.callerOf(result.Secret, program)
		if made.Token.Kind != access.Session || !made.Token.Scope.Full || made.Token.Protocol != "dnanexus" || result.Token.Client != "dxauth" {
			w.Errorf("the session is %+v", made.Token)
		}
		w.check(w.server.RequireRecentSignIn(made))
		w.clock.Advance(30 * time.Second) // five minutes after the sign-in
		w.refused(w.server.RequireRecentSignIn(w.callerOf(result.Secret, program)), access.ErrReauthenticate)
	})
}

// A session does not end with the one of the browser in which it was approved.
func TestASessionOutlivesTheOneOfTheBrowser(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		caller, _ := w.signIn("alice")
		result, err := way.approve(w, caller)()
		w.check(err)
		w.check(w.server.SignOut(w.ctx, caller))
		w.callerOf(result.Secret, program)
	})
}

func TestApprovalsNeedARecentSignIn(t *testing.T) {
	w := newWorld(t)
	caller, bearer := w.signIn("alice")
	device := w.device()
	w.clock.Advance(5 * time.Minute)
	old := w.callerOf(bearer, browser)
	_, err := w.IssueCode(w.ctx, old, request())
	w.refused(err, access.ErrReauthenticate)
	_, err = w.FindDevice(w.ctx, old, string(device.Typed))
	w.refused(err, access.ErrReauthenticate)
	w.refused(w.ApproveDevice(w.ctx, old, string(device.Typed)), access.ErrReauthenticate)
	w.refused(w.DenyDevice(w.ctx, old, string(device.Typed)), access.ErrReauthenticate)

	// A session of another protocol is not one of the browser, however new it is.
	caller.Token.Protocol = "dnanexus"
	_, err = w.IssueCode(w.ctx, caller, request())
	w.refused(err, access.ErrReauthenticate)
}

// An approval ends with the session in which it was given: whoever signs out, is locked or
// ends all sessions has no program that signs in afterwards.
func TestAnApprovalEndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(*world, service.Caller) error{
		"sign-out": func(w *world, caller service.Caller) error { return w.server.SignOut(w.ctx, caller) },
		"sign-out of all": func(w *world, caller service.Caller) error {
			return w.server.EndEverySession(w.ctx, caller, secret.New(password), secret.Text{})
		},
		"disabled account": func(w *world, _ service.Caller) error { return w.block("user-alice") },
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(w *world, way way) {
				caller, _ := w.signIn("alice")
				redeem := way.approve(w, caller)
				w.check(end(w, caller))
				_, err := redeem()
				w.refused(err, grant.ErrBadGrant)
			})
		})
	}
}

// A session that is short ends its approvals, too.
func TestAnApprovalEndsWhenItsSessionExpires(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		attempt := identity.Attempt{Username: "alice", Password: secret.New(password)}
		session, err := w.server.SignIn(w.ctx, attempt, access.Order{Expires: w.clock.Now().Add(30 * time.Second)}, browser)
		w.check(err)
		caller := w.callerOf(session.Secret, browser)
		early, late := way.approve(w, caller), way.approve(w, caller)
		w.clock.Advance(30*time.Second - time.Millisecond)
		_, err = early()
		w.check(err)
		w.clock.Advance(time.Millisecond)
		_, err = late()
		w.refused(err, grant.ErrBadGrant)
	})
}

// block disables an account without ending its sessions, as a request does that runs at the
// same time.
func (w *world) block(userID string) error {
	return w.db.Write(w.ctx, func(tx transaction.Tx) error {
		user, err := tx.UserByID(w.ctx, userID)
		if err != nil {
			return err
		}
		user.Disabled = true
		return tx.UpdateUser(w.ctx, user)
	})
}

// A session of a browser that ended meanwhile approves nothing.
func TestAnEndedSessionApprovesNothing(t *testing.T) {
	w := newWorld(t)
	caller, _ := w.signIn("alice")
	device := w.device()
	w.check(w.server.SignOut(w.ctx, caller))
	ended := access.Ended(refusal.Elsewhere)
	_, err := w.IssueCode(w.ctx, caller, request())
	if refusal.CodeOf(err) != refusal.SessionEnded {
		w.Errorf("got %v, want %v", err, ended)
	}
	err = w.ApproveDevice(w.ctx, caller, string(device.Typed))
	if refusal.CodeOf(err) != refusal.SessionEnded {
		w.Errorf("got %v, want %v", err, ended)
	}
	_, err = w.poll(device)
	w.refused(err, grant.ErrPending)
}

// RFC 6749, section 4.1.2; RFC 9700, section 4.5: the second use of a code ends the session
// of the first, what was made with it, and is in the audit log.
func TestASecondUseEndsTheSession(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		caller, bearer := w.signIn("alice")
		redeem := way.approve(w, caller)
		first, err := redeem()
		w.check(err)
		owner := w.callerOf(first.Secret, program)
		narrow := access.Order{Scope: &access.Scope{Projects: map[string]directory.Level{"project-x": directory.View}}, Expires: w.clock.Now().Add(time.Hour)}
		child, err := w.server.MakeTokens(w.ctx, owner, service.TokenDraft{Order: narrow})
		w.check(err)
		_, err = redeem()
		w.refused(err, grant.ErrUsed)
		w.ended(first.Secret, refusal.Revoked)
		w.ended(child[0].Secret, refusal.Revoked)
		w.callerOf(bearer, browser)
		last := w.db.Last(1)[0]
		if last.Action != audit.SignIn || last.Result != "used_grant" || last.Subject != "user-alice" || last.Actor != "" {
			w.Errorf("the audit row is %+v", last)
		}
	})
}

// S-69: of many requests with a code at the same time, one gets a session, which the others
// end.
func TestOneWinnerOfARace(t *testing.T) {
	const programs = 12
	eachWay(t, func(w *world, way way) {
		caller, _ := w.signIn("alice")
		redeem := way.approve(w, caller)
		var won atomic.Int64
		var last atomic.Pointer[service.SignInResult]
		var all sync.WaitGroup
		for range programs {
			all.Go(func() {
				result, err := redeem()
				switch {
				case err == nil:
					won.Add(1)
					last.Store(&result)
				case !errors.Is(err, grant.ErrUsed):
					w.Error(err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 {
			w.Fatalf("%d programs got a session", won.Load())
		}
		w.ended(last.Load().Secret, refusal.Revoked)
	})
}

// Whoever has a code without its proof key gets nothing, and neither does the program then.
func TestAStolenCodeIsOfNoUse(t *testing.T) {
	w := newWorld(t)
	caller, _ := w.signIn("alice")
	code := w.approve(caller)
	_, err := w.RedeemCode(w.ctx, grant.Redemption{Client: grant.CommandLine, Code: code, Redirect: callback}, program)
	w.refused(err, grant.ErrBadGrant)
	_, err = w.redeem(code)
	w.refused(err, grant.ErrUsed)
	if rows := w.db.Last(2); rows[0].Result != "wrong_grant" || rows[1].Result != "used_grant" {
		w.Errorf("the audit rows are %+v", rows)
	}
}

// Guesses at codes count against the network that they come from, as guesses at tokens do.
func TestGuessesAtCodesAreLimited(t *testing.T) {
	w := newWorld(t)
	for range 200 {
		_, err := w.redeem(secret.New("guess"))
		w.refused(err, grant.ErrBadGrant)
	}
	_, err := w.redeem(secret.New("guess"))
	w.refused(err, &refusal.Error{Code: refusal.Throttled, Reason: refusal.TooManyAttempts})
	_, err = w.PollDevice(w.ctx, grant.CommandLine, secret.New("guess"), program)
	w.refused(err, &refusal.Error{Code: refusal.Throttled, Reason: refusal.TooManyAttempts})
}

func TestAUserDecidesAboutADevice(t *testing.T) {
	w := newWorld(t)
	alice, _ := w.signIn("alice")
	elsewhere := program
	elsewhere.Address = netip.MustParseAddr("198.51.100.9")
	device, err := w.BeginDevice(w.ctx, grant.CommandLine, elsewhere)
	w.check(err)
	waiting, err := w.FindDevice(w.ctx, alice, string(device.Typed))
	w.check(err)
	if waiting.Code != device.Typed || waiting.Address != "198.51.100.9" || waiting.UserAgent != "dxauth" || !waiting.IsElsewhere || !waiting.Since.Equal(w.clock.Now()) {
		w.Errorf("got %+v", waiting)
	}
	near, err := w.FindDevice(w.ctx, alice, string(w.device().Typed))
	w.check(err)
	if near.IsElsewhere {
		w.Errorf("a device of the same network is elsewhere: %+v", near)
	}
	err = w.DenyDevice(w.ctx, alice, string(device.Typed))
	w.check(err)
	_, err = w.poll(device)
	w.refused(err, grant.ErrDenied)
	err = w.ApproveDevice(w.ctx, alice, string(device.Typed))
	w.refused(err, grant.ErrNoUserCode)
	if last := w.db.Last(1)[0]; last.Action != audit.GrantDeny || last.Actor != "user-alice" || last.Subject != device.Hash[:12] {
		w.Errorf("the audit row is %+v", last)
	}
}

// Of two users who decide about a device, the first one counts, and the program gets a
// session of that account and no other.
func TestADeviceThatSomebodyElseApproved(t *testing.T) {
	w := newWorld(t)
	alice, _ := w.signIn("alice")
	bob, _ := w.signIn("bob")
	device := w.device()
	err := w.ApproveDevice(w.ctx, bob, string(device.Typed))
	w.check(err)
	err = w.ApproveDevice(w.ctx, alice, string(device.Typed))
	w.refused(err, grant.ErrNoUserCode)
	result, err := w.poll(device)
	w.check(err)
	if result.User.Handle != "bob" {
		w.Errorf("the session is %s's", result.User.Handle)
	}
}

// S-60: a code that was refused as too old stays refused when the clock is set back.
func TestAnExpiredCodeStaysRefused(t *testing.T) {
	const back = 50 * time.Minute // within the slack
	w := newWorld(t)
	alice, _ := w.signIn("alice")
	undecided, approved, code := w.device(), w.device(), w.approve(alice)
	w.check(w.ApproveDevice(w.ctx, alice, string(approved.Typed)))
	w.clock.Advance(grant.DeviceLifetime)
	for _, device := range []grant.NewDevice{undecided, approved} {
		_, err := w.poll(device)
		w.refused(err, grant.ErrExpired)
	}
	_, err := w.redeem(code)
	w.refused(err, grant.ErrBadGrant)

	w.clock.Advance(-back)
	alice, _ = w.signIn("alice")
	w.refused(w.ApproveDevice(w.ctx, alice, string(undecided.Typed)), grant.ErrNoUserCode)
	_, err = w.poll(undecided)
	w.refused(err, grant.ErrDenied)
	_, err = w.poll(approved)
	w.refused(err, grant.ErrUsed)
	_, err = w.redeem(code)
	w.refused(err, grant.ErrUsed)
}

// Of many decisions at the same time, one counts.
func TestOneDecisionOfManyCounts(t *testing.T) {
	w := newWorld(t)
	alice, _ := w.signIn("alice")
	device := w.device()
	var made atomic.Int64
	var all sync.WaitGroup
	for n := range 4 {
		decide := w.ApproveDevice
		if n%2 == 0 {
			decide = w.DenyDevice
		}
		all.Go(func() {
			err := decide(w.ctx, alice, string(device.Typed))
			switch {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, grant.ErrNoUserCode):
				w.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		w.Errorf("%d decisions", made.Load())
	}
}

// RFC 7009, section 2: revoking is idempotent, and says nothing about unknown tokens.
func TestRevoke(t *testing.T) {
	w := newWorld(t)
	_, bearer := w.signIn("alice")
	w.check(w.Revoke(w.ctx, secret.New("unknown"), program))
	for range 2 {
		w.check(w.Revoke(w.ctx, bearer, program))
		w.ended(bearer, refusal.Revoked)
	}
	rows := w.db.Last(2)
	if rows[0].Action != audit.SignIn || rows[1].Action != audit.TokenRevoke || rows[1].Actor != "user-alice" {
		w.Errorf("the audit rows are %+v", rows)
	}
}

// A code is kept as long as the session that it made can last, so that a second use is
// recognized, and not longer.
func TestSweepKeepsCodesAsLongAsTheirSessions(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		caller, _ := w.signIn("alice")
		redeem := way.approve(w, caller)
		result, err := redeem()
		w.check(err)
		w.clock.Advance(18*time.Hour - time.Second)
		w.check(w.Sweep(w.ctx))
		_, err = redeem()
		w.refused(err, grant.ErrUsed)
		w.clock.Advance(time.Second)
		w.check(w.Sweep(w.ctx))
		_, err = redeem()
		if !errors.Is(err, grant.ErrBadGrant) || errors.Is(err, grant.ErrUsed) {
			w.Errorf("after %v: %v", result.Token.Expires, err)
		}
	})
}

// A user of an identity provider approves programs like any other.
func TestAUserWithoutAPasswordApproves(t *testing.T) {
	eachWay(t, func(w *world, way way) {
		caller, _ := w.signIn("alice")
		w.check(w.db.Write(w.ctx, func(tx transaction.Tx) error {
			user := identity.User{ID: "user-carol", Handle: "carol", SSO: true, Created: w.clock.Now()}
			if err := tx.InsertUser(w.ctx, user); err != nil {
				return err
			}
			session := caller.Token
			session.Signature, session.UserID = access.Signature(secret.New("carol's")), user.ID
			return tx.InsertToken(w.ctx, session)
		}))
		result, err := way.approve(w, w.callerOf(secret.New("carol's"), browser))()
		w.check(err)
		if result.User.Handle != "carol" {
			w.Errorf("the session is %s's", result.User.Handle)
		}
	})
}
