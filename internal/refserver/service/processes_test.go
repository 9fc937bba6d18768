package service_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// processes are services that share a store and nothing else.
func (h *house) processes(count int) []*service.Service {
	list := make([]*service.Service, count)
	for i := range list {
		list[i] = service.New(h.config)
	}
	return list
}

// outcome is what came of many sign-ins.
type outcome struct{ succeeded, refused, throttled int }

// atOnce signs alice in many times at once, by turns over the processes.
func (h *house) atOnce(processes []*service.Service, count int, password string, address func(i int) string) outcome {
	h.Helper()
	var all sync.WaitGroup
	var mutex sync.Mutex
	var came outcome
	for i := range count {
		all.Go(func() {
			attempt := identity.Attempt{Username: "alice", Password: secret.New(password)}
			origin := service.Origin{Address: netip.MustParseAddr(address(i))}
			_, err := processes[i%len(processes)].SignIn(h.Context(), attempt, access.Order{}, origin)
			wait, _ := refusal.DetailsOf[refusal.Wait](err)
			mutex.Lock()
			defer mutex.Unlock()
			switch {
			case err == nil:
				came.succeeded++
			case errors.Is(err, identity.ErrWrongCredentials):
				came.refused++
			case refusal.CodeOf(err) == refusal.Throttled:
				came.throttled++
				if password == right && wait.For > time.Second {
					h.Errorf("a right password has to wait %v", wait.For)
				}
			default:
				h.Error(err)
			}
		})
	}
	all.Wait()
	return came
}

const right, wrong = password, "looking-glass-2026"

func fromHome(int) string { return home.Address.String() }

func fromEverywhere(i int) string { return fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250) }

// Two processes take right passwords by turns each, so no more than two are
// counted in advance at a time: all get in, and nothing of it stays counted.
func TestRightPasswordsAtSeveralProcesses(t *testing.T) {
	for name, address := range map[string]func(int) string{"from one network": fromHome, "from many": fromEverywhere} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			processes := h.processes(2)
			if name == "from many" {
				for i := range 40 { // an account that was used from there before
					h.atOnce(processes, 1, right, func(int) string { return fromEverywhere(i) })
				}
			}
			if came := h.atOnce(processes, 40, right, address); came != (outcome{succeeded: 40}) {
				t.Errorf("of 40 right passwords: %+v", came)
			}
			if came := h.atOnce(processes, 40, wrong, fromHome); came.refused != 5 || came.throttled != 35 {
				t.Errorf("of 40 wrong ones then: %+v", came)
			}
		})
	}
}

// With more processes than an account has free guesses, some of the right
// passwords at once have to wait for a second at most, and the account is never
// locked. Only beyond 50 processes could the budget of the network be used up.
func TestRightPasswordsAtManyProcesses(t *testing.T) {
	const count = 120
	h := newHouse(t)
	processes := h.processes(50)
	for range 3 {
		came := h.atOnce(processes, count, right, fromHome)
		if came.succeeded == 0 || came.succeeded+came.throttled != count {
			t.Errorf("of %d right passwords: %+v", count, came)
		}
		h.clock.Advance(time.Second)
		if came := h.atOnce(processes, 1, right, fromHome); came != (outcome{succeeded: 1}) {
			t.Errorf("a second later: %+v", came)
		}
	}
	if came := h.atOnce(processes, 1, right, fromEverywhere); came != (outcome{succeeded: 1}) {
		t.Errorf("from another network: %+v", came)
	}
	if came := h.atOnce(processes, 30, wrong, fromHome); came != (outcome{refused: 5, throttled: 25}) {
		t.Errorf("of wrong ones then: %+v", came)
	}
}

// What bounds the guesses is counted in the store: processes that do not know of
// each other look at no more of them.
func TestWrongPasswordsAtSeveralProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		processes int
		address   func(int) string
		want      outcome
	}{
		"two, from one network":        {2, fromHome, outcome{refused: 5, throttled: 115}},
		"two, from many":               {2, fromEverywhere, outcome{refused: 50, throttled: 70}},
		"one each, from one network":   {120, fromHome, outcome{refused: 5, throttled: 115}},
		"one each, from many networks": {120, fromEverywhere, outcome{refused: 50, throttled: 70}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if came := h.atOnce(h.processes(c.processes), 120, wrong, c.address); came != c.want {
				t.Errorf("got %+v, want %+v", came, c.want)
			}
		})
	}
}
