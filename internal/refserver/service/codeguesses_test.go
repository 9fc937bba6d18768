package service_test

import (
	"net/netip"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-12: a network is the owner's after every way to sign in with the second factor
// there: in one step, in two, and by turning it on. Wrong codes from elsewhere do not
// delay what the owner does with a code there.
func TestWrongCodesElsewhereDoNotDelayTheOwner(t *testing.T) {
	elsewhere := service.Origin{Address: netip.MustParseAddr("203.0.113.66")}
	for name, signIn := range map[string]func(*testServer, phone){
		"by turning it on": func(*testServer, phone) {},
		"in one step": func(h *testServer, p phone) {
			h.check(second(h.SignIn(h.Context(), attemptOf("alice", p.next()), access.Order{}, home)))
		},
		"in two steps": func(h *testServer, p phone) {
			_, err := h.SignInInSteps(h.Context(), attemptOf("alice", ""), access.Order{}, home)
			half, _ := refusal.DetailsOf[service.PartialSignIn](err)
			h.check(second(h.FinishSignIn(h.Context(), half.Ticket, secret.New(p.next()), home)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newTestServer(t)
			caller := h.callerOf(h.signIn("alice", access.Order{}))
			p, _ := h.turnOn(caller)
			signIn(h, p)
			_, err := h.SignInInSteps(t.Context(), attemptOf("alice", ""), access.Order{}, elsewhere)
			half, _ := refusal.DetailsOf[service.PartialSignIn](err)
			for refusal.CodeOf(err) != refusal.Throttled {
				_, err = h.FinishSignIn(t.Context(), half.Ticket, secret.New("000000"), elsewhere)
			}
			h.check(h.ChangePassword(t.Context(), caller, shown(p.next()), secret.New("looking-glass-1871")))
			attempt := identity.Attempt{Username: "alice", Password: secret.New("looking-glass-1871"), Code: secret.New(p.next())}
			h.check(second(h.SignIn(t.Context(), attempt, access.Order{}, home)))
			// The new password ended the waits elsewhere.
			attempt.Code = secret.New(p.next())
			h.check(second(h.SignIn(t.Context(), attempt, access.Order{}, elsewhere)))
		})
	}
}

// Wrong codes in an enrollment at one network do not delay the one at another.
func TestWrongCodesOfAnEnrollment(t *testing.T) {
	h := newTestServer(t)
	caller := h.callerOf(h.signIn("alice", access.Order{}))
	p := h.begin(service.SignedIn(caller), shown(""))
	away := caller
	away.Origin.Address = netip.MustParseAddr("203.0.113.66")
	var err error
	for refusal.CodeOf(err) != refusal.Throttled {
		_, err = h.ConfirmEnrollment(t.Context(), service.SignedIn(away), secret.New("000000"))
	}
	codes, err := h.ConfirmEnrollment(t.Context(), service.SignedIn(caller), secret.New(p.code()))
	h.check(err)
	h.check(second(h.ActivateEnrollment(t.Context(), service.SignedIn(caller), codes[0])))
}
