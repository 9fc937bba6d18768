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

// processes returns services that share a store and nothing else.
func (h *testServer) processes(count int) []*service.Service {
	list := make([]*service.Service, count)
	for i := range list {
		list[i] = service.New(h.config)
	}
	return list
}

// outcome counts the results of sign-ins.
type outcome struct{ succeeded, refused, throttled int }

// atOnce runs many sign-ins of alice at once, spread over the processes.
func (h *testServer) atOnce(processes []*service.Service, count int, password string, address func(i int) string) outcome {
	h.Helper()
	var all sync.WaitGroup
	var mutex sync.Mutex
	var got outcome
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
				got.succeeded++
			case errors.Is(err, identity.ErrWrongCredentials):
				got.refused++
			case refusal.CodeOf(err) == refusal.Throttled:
				got.throttled++
				if password == right && wait.For > time.Second {
					h.Errorf("a right password has to wait %v", wait.For)
				}
			default:
				h.Error(err)
			}
		})
	}
	all.Wait()
	return got
}

const right, wrong = password, "looking-glass-2026"

func fromHome(int) string { return home.Address.String() }

func fromEverywhere(i int) string { return fmt.Sprintf("198.51.%d.%d", i/250, 1+i%250) }

// Each of two processes checks one password of an account at a time, so no more
// than two are counted in advance: all sign-ins succeed, and no count remains.
func TestRightPasswordsAtSeveralProcesses(t *testing.T) {
	for name, address := range map[string]func(int) string{"from one network": fromHome, "from many": fromEverywhere} {
		t.Run(name, func(t *testing.T) {
			h := newTestServer(t)
			processes := h.processes(2)
			if name == "from many" {
				for i := range 40 { // the account was used from these networks before
					h.atOnce(processes, 1, right, func(int) string { return fromEverywhere(i) })
				}
			}
			if got := h.atOnce(processes, 40, right, address); got != (outcome{succeeded: 40}) {
				t.Errorf("of 40 right passwords: %+v", got)
			}
			if got := h.atOnce(processes, 40, wrong, fromHome); got.refused != 5 || got.throttled != 35 {
				t.Errorf("of 40 wrong ones then: %+v", got)
			}
		})
	}
}

// With more processes than an account has free attempts, some of the right
// passwords at once have to wait for a second at most, and the account is never
// locked. Only more than 50 processes could use up the attempts of the network.
func TestRightPasswordsAtManyProcesses(t *testing.T) {
	const count = 120
	h := newTestServer(t)
	processes := h.processes(50)
	for range 3 {
		got := h.atOnce(processes, count, right, fromHome)
		if got.succeeded == 0 || got.succeeded+got.throttled != count {
			t.Errorf("of %d right passwords: %+v", count, got)
		}
		h.clock.Advance(time.Second)
		if got := h.atOnce(processes, 1, right, fromHome); got != (outcome{succeeded: 1}) {
			t.Errorf("a second later: %+v", got)
		}
	}
	if got := h.atOnce(processes, 1, right, fromEverywhere); got != (outcome{succeeded: 1}) {
		t.Errorf("from another network: %+v", got)
	}
	if got := h.atOnce(processes, 30, wrong, fromHome); got != (outcome{refused: 5, throttled: 25}) {
		t.Errorf("of wrong ones then: %+v", got)
	}
}

// Guesses are counted in the store, so several processes check no more of them
// than one.
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
			h := newTestServer(t)
			if got := h.atOnce(h.processes(c.processes), 120, wrong, c.address); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
