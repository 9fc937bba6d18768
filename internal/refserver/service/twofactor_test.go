package service_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// shown returns a proof with the right password and a code, which may be empty.
func shown(code string) service.Proof {
	return service.Proof{Password: secret.New(password), Code: secret.New(code)}
}

// phone is an authenticator app with one secret.
type phone struct {
	h    *testServer
	seed []byte
}

func (h *testServer) phoneOf(offer identity.Offer) phone {
	h.Helper()
	seed, err := identity.DecodeSeed(offer.Secret.Reveal())
	h.check(err)
	return phone{h, seed}
}

func (p phone) code() string { return identity.TOTP(p.seed, p.h.clock.Now().Unix()/30) }

func (p phone) next() string {
	p.h.clock.Advance(30 * time.Second)
	return p.code()
}

func (h *testServer) begin(who service.Applicant, proof service.Proof) phone {
	h.Helper()
	offer, err := h.BeginEnrollment(h.Context(), who, proof)
	h.check(err)
	return h.phoneOf(offer)
}

// turnOn enrolls the caller, and returns the app and the recovery codes.
func (h *testServer) turnOn(caller service.Caller) (phone, []secret.Text) {
	h.Helper()
	p := h.begin(service.SignedIn(caller), shown(""))
	_, err := h.TurnOnTwoFactor(h.Context(), service.SignedIn(caller), secret.New(p.code()))
	h.check(err)
	codes, err := h.ReadNewRecoveryCodes(h.Context(), caller)
	h.check(err)
	return p, codes
}

// wantError fails the test unless err is want.
func (h *testServer) wantError(err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Fatalf("got %v, want %v", err, want)
	}
}

func attemptOf(user, code string) identity.Attempt {
	return identity.Attempt{Username: user, Password: secret.New(password), Code: secret.New(code)}
}

// A platform that asks for the code on a second page gets a ticket with the
// password.
func TestASignInInSteps(t *testing.T) {
	h := newTestServer(t)
	p, codes := h.turnOn(h.callerOf(h.signIn("alice", access.Order{})))
	_, err := h.SignInInSteps(t.Context(), attemptOf("alice", ""), access.Order{Label: "ci"}, home)
	h.wantError(err, identity.ErrCodeRequired)
	half, _ := refusal.DetailsOf[service.PartialSignIn](err)
	if half.Ticket.IsZero() || !half.Expires.Equal(h.clock.Now().Add(10*time.Minute)) {
		t.Fatalf("no ticket for ten minutes: %+v", half)
	}
	finish := func(code string) (service.SignInResult, error) {
		return h.FinishSignIn(t.Context(), half.Ticket, secret.New(code), home)
	}
	h.wantError(second(finish("")), identity.ErrCodeRequired)
	h.wantError(second(finish("000000")), identity.ErrCodeMismatch)
	h.wantError(second(finish(p.code())), identity.ErrCodeUsed)
	grant, err := finish(codes[0].Reveal())
	h.check(err)
	if grant.Token.Label != "ci" || grant.User.ID != "user-alice" || *grant.CodesLeft != 9 {
		t.Errorf("granted is %+v", grant)
	}
	h.callerOf(grant.Secret)
	h.wantError(second(finish(p.next())), identity.ErrNoTicket)

	// Without a second factor, or with the code, the sign-in takes one step.
	h.check(second(h.SignInInSteps(t.Context(), attemptOf("bob", ""), access.Order{}, home)))
	h.check(second(h.SignInInSteps(t.Context(), attemptOf("alice", p.code()), access.Order{}, home)))
	// SignIn gives no ticket for a missing code.
	_, err = h.SignIn(t.Context(), attemptOf("alice", ""), access.Order{}, home)
	if half, found := refusal.DetailsOf[service.PartialSignIn](err); found {
		t.Errorf("a ticket: %+v", half)
	}
}

// A change of the password ends partial sign-ins.
func TestTicketsEndWithThePassword(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	p, codes := h.turnOn(caller)
	_, err := h.SignInInSteps(t.Context(), attemptOf("alice", ""), access.Order{}, home)
	half, _ := refusal.DetailsOf[service.PartialSignIn](err)
	h.check(h.ChangePassword(t.Context(), caller, shown(codes[0].Reveal()), secret.New("looking-glass-1871")))
	h.wantError(second(h.FinishSignIn(t.Context(), half.Ticket, secret.New(p.next()), home)), identity.ErrNoTicket)
}

// S-14: wrong codes with a ticket are counted together with those of sign-ins.
func TestTicketsShareTheLimitOfWrongCodes(t *testing.T) {
	h := newTestServer(t)
	p, _ := h.turnOn(h.callerOf(h.signIn("alice", access.Order{})))
	_, err := h.SignInInSteps(t.Context(), attemptOf("alice", ""), access.Order{}, home)
	half, _ := refusal.DetailsOf[service.PartialSignIn](err)
	for range 2 {
		h.wantError(second(h.FinishSignIn(t.Context(), half.Ticket, secret.New("000000"), home)), identity.ErrCodeMismatch)
	}
	h.wantError(second(h.SignIn(t.Context(), attemptOf("alice", "000000"), access.Order{}, home)), identity.ErrCodeMismatch)
	_, err = h.FinishSignIn(t.Context(), half.Ticket, secret.New(p.code()), home)
	if wait, _ := refusal.DetailsOf[refusal.Wait](err); wait.Seconds() != 30 {
		t.Fatalf("got %v, want a wait of 30 s", err)
	}
	h.check(second(h.FinishSignIn(t.Context(), half.Ticket, secret.New(p.next()), home)))
}

// For a platform without a field for the password, a recent sign-in is proof enough,
// but an API token is not.
func TestARecentSignInAsProof(t *testing.T) {
	h := newTestServer(t)
	recent := service.Proof{OrRecentSignIn: true}
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	apiToken := h.callerOf(h.signIn("alice", access.Order{Label: "ci"}))
	h.check(second(h.BeginEnrollment(t.Context(), service.SignedIn(caller), recent)))
	h.wantError(second(h.BeginEnrollment(t.Context(), service.SignedIn(caller), service.Proof{})), access.ErrReauthenticate)
	h.wantError(second(h.BeginEnrollment(t.Context(), service.SignedIn(apiToken), recent)), access.ErrReauthenticate)
	h.clock.Advance(5 * time.Minute)
	h.wantError(second(h.BeginEnrollment(t.Context(), service.SignedIn(caller), recent)), access.ErrReauthenticate)
	h.check(h.ChangePassword(t.Context(), caller, shown(""), secret.New("looking-glass-1871")))

	session := h.signInWith("alice", "looking-glass-1871")
	caller = h.callerOf(session)
	h.check(h.ChangePassword(t.Context(), caller, recent, secret.New(password)))
	h.check(second(h.SignIn(t.Context(), attemptOf("alice", ""), access.Order{}, home)))

	// A change without the password does not count as a sign-in, or a session could
	// extend itself for ever. A change with the password does.
	refresh := func(proof service.Proof) {
		name := "Alice"
		h.check(h.UpdateSettings(t.Context(), h.callerOf(session), proof, service.Settings{First: &name}))
	}
	h.clock.Advance(4 * time.Minute)
	refresh(recent)
	h.clock.Advance(time.Minute)
	caller = h.callerOf(session)
	h.wantError(second(h.BeginEnrollment(t.Context(), service.SignedIn(caller), recent)), access.ErrReauthenticate)
	refresh(shown(""))
	caller = h.callerOf(session)
	begun := h.begin(service.SignedIn(caller), recent)

	// Nor does an enrollment that was begun without the password.
	h.clock.Advance(4 * time.Minute)
	h.check(second(h.TurnOnTwoFactor(t.Context(), service.SignedIn(caller), secret.New(begun.code()))))
	h.clock.Advance(time.Minute)
	h.wantError(h.DisableTwoFactor(t.Context(), h.callerOf(session), recent), access.ErrReauthenticate)
}

func (h *testServer) signInWith(user, password string) secret.Text {
	h.Helper()
	grant, err := h.SignIn(h.Context(), identity.Attempt{Username: user, Password: secret.New(password)}, access.Order{}, home)
	h.check(err)
	return grant.Secret
}

// If the session is the only proof, it must be active in the transaction that
// relies on it, and must not come from an identity provider.
func TestAnEndedSignInIsNoProof(t *testing.T) {
	h := newTestServer(t)
	recent := service.Proof{OrRecentSignIn: true}
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	h.check(h.RevokeTokens(t.Context(), caller, access.Ref{Signature: caller.Token.Signature}))
	err := h.ChangePassword(t.Context(), caller, recent, secret.New("looking-glass-1871"))
	if refusal.ReasonOf(err) != access.Revoked {
		t.Errorf("got %v, want a session that has ended", err)
	}

	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		sso := identity.User{ID: "user-dave", Handle: "dave", SSO: true, Created: h.clock.Now()}
		if err := tx.InsertUser(t.Context(), sso); err != nil {
			return err
		}
		return tx.InsertToken(t.Context(), access.Token{
			Signature: access.Signature(secret.New("dave's")), Kind: access.Session, UserID: "user-dave", Scope: access.FullScope(),
			Created: h.clock.Now(), Authenticated: h.clock.Now(), LastUsed: h.clock.Now(), Expires: h.clock.Now().Add(day),
		})
	}))
	dave := h.callerOf(secret.New("dave's"))
	h.wantError(h.ChangePassword(t.Context(), dave, recent, secret.New("looking-glass-1871")), identity.ErrSSORequired)
	h.wantError(second(h.BeginEnrollment(t.Context(), service.SignedIn(dave), recent)), identity.ErrFactorElsewhere)
}

// Partial sign-ins end with the sessions.
func TestTicketsEndWithEverySession(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	p, codes := h.turnOn(caller)
	_, err := h.SignInInSteps(t.Context(), attemptOf("alice", ""), access.Order{}, home)
	half, _ := refusal.DetailsOf[service.PartialSignIn](err)
	h.check(h.EndEverySession(t.Context(), caller, secret.New(password), codes[0]))
	h.wantError(second(h.FinishSignIn(t.Context(), half.Ticket, secret.New(p.next()), home)), identity.ErrNoTicket)
}

// S-70: every step is logged with its factor, and so are refusals.
func TestWhatTheAuditLogSaysOfTwoFactor(t *testing.T) {
	h := newServerWithMode(t, identity.FactorsEnforced)
	var half service.PartialSignIn
	var p phone
	var codes []secret.Text
	var grant *service.SignInResult
	var caller service.Caller
	ctx := t.Context()
	holder := func() service.Applicant { return service.TicketHolder(half.Ticket, home) }
	type row struct {
		action                 audit.Action
		actor, subject, result string
		factor                 string
	}
	ok := func(action audit.Action, factor string) []row {
		return []row{{action, "user-alice", "user-alice", "ok", factor}}
	}
	for _, step := range []struct {
		name string
		do   func()
		want func() []row
	}{
		{"a sign-in without it", func() {
			_, err := h.SignIn(ctx, attemptOf("alice", ""), access.Order{}, home)
			half, _ = refusal.DetailsOf[service.PartialSignIn](err)
		}, func() []row {
			return []row{{audit.SignIn, "", "user-alice", "enrollment_required", ""}}
		}},
		{"a new secret", func() { p = h.begin(holder(), service.Proof{}) }, func() []row { return ok(audit.TwoFactorEnroll, "") }},
		{"a wrong code", func() { _, _ = h.ConfirmEnrollment(ctx, holder(), secret.New("none")) }, func() []row {
			return []row{{audit.TwoFactorConfirm, "user-alice", "user-alice", "wrong_otp", ""}}
		}},
		{"a code", func() { codes, _ = h.ConfirmEnrollment(ctx, holder(), secret.New(p.code())) },
			func() []row { return ok(audit.TwoFactorConfirm, "") }},
		{"a recovery code", func() { grant, _ = h.ActivateEnrollment(ctx, holder(), codes[0]) }, func() []row {
			return append(ok(audit.TwoFactorOn, ""),
				row{audit.SignIn, "user-alice", audit.ShortSignature(grant.Token.Signature), "ok", "password+totp"})
		}},
		{"a code used before", func() {
			_, _ = h.SignIn(ctx, attemptOf("alice", p.code()), access.Order{}, home)
		}, func() []row {
			return []row{{audit.SignIn, "", "user-alice", "used_otp", ""}}
		}},
		{"other recovery codes", func() {
			caller = h.callerOf(grant.Secret)
			codes, _ = h.NewRecoveryCodes(ctx, caller, shown(p.next()))
		}, func() []row { return ok(audit.RecoveryCodesNew, "password+totp") }},
		{"off, where it may not be", func() { _ = h.DisableTwoFactor(ctx, caller, shown(p.next())) }, func() []row {
			return []row{{audit.TwoFactorOff, "", "user-alice", "factors_enforced", ""}}
		}},
		{"another name", func() {
			_ = h.UpdateSettings(ctx, caller, shown(codes[0].Reveal()), service.Settings{First: new(string)})
		}, func() []row { return ok(audit.SettingsChange, "password+recovery-code") }},
		{"another address", func() { _ = h.UpdateEmail(ctx, caller, shown(codes[1].Reveal()), "a@example.org") },
			func() []row { return ok(audit.EmailChange, "password+recovery-code") }},
		{"another password", func() {
			_ = h.ChangePassword(ctx, caller, shown(codes[2].Reveal()), secret.New("looking-glass-1871"))
		}, func() []row { return ok(audit.PasswordChange, "password+recovery-code") }},
	} {
		var got []row
		for _, entry := range h.db.rowsOf(step.do) {
			got = append(got, row{entry.Action, entry.Actor, entry.Subject, entry.Result, entry.Factor})
		}
		if diff := cmp.Diff(step.want(), got, cmp.AllowUnexported(row{})); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// S-70: if the audit row can't be written, nothing is changed.
func TestNoChangeOfTwoFactorWithoutItsRow(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	other := h.signIn("alice", access.Order{})
	who := service.SignedIn(caller)
	p := h.begin(who, shown(""))
	full := errors.New("the log is full")
	failing := func(f func() error) {
		t.Helper()
		h.db.failAudit = full
		h.wantError(f(), full)
		h.db.failAudit = nil
	}
	failing(func() error { return second(h.ConfirmEnrollment(t.Context(), who, secret.New(p.code()))) })
	codes, err := h.ConfirmEnrollment(t.Context(), who, secret.New(p.code()))
	h.check(err)
	failing(func() error { return second(h.ActivateEnrollment(t.Context(), who, codes[0])) })
	h.callerOf(other)
	status, err := h.TwoFactorStatus(t.Context(), caller)
	h.check(err)
	if want := (identity.FactorStatus{Pending: true, Mode: identity.FactorsEnabled}); status != want {
		t.Errorf("the status is %+v, want %+v", status, want)
	}
	h.check(second(h.ActivateEnrollment(t.Context(), who, codes[0])))
	for name, change := range map[string]func(service.Proof) error{
		"off":   func(proof service.Proof) error { return h.DisableTwoFactor(t.Context(), caller, proof) },
		"codes": func(proof service.Proof) error { return second(h.NewRecoveryCodes(t.Context(), caller, proof)) },
		"password": func(proof service.Proof) error {
			return h.ChangePassword(t.Context(), caller, proof, secret.New("looking-glass-1871"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			failing(func() error { return change(shown(codes[1].Reveal())) })
		})
	}
	// The code was not spent, and nothing else changed.
	h.check(second(h.SignIn(t.Context(), attemptOf("alice", codes[1].Reveal()), access.Order{}, home)))
}

// Guesses at the password with a stolen session are throttled like sign-ins.
func TestAStolenSessionCannotGuessThePassword(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	results := map[bool]int{}
	for range 8 {
		err := h.DisableTwoFactor(t.Context(), caller, service.Proof{Password: secret.New("a guess")})
		results[refusal.CodeOf(err) == refusal.Throttled]++
	}
	if want := (map[bool]int{false: 5, true: 3}); !maps.Equal(results, want) {
		t.Errorf("waits and how often: %v, want %v", results, want)
	}
}

// A right password in a request that is refused for another reason is not counted
// as a guess.
func TestRefusalsAfterARightPasswordAreNotCounted(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	errs := make([]error, 12)
	for i := range errs {
		errs[i] = h.DisableTwoFactor(t.Context(), caller, shown(""))
	}
	if slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, identity.ErrFactorOff) }) {
		t.Errorf("got %v", errs)
	}
}

// The same holds for a bad value, which is refused after the password was checked.
// The code is not spent, because nothing was changed.
func TestABadValueAfterARightPasswordIsNotCounted(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	p, _ := h.turnOn(caller)
	code := p.next()
	tooLong := strings.Repeat("x", 1000)
	for range 12 {
		err := h.UpdateUser(t.Context(), caller, shown(code), service.UserChange{First: &tooLong})
		if refusal.ReasonOf(err) != refusal.WrongAccount {
			t.Fatalf("got %v, want a refusal of the account's data", err)
		}
	}
	name := "Alice"
	h.check(h.UpdateUser(t.Context(), caller, shown(code), service.UserChange{First: &name}))
}

// S-21: a clock that ran a year ahead and was corrected does not lock users out:
// codes and wrong guesses of that time do not count any more. A code still works
// only once.
func TestAClockThatRanAheadLocksNoUserOut(t *testing.T) {
	const year = 365 * 24 * time.Hour
	h := newTestServer(t)
	p, _ := h.turnOn(h.callerOf(h.signIn("alice", access.Order{})))
	signIn := func(password, code string) error {
		attempt := identity.Attempt{Username: "alice", Password: secret.New(password), Code: secret.New(code)}
		return second(h.SignIn(t.Context(), attempt, access.Order{}, home))
	}
	h.clock.Advance(year)
	h.check(signIn(password, p.code()))
	h.wantError(signIn("a guess", ""), identity.ErrWrongCredentials)
	h.wantError(signIn(password, "aaaa-bbbb-cccc-dddd"), identity.ErrCodeMismatch)

	h.clock.Advance(-year)
	code := p.next()
	h.check(signIn(password, code))
	h.wantError(signIn(password, code), identity.ErrCodeUsed)

	// A clock that is set back by minutes makes no used code valid again.
	used := p.next()
	h.check(signIn(password, used))
	h.check(signIn(password, p.next()))
	h.check(signIn(password, p.next()))
	h.clock.Advance(-time.Minute)
	h.wantError(signIn(password, used), identity.ErrCodeUsed)
}

// A sign-in in the future is not a recent one.
func TestAClockThatRanAheadProvesNothing(t *testing.T) {
	const year = 365 * 24 * time.Hour
	h := newTestServer(t)
	h.clock.Advance(year)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	h.clock.Advance(-year)
	recent := service.Proof{OrRecentSignIn: true}
	h.wantError(h.DisableTwoFactor(t.Context(), caller, recent), access.ErrReauthenticate)
	h.wantError(second(h.makeToken(caller, "", access.Order{Label: "ci"})), access.ErrReauthenticate)
}
