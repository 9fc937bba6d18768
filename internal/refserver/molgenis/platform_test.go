package molgenis_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// start is the time at which each platform starts.
var start = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// world is the default fixture. The passwords are "NAME-2026".
const world = `
users:
  - {username: alice, password: alice-2026, email: alice@example.org, first: Alice, last: Liddell}
  - {username: bob, password: bob-2026, totp_secret: ` + bobSeed + `, recovery_codes: [aaaaa-bbbbb]}
  - {username: carol, password: carol-2026, disabled: true}
  - {username: dave, sso: true}
  - {username: admin, password: admin-2026, superuser: true}
tokens:
  - {user: alice, value: 0123456789abcdef0123456789abcdef, label: ci, expires: 30d}
  - {user: alice, value: scoped0000000000000000000000000a, label: scoped, expires: 30d, scope: {projects: {"*": VIEW}}}
`

const (
	bobSeed     = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	aliceToken  = "0123456789abcdef0123456789abcdef"
	scopedToken = "scoped0000000000000000000000000a"
	noToken     = "ffffffffffffffffffffffffffffffff"
)

// platform is a server without a listener, whose clock only the test moves.
type platform struct {
	testing.TB
	*testclock.Clock
	handler http.Handler
}

// option changes the configuration of a server.
type option func(*refserver.Config)

func newPlatform(t *testing.T, options ...option) *platform {
	t.Helper()
	t.Parallel()
	return platformOf(t, options...)
}

func platformOf(t testing.TB, options ...option) *platform {
	t.Helper()
	file, err := fixture.Parse([]byte(world))
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{TB: t, Clock: testclock.New(start)}
	config := refserver.Config{
		Type: refserver.TypeMOLGENIS, Fixture: &file, Now: p.Now,
		HashParams: passwordhash.Cheapest(),
		Log:        slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		WrapStore:  twice.Writes,
		Database:   teststore.Open(t),
	}
	for _, option := range options {
		option(&config)
	}
	server, err := refserver.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	p.handler = server.Handler()
	return p
}

// in returns the platform for a subtest, with the same clock.
func (p *platform) in(t testing.TB) *platform {
	return &platform{TB: t, Clock: p.Clock, handler: p.handler}
}

// request is one HTTP request in a test: METHOD TARGET, headers and a body.
type request struct {
	line   string
	header map[string]string
	body   string
}

// reply is a response.
type reply struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// send sends a request as a client on the same machine does. A body is JSON
// unless a header says otherwise.
func (p *platform) send(r request) reply {
	p.Helper()
	method, target, _ := strings.Cut(r.line, " ")
	sent := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, strings.NewReader(r.body))
	sent.RemoteAddr = "127.0.0.1:50000"
	if r.body != "" {
		sent.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	p.handler.ServeHTTP(recorder, sent)
	return reply{recorder, p.TB}
}

// with sends a request with a token in the platform's header.
func (p *platform) with(token, line, body string) reply {
	p.Helper()
	return p.send(request{line: line, header: map[string]string{"x-molgenis-token": token}, body: body})
}

// form sends a form as a browser or R's httr does.
func (p *platform) form(line, fields string, header map[string]string) reply {
	p.Helper()
	all := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for name, value := range header {
		all[name] = value
	}
	return p.send(request{line: line, header: all, body: fields})
}

// signIn returns the token of a login.
func (p *platform) signIn(name string) string {
	p.Helper()
	answer := p.send(request{line: "POST /api/v1/login", body: `{"username":"` + name + `","password":"` + name + `-2026"}`})
	var got struct{ Token string }
	answer.is(http.StatusOK).into(&got)
	return got.Token
}

// is ends the test unless the response has the status.
func (r reply) is(status int) reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("status %d, want %d: %s", r.Code, status, r.Body)
	}
	return r
}

// into decodes a JSON response.
func (r reply) into(value any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body.Bytes(), value); err != nil {
		r.t.Fatalf("%s: %v", r.Body, err)
	}
}

// refused ends the test unless the response is an error in the platform's shape
// with the status, and with the text in its first message.
func (r reply) refused(status int, text string) {
	r.t.Helper()
	r.is(status)
	var got wire.ErrorResponse
	r.into(&got)
	if len(got.Errors) == 0 || !strings.Contains(got.Errors[0].Message, text) {
		r.t.Errorf("the error %s lacks %q", r.Body, text)
	}
	if got := r.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		r.t.Errorf("the content type of an error is %q", got)
	}
}
