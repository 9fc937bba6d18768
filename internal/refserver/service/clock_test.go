package service_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const year = 365 * day

// clockSteps are the steps of a wrong clock and of its correction: one that time
// services make, and two that they don't.
var clockSteps = []time.Duration{50 * time.Minute, day, year}

// runSteadily moves the clock, with a sweep at least every hour.
func (h *testServer) runSteadily(d time.Duration) {
	h.Helper()
	for ; d > 0; d -= time.Hour {
		h.check(h.Sweep(h.Context()))
		h.clock.Advance(min(d, time.Hour))
	}
	h.check(h.Sweep(h.Context()))
}

// untilBelieved is how long a clock has to run steadily until a sweep believes it, and
// an hour for the sweep.
const untilBelieved = 13 * time.Hour

// perishable is something that ends with time.
type perishable struct {
	life    time.Duration
	durable bool // must not be lost while the clock is wrong
	mode    identity.FactorMode
	// issue returns a function that uses what it made, and returns an error of its
	// own kind if that has ended.
	issue func(h *testServer) (use func() error)
}

var perishables = map[string]perishable{
	"session that is not used": {
		life: 15 * time.Minute,
		issue: func(h *testServer) func() error {
			session := h.signIn("alice", access.Order{})
			return func() error { return second(h.authenticate(session)) }
		},
	},
	"session of ten minutes": {
		life: 10 * time.Minute,
		issue: func(h *testServer) func() error {
			session := h.signIn("alice", access.Order{Expires: h.clock.Now().Add(10 * time.Minute)})
			return func() error { return second(h.authenticate(session)) }
		},
	},
	"API token": {
		life: 30 * day, durable: true,
		issue: func(h *testServer) func() error {
			token := h.signIn("alice", access.Order{Label: "ci"})
			return func() error { return second(h.authenticate(token)) }
		},
	},
	"activation code": {
		life: identity.ActivationLifetime, durable: true,
		issue: func(h *testServer) func() error {
			code, err := h.NewUser(h.Context(), h.superuser("superuser"), draftOf("carol"))
			h.check(err)
			return func() error { return second(h.Activate(h.Context(), code.Code, secret.New(password), home)) }
		},
	},
	"ticket of a partial sign-in": {
		life: 10 * time.Minute, mode: identity.FactorsEnforced,
		issue: func(h *testServer) func() error {
			_, err := h.SignIn(h.Context(), attemptOf("alice", ""), access.Order{}, home)
			partial, _ := refusal.DetailsOf[service.PartialSignIn](err)
			return func() error {
				return second(h.BeginEnrollment(h.Context(), service.TicketHolder(partial.Ticket, home), service.Proof{}))
			}
		},
	},
	"enrollment": {
		life: 10 * time.Minute,
		issue: func(h *testServer) func() error {
			caller := h.callerOf(h.signIn("alice", access.Order{}))
			p := h.begin(service.SignedIn(caller), shown(""))
			return func() error {
				return second(h.TurnOnTwoFactor(h.Context(), service.SignedIn(caller), secret.New(p.code())))
			}
		},
	},
	"new recovery codes": {
		life: 10 * time.Minute,
		issue: func(h *testServer) func() error {
			caller := h.callerOf(h.signIn("alice", access.Order{}))
			p := h.begin(service.SignedIn(caller), shown(""))
			h.check(second(h.TurnOnTwoFactor(h.Context(), service.SignedIn(caller), secret.New(p.code()))))
			return func() error {
				codes, err := h.ReadNewRecoveryCodes(h.Context(), caller)
				if err == nil && codes == nil {
					return errNothing
				}
				return err
			}
		},
	},
}

var errNothing = errors.New("there are none")

// ended lists the refusals of what has ended.
var ended = []refusal.Reason{
	access.Expired, access.Idle, refusal.UnknownTicket, refusal.NoEnrollment, refusal.WrongAccessCode,
}

// clockTest is one perishable on a server whose clock is wrong at times.
type clockTest struct {
	*testServer
	perishable
	use func() error
}

func (c clockTest) hasEnded(when string) {
	c.Helper()
	err := c.use()
	if !errors.Is(err, errNothing) && !slices.Contains(ended, refusal.ReasonOf(err)) {
		c.Errorf("%s it is still good: %v", when, err)
	}
}

func (c clockTest) isGood(when string) {
	c.Helper()
	if err := c.use(); err != nil {
		c.Errorf("%s it is not good: %v", when, err)
	}
}

// S-60: whatever a wrong clock did, nothing is good for longer than its life and the
// slack, what was once refused or swept stays refused, and no token or activation
// code is lost that a right clock would keep.
func TestAWrongClock(t *testing.T) {
	for name, history := range map[string]func(c clockTest, step time.Duration){
		"made on a clock that ran ahead": func(c clockTest, step time.Duration) {
			c.clock.Advance(step)
			c.use = c.issue(c.testServer)
			c.clock.Advance(-step)
			if step > clock.Slack {
				c.hasEnded("when the clock was set right,")
			}
			c.clock.Advance(c.life + clock.Slack)
			c.hasEnded("after its life,")
		},
		"made on a clock that ran ahead, and not used until then": func(c clockTest, step time.Duration) {
			c.clock.Advance(step)
			c.use = c.issue(c.testServer)
			c.clock.Advance(-step)
			c.runSteadily(untilBelieved)
			c.clock.Advance(max(step-untilBelieved, c.life+clock.Slack))
			c.hasEnded("after its life,")
		},
		"refused, and the clock is set back": func(c clockTest, step time.Duration) {
			c.use = c.issue(c.testServer)
			c.clock.Advance(c.life)
			c.hasEnded("after its life,")
			c.clock.Advance(-step)
			c.hasEnded("with the clock set back,")
		},
		"swept, and the clock is set back": func(c clockTest, step time.Duration) {
			c.use = c.issue(c.testServer)
			c.clock.Advance(c.life)
			c.check(c.Sweep(c.Context()))
			c.clock.Advance(-step)
			c.hasEnded("with the clock set back,")
		},
		"swept while the clock ran ahead": func(c clockTest, step time.Duration) {
			c.use = c.issue(c.testServer)
			c.clock.Advance(step)
			c.check(c.Sweep(c.Context()))
			c.check(c.Sweep(c.Context()))
			c.clock.Advance(-step)
			if c.durable {
				c.isGood("when the clock was set right,")
			}
			c.clock.Advance(c.life)
			c.hasEnded("after its life,")
		},
		"swept while the clock was behind": func(c clockTest, step time.Duration) {
			c.use = c.issue(c.testServer)
			c.clock.Advance(-step)
			c.check(c.Sweep(c.Context()))
			c.clock.Advance(step)
			if c.durable {
				c.isGood("when the clock was set right,")
			}
			c.clock.Advance(c.life)
			c.hasEnded("after its life,")
		},
	} {
		for kind, p := range perishables {
			for _, step := range clockSteps {
				t.Run(name+"/"+kind+"/"+step.String(), func(t *testing.T) {
					h := newServerWith(t, func(c *service.Config) { c.TwoFactor = p.mode })
					history(clockTest{testServer: h, perishable: p}, step)
				})
			}
		}
	}
}

// S-40: a session that was used on a clock that ran ahead has the usual idle limit
// from its next use on, or has ended.
func TestTheIdleLimitAfterAWrongClock(t *testing.T) {
	for _, step := range []time.Duration{50 * time.Minute, day, 29 * day} {
		t.Run(step.String(), func(t *testing.T) {
			h := newServerWith(t, func(c *service.Config) { c.Limits.SessionMax = 30 * day })
			session := h.signIn("alice", access.Order{})
			h.clock.Advance(time.Minute)
			h.callerOf(session)
			h.keepUsing(session, step)
			h.clock.Advance(-step)
			if step > clock.Slack {
				h.ended(session, access.Idle)
				return
			}
			h.callerOf(session)
			h.clock.Advance(15 * time.Minute)
			h.ended(session, access.Idle)
		})
	}
}

// keepUsing moves the clock ahead without a pause that ends the session.
func (h *testServer) keepUsing(session secret.Text, step time.Duration) {
	h.Helper()
	for ; step > 0; step -= 14 * time.Minute {
		h.clock.Advance(min(step, 14*time.Minute))
		h.callerOf(session)
	}
}
