package service_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// factor is the model of a second factor.
type factor struct {
	seed     []byte
	lastStep int64
	codes    map[string]bool // recovery codes, and whether they are unused
}

// left counts the unused recovery codes.
func (f *factor) left() int {
	left := 0
	for _, unused := range f.codes {
		if unused {
			left++
		}
	}
	return left
}

// model is the expected state of one user's second factor.
type model struct {
	h      *testServer
	name   string
	caller service.Caller

	on      *factor // nil: off
	pending *factor // nil: none; without recovery codes: not confirmed
	expires time.Time

	failures  int // wrong codes since the last good one
	notBefore time.Time
}

// S-18 to S-26: whatever users do in any order, the server agrees with the model.
func TestTwoFactorAgreesWithItsModel(t *testing.T) {
	h := newTestServer(t)
	users := 0
	rapid.Check(t, func(rt *rapid.T) {
		users++
		m := &model{h: h, name: fmt.Sprintf("user%d", users)}
		h.addUser(m.name)
		m.caller = h.callerOf(h.signIn(m.name, access.Order{Label: "ci"}))
		rt.Repeat(map[string]func(*rapid.T){
			"":           m.agrees,
			"wait":       m.wait,
			"begin":      m.begin,
			"confirm":    m.confirm,
			"activate":   m.activate,
			"sign in":    m.signIn,
			"disable":    m.disable,
			"regenerate": m.regenerate,
		})
	})
}

// agrees compares the status that the server returns with the model.
func (m *model) agrees(t *rapid.T) {
	got, err := m.h.TwoFactorStatus(m.h.Context(), m.caller)
	if err != nil {
		t.Fatal(err)
	}
	want := identity.FactorStatus{On: m.on != nil, Since: got.Since, Pending: m.isPending(), Mode: identity.FactorsEnabled}
	if m.on != nil {
		want.CodesLeft = m.on.left()
	}
	if got != want || got.On == got.Since.IsZero() {
		t.Fatalf("the server says %+v, the model %+v", got, want)
	}
}

func (m *model) isPending() bool { return m.pending != nil && m.h.clock.Now().Before(m.expires) }

func (m *model) wait(t *rapid.T) {
	seconds := rapid.SampledFrom([]int{1, 10, 30, 31, 65, 240, 610, 905}).Draw(t, "seconds")
	m.h.clock.Advance(time.Duration(seconds) * time.Second)
}

// pick chooses a right or wrong code for a factor.
func (m *model) pick(t *rapid.T, f *factor) string {
	if f == nil {
		return "000000"
	}
	step := m.h.clock.Now().Unix() / 30
	switch rapid.IntRange(0, 5).Draw(t, "kind of code") {
	case 0:
		return "not-a-code"
	case 1:
		return identity.TOTP(f.seed, step+rapid.Int64Range(-3, 3).Draw(t, "drift"))
	case 2, 3:
		codes := slices.Sorted(maps.Keys(f.codes))
		if len(codes) > 0 {
			return rapid.SampledFrom(codes).Draw(t, "recovery code")
		}
	}
	return identity.TOTP(f.seed, step)
}

// errThrottled is any wait, for errors.Is.
var errThrottled = refusal.New(refusal.Throttled, "a wait").Because(refusal.TooManyAttempts)

// check returns the expected error of a code, and updates the factor.
func (m *model) check(f *factor, code string) error {
	if m.h.clock.Now().Before(m.notBefore) {
		return errThrottled
	}
	if unused, found := f.codes[code]; found {
		f.codes[code] = false
		return m.counted(unused)
	}
	step, matches := identity.MatchTOTP(f.seed, code, m.h.clock.Now())
	if !matches {
		return m.wrong()
	}
	fresh := step > f.lastStep
	f.lastStep = max(step, f.lastStep)
	return m.counted(fresh)
}

// counted ends the wait after a right code; a used code does not count.
func (m *model) counted(good bool) error {
	if !good {
		return identity.ErrCodeUsed
	}
	m.failures, m.notBefore = 0, time.Time{}
	return nil
}

func (m *model) wrong() error {
	m.failures++
	wait := []time.Duration{0, 0, 0, 30 * time.Second, 4 * time.Minute, 15 * time.Minute}[min(m.failures, 5)]
	m.notBefore = m.h.clock.Now().Add(wait)
	return identity.ErrCodeMismatch
}

// same compares an error with that of the model.
func same(t *rapid.T, what string, got, want error) {
	t.Helper()
	if want == nil && got != nil || !errors.Is(got, want) {
		t.Fatalf("%s: %v, the model wants %v", what, got, want)
	}
	if errors.Is(got, identity.ErrCodeUsed) != errors.Is(want, identity.ErrCodeUsed) {
		t.Fatalf("%s: %v, the model wants %v", what, got, want)
	}
}

// proof draws a proof, and returns the error that the model expects of it.
func (m *model) proof(t *rapid.T) (service.Proof, error) {
	if m.on == nil {
		return shown(""), nil
	}
	code := m.pick(t, m.on)
	return shown(code), m.check(m.on, code)
}

func (m *model) begin(t *rapid.T) {
	proof, want := m.proof(t)
	offer, err := m.h.BeginEnrollment(m.h.Context(), service.SignedIn(m.caller), proof)
	same(t, "begin", err, want)
	if err == nil {
		m.pending, m.expires = &factor{seed: m.h.phoneOf(offer).seed}, m.h.clock.Now().Add(10*time.Minute)
	}
}

func (m *model) confirm(t *rapid.T) {
	code := m.pick(t, m.pending)
	want := error(identity.ErrNoEnrollment)
	if m.isPending() {
		// Recovery codes don't count as verification codes.
		want = m.check(&factor{seed: m.pending.seed, lastStep: m.pending.lastStep}, code)
	}
	codes, err := m.h.ConfirmEnrollment(m.h.Context(), service.SignedIn(m.caller), secret.New(code))
	same(t, "confirm", err, want)
	if err != nil {
		return
	}
	m.pending.lastStep, _ = identity.MatchTOTP(m.pending.seed, code, m.h.clock.Now())
	m.pending.codes = map[string]bool{}
	for _, code := range codes {
		m.pending.codes[code.Reveal()] = true
	}
}

func (m *model) activate(t *rapid.T) {
	code := m.pick(t, m.pending)
	_, err := m.h.ActivateEnrollment(m.h.Context(), service.SignedIn(m.caller), secret.New(code))
	switch {
	case !m.isPending():
		same(t, "activate", err, identity.ErrNoEnrollment)
	case m.pending.codes == nil:
		same(t, "activate", err, identity.ErrNotConfirmed)
	case m.h.clock.Now().Before(m.notBefore):
		same(t, "activate", err, errThrottled)
	case !m.pending.codes[code]:
		same(t, "activate", err, m.wrong())
	default:
		same(t, "activate", err, m.counted(true))
		m.on, m.pending = m.pending, nil
	}
}

func (m *model) signIn(t *rapid.T) {
	proof, want := m.proof(t)
	attempt := identity.Attempt{Username: m.name, Password: proof.Password, Code: proof.Code}
	grant, err := m.h.SignIn(m.h.Context(), attempt, access.Order{}, home)
	same(t, "sign in", err, want)
	if err == nil && grant.CodesLeft != nil && *grant.CodesLeft != m.on.left() {
		t.Fatalf("%d recovery codes are left, the model has %d", *grant.CodesLeft, m.on.left())
	}
}

func (m *model) disable(t *rapid.T) {
	proof, want := m.proof(t)
	if m.on == nil {
		want = identity.ErrFactorOff
	}
	same(t, "disable", m.h.DisableTwoFactor(m.h.Context(), m.caller, proof), want)
	if want == nil {
		m.on, m.pending = nil, nil
	}
}

func (m *model) regenerate(t *rapid.T) {
	proof, want := m.proof(t)
	if m.on == nil {
		want = identity.ErrFactorOff
	}
	codes, err := m.h.NewRecoveryCodes(m.h.Context(), m.caller, proof)
	same(t, "regenerate", err, want)
	if err != nil {
		return
	}
	m.on.codes = map[string]bool{}
	for _, code := range codes {
		m.on.codes[code.Reveal()] = true
	}
}
