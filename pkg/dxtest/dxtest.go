package dxtest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/clientenv"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Server is a running platform. Its methods may be called by several goroutines
// at once, but those that can end the test only by the test's own.
type Server struct {
	URL string // base URL of both the API server and the auth server: http://127.0.0.1:PORT

	t        testing.TB
	fixture  fixture.File
	platform *refserver.Server
	web      *httptest.Server
	folder   string // private, with the folders of Env
	clock    clock
	faults   faults
	record   record
}

// New starts a platform that the options describe; without any it is empty. It
// ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	plan, err := newPlan(options)
	if err != nil {
		t.Fatalf("dxtest: %v", err)
	}
	s := &Server{t: t, fixture: plan.fixture, folder: t.TempDir()}
	if err := s.start(t.Context(), plan); err != nil {
		t.Fatalf("dxtest: %v", err)
	}
	t.Cleanup(s.close)
	return s
}

// start opens the platform and a listener. An error leaves nothing open.
func (s *Server) start(ctx context.Context, plan plan) error {
	for _, folder := range clientenv.Folders() {
		if err := os.Mkdir(filepath.Join(s.folder, folder), 0o700); err != nil {
			return err
		}
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.platform, err = refserver.Open(ctx, refserver.Config{
		URL:         "http://" + listener.Addr().String(),
		Fixture:     &plan.fixture,
		IdleTimeout: plan.idle,
		SessionMax:  plan.longest,
		TwoFactor:   identity.FactorMode(plan.twoFactor),
		HashParams:  passwordhash.Cheapest(),
		Now:         s.clock.now,
		Log:         slog.New(slog.NewTextHandler(s.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.web = &httptest.Server{Listener: listener, Config: &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: time.Minute,
	}}
	s.web.Start()
	s.URL = s.web.URL
	return nil
}

func (s *Server) close() {
	s.web.Close()
	if err := s.platform.Close(); err != nil {
		s.t.Errorf("dxtest: close: %v", err)
	}
}

// serve records a request, then answers it or lets it fail.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	noted := s.note(w, r)
	if fault, found := s.faults.take(r.URL.Path); found && fault.spoil(s.t.Context(), noted, r) {
		return
	}
	s.platform.Handler().ServeHTTP(noted, r)
}

// Client returns a client with a token; the zero one makes it anonymous.
func (s *Server) Client(token secret.Text) *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{
		APIServer: s.URL, AuthServer: s.URL, UserAgent: "dxtest", Token: token, HTTP: s.web.Client(),
	})
}

// SignIn returns the token of a new session, or ends the test. For a user with
// two-factor authentication it sends the [Server.Code]. The sign-in is a request
// like any other: it can fail by a [Fault], and is in [Server.Requests].
func (s *Server) SignIn(user, password string) secret.Text {
	s.t.Helper()
	request := dnanexus.NewAuthTokenRequest{Username: user, Password: secret.New(password).OnWire()}
	if s.hasTOTP(user) {
		code := secret.New(s.Code(user)).OnWire()
		request.OTP = &code
	}
	answer, err := s.Client(secret.Text{}).NewAuthToken(s.t.Context(), request)
	if err != nil {
		s.t.Fatalf("dxtest: sign %q in: %v", user, err)
	}
	return answer.AccessToken.Text()
}

// Code returns the six digits that the authenticator app of a user shows at
// [Server.Now]. A code is valid for one sign-in; for the next one, advance the
// clock by 30 seconds. It knows the users of [UserWithTOTP]; for one who turned
// two-factor authentication on meanwhile, see [Server.CodeOf].
func (s *Server) Code(user string) string {
	s.t.Helper()
	if !s.hasTOTP(user) {
		s.t.Fatalf("dxtest: no user %q with two-factor authentication", user)
	}
	return s.CodeOf(s.user(user).TOTPSecret.Reveal())
}

// CodeOf is Code by the secret, in base32, that an enrollment gave.
func (s *Server) CodeOf(seed string) string {
	s.t.Helper()
	decoded, err := identity.DecodeSeed(seed)
	if err != nil {
		s.t.Fatalf("dxtest: %v", err)
	}
	return identity.TOTP(decoded, s.Now().Unix()/30)
}

func (s *Server) hasTOTP(user string) bool { return !s.user(user).TOTPSecret.IsZero() }

// user finds a user of the options, whatever the case of the name; the zero
// value means that there is none.
func (s *Server) user(name string) fixture.User {
	for _, user := range s.fixture.Users {
		if strings.EqualFold(user.Username, name) {
			return user
		}
	}
	return fixture.User{}
}

// ProjectID returns the ID of the project of the options that has the name. The
// n-th project of a server, if it has no ID in a fixture, always gets the ID
// "project-" and n in 24 digits.
func (s *Server) ProjectID(name string) string {
	s.t.Helper()
	var ids []string
	for _, project := range s.fixture.Projects {
		if project.Name == name {
			ids = append(ids, project.ID)
		}
	}
	if len(ids) != 1 {
		s.t.Fatalf("dxtest: there are %d projects %q, not one", len(ids), name)
	}
	return ids[0]
}

// Now returns the time of the server: the real one plus all that it was advanced.
func (s *Server) Now() time.Time { return s.clock.now() }

// Advance lets d pass at the server, at once: sessions and tokens end, waits
// after wrong passwords are over. The clock continues from there. A
// program under test keeps its own time, so a session may end at the server
// before the program would say so, and an authenticator app is late: use
// [Server.Code] instead. A negative d ends the test, for no clock goes back.
func (s *Server) Advance(d time.Duration) {
	s.t.Helper()
	if d < 0 {
		s.t.Fatalf("dxtest: advance the clock by %v: it can't go back", d)
	}
	s.clock.ahead.Add(int64(d))
}

// clock is the real one, and so much ahead of it.
type clock struct{ ahead atomic.Int64 } // ns

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }
