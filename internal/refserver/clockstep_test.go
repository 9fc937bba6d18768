package refserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

const day = 24 * time.Hour

// A clockServer is a whole server that clients use by HTTP, and whose clock jumps.
type clockServer struct {
	*testing.T
	server *Server
	clock  *testclock.Clock
	url    string
}

func newClockServer(t *testing.T) clockServer {
	t.Helper()
	file, err := fixture.Parse([]byte(`users: [{username: alice, password: wonderland-2026}, {username: root, password: platform-2026, superuser: true}]`))
	if err != nil {
		t.Fatal(err)
	}
	clock := testclock.New(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	server, err := Open(t.Context(), Config{
		Fixture: &file, Now: clock.Now, Protocols: Protocols(), HashParams: identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1},
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
	for _, sweep := range s.server.sweeps {
		if err := sweep(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
}

func (s clockServer) as(token secret.Text) *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{APIServer: s.url, AuthServer: s.url, Token: token})
}

func (s clockServer) signIn(user, password string) secret.Text {
	s.Helper()
	made, err := s.as(secret.Text{}).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{Username: user, Password: secret.New(password).OnWire()})
	if err != nil {
		s.Fatal(err)
	}
	return made.AccessToken.Text()
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

// A credential is something that a client holds and that ends with time.
type credential struct {
	life  time.Duration
	keeps bool // must not be lost while the clock is wrong
	issue func(s clockServer) (works func() bool)
}

func credentials() map[string]credential {
	return map[string]credential{
		"session": {
			life:  15 * time.Minute,
			issue: func(s clockServer) func() bool { return s.works(s.signIn("alice", "wonderland-2026")) },
		},
		"token of a session": {
			life: 15 * time.Minute,
			issue: func(s clockServer) func() bool {
				session := s.signIn("alice", "wonderland-2026")
				made, err := s.as(session).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{
					Expires: s.clock.Now().Add(10 * time.Minute).UnixMilli(), Scope: &dnanexus.Scope{Projects: map[string]dnanexus.Level{"*": dnanexus.LevelView}},
				})
				if err != nil {
					s.Fatal(err)
				}
				return s.works(made.AccessToken.Text())
			},
		},
		"API token": {
			life: 30 * day, keeps: true,
			issue: func(s clockServer) func() bool {
				made, err := s.as(s.signIn("alice", "wonderland-2026")).NewAuthToken(s.Context(), dnanexus.NewAuthTokenRequest{
					Label: "ci", Expires: s.clock.Now().Add(30 * day).UnixMilli(),
				})
				if err != nil {
					s.Fatal(err)
				}
				return s.works(made.AccessToken.Text())
			},
		},
		"session of MOLGENIS": {
			life: 15 * time.Minute,
			issue: func(s clockServer) func() bool {
				token := s.signIn("alice", "wonderland-2026")
				return func() bool {
					request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.url+"/api/v2/sys_sec_Token", strings.NewReader(""))
					if err != nil {
						s.Fatal(err)
					}
					request.Header.Set(molgenis.CredentialToken, token.Reveal())
					response, err := http.DefaultClient.Do(request)
					if err != nil {
						s.Fatal(err)
					}
					response.Body.Close()
					return response.StatusCode == http.StatusOK
				}
			},
		},
		"activation code": {
			life: identity.ActivationLifetime, keeps: true,
			issue: func(s clockServer) func() bool {
				made, err := s.as(s.signIn("root", "platform-2026")).NewUser(s.Context(), dnanexus.NewUserRequest{
					Username: "carol", Email: "carol@example.org", First: "Carol",
				})
				if err != nil {
					s.Fatal(err)
				}
				return func() bool {
					_, err := s.as(secret.Text{}).ActivateUser(s.Context(), dnanexus.ActivateUserRequest{
						Code: made.ActivationCode, Password: secret.New("spin the wheel 77").OnWire(),
					})
					return err == nil
				}
			},
		},
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
