package refserver_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const day = 24 * time.Hour

// A clockServer is a whole server that clients use by HTTP, and whose clock jumps.
type clockServer struct {
	*testing.T
	server *refserver.Server
	clock  *testclock.Clock
	url    string
}

func newClockServer(t *testing.T) clockServer {
	t.Helper()
	file, err := fixture.Parse([]byte(`users: [{username: alice, password: alice-pass-2026, email: alice@example.org}, {username: root, password: root-pass-2026, superuser: true}]`))
	if err != nil {
		t.Fatal(err)
	}
	clock := testclock.New(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	server, err := refserver.Open(t.Context(), refserver.Config{
		Fixture: &file, Now: clock.Now, Protocols: refserver.Protocols(), HashParams: passwordhash.Cheapest(),
	})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		listening.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return clockServer{t, server, clock, listening.URL}
}

// sweep does what Serve does every minute.
func (s clockServer) sweep() {
	s.Helper()
	if err := s.server.SweepOnce(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func (s clockServer) as(token secret.Text) *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{APIServer: s.url, AuthServer: s.url, Token: token})
}

func (s clockServer) signIn(user string) secret.Text {
	s.Helper()
	made, err := s.as(secret.Text{}).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{
		Username: user, Password: secret.New(testpages.Password(user)).OnWire(),
	})
	if err != nil {
		s.Fatal(err)
	}
	return made.AccessToken.Text()
}

// pages returns the server as browsers see it.
func (s clockServer) pages() *testpages.Server {
	return &testpages.Server{TB: s.T, Clock: s.clock, Server: s.server}
}

// works returns a function that uses a token.
func (s clockServer) works(token secret.Text) func() bool {
	return func() bool {
		_, err := s.as(token).WhoAmI(s.Context(), dnanexus.WhoAmIRequest{})
		if err != nil && !dnanexus.IsType(err, dnanexus.TypeInvalidAuthentication) {
			s.Errorf("whoami: %v", err)
		}
		return err == nil
	}
}

// S-60: over HTTP and with all that a server sweeps, a credential is never good for longer than its life and
// an hour, what was refused or swept stays refused, and what must be kept is kept, whether the clock
// jumps when it is made, used, refused or swept, forward or back.
func TestClockSteps(t *testing.T) {
	histories := map[string]func(s clockServer, c credential, step time.Duration){
		"made": func(s clockServer, c credential, step time.Duration) {
			s.clock.Advance(step)
			works := c.issue(s)
			s.clock.Advance(-step)
			if step > clock.Slack && works() {
				s.Error("it works although it was made in the future")
			}
			s.clock.Advance(c.life + clock.Slack + max(-step, 0))
			if works() {
				s.Error("it works after its life")
			}
		},
		"used": func(s clockServer, c credential, step time.Duration) {
			works := c.issue(s)
			s.clock.Advance(step)
			good := works()
			s.clock.Advance(-step)
			if !good && works() {
				s.Error("it works after it was refused")
			}
			s.clock.Advance(max(step, 0) + c.life + clock.Slack)
			if works() {
				s.Error("it works after its life")
			}
		},
		"refused": func(s clockServer, c credential, step time.Duration) {
			works := c.issue(s)
			s.clock.Advance(c.life + clock.Slack)
			if works() {
				s.Error("it works after its life")
			}
			s.clock.Advance(step)
			if works() {
				s.Error("it works after it was refused")
			}
		},
		"swept": func(s clockServer, c credential, step time.Duration) {
			works := c.issue(s)
			s.clock.Advance(step)
			s.sweep()
			s.clock.Advance(-step)
			s.sweep()
			if c.keeps && !works() {
				s.Error("it is lost")
			}
			s.clock.Advance(c.life + clock.Slack)
			if works() {
				s.Error("it works after its life")
			}
		},
	}
	for when, history := range histories {
		for kind, c := range credentials() {
			for _, step := range []time.Duration{50 * time.Minute, day, 365 * day} {
				for _, signed := range []time.Duration{step, -step} {
					t.Run(fmt.Sprintf("%s when it is %s/%s", signed, when, kind), func(t *testing.T) {
						t.Parallel()
						history(newClockServer(t), c, signed)
					})
				}
			}
		}
	}
}
