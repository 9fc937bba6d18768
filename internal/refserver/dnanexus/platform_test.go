package dnanexus_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The tokens of testdata/platform.yaml.
const (
	aliceFull = "AliceFull00000000000000000000001"
	aliceRead = "AliceRead00000000000000000000002" // VIEW on the project exome alone
	carolFull = "CarolFull00000000000000000000003"
	expired   = "expiredToken"
)

// The projects of testdata/platform.yaml.
const (
	exome    = "project-Exome0000000000000000001" // alice administers, bob views
	rare     = "project-Rare00000000000000000002" // alice contributes
	viewOnly = "project-View00000000000000000003" // alice views, through her org
	patients = "project-Carol0000000000000000004" // carol's, with PHI
	public   = "project-0000000000000000000000pb"
)

// start is the time at which the clock of every test starts.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// platform is a server behind a real TCP listener.
type platform struct {
	*testclock.Clock
	t       *testing.T
	address string
	server  *refserver.Server
}

// invite returns a code for the first administrator of an empty server.
func (p *platform) invite() string {
	p.t.Helper()
	invitation, needed, err := p.server.Invite(p.t.Context())
	if err != nil || !needed {
		p.t.Fatalf("no code: %v, %v", needed, err)
	}
	return invitation.Code.Reveal()
}

// newPlatform starts a server with testdata/platform.yaml.
func newPlatform(t *testing.T) *platform {
	t.Helper()
	file, err := fixture.Open(t.Context(), "testdata/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return newPlatformWith(t, file)
}

// newPlatformWith starts a server with a fixture, and lets the test run in parallel.
func newPlatformWith(t *testing.T, file fixture.File) *platform {
	t.Helper()
	return newPlatformOf(t, refserver.Config{Fixture: &file})
}

// newPlatformOf starts a server and completes its configuration for these tests.
func newPlatformOf(t *testing.T, config refserver.Config) *platform {
	t.Helper()
	t.Parallel()
	p := &platform{t: t, Clock: testclock.New(start())}
	config.Now, config.HashParams = p.Now, passwordhash.Cheapest()
	config.WrapStore, config.Database = twice.Writes, teststore.Open(t)
	server, err := refserver.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.address, p.server = listener.Addr().String(), server
	served := make(chan error, 1)
	go func() { served <- server.Serve(t.Context(), listener) }()
	t.Cleanup(func() { // t.Context is canceled before cleanups run
		if err := <-served; err != nil {
			t.Errorf("serving: %v", err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// in returns the same platform for a subtest.
func (p *platform) in(t *testing.T) *platform {
	return &platform{Clock: p.Clock, t: t, address: p.address, server: p.server}
}

// wonderland is alice's password.
func wonderland() secret.Text { return secret.New("wonderland-2026") }

// answer is a complete response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// raw writes a request to a new connection and reads the response. It checks what
// every response must have.
func (p *platform) raw(request string) answer {
	p.t.Helper()
	return p.onOneConnection(request)[0]
}

// onOneConnection sends the requests one after another on one connection.
func (p *platform) onOneConnection(requests ...string) []answer {
	p.t.Helper()
	connection, err := net.Dial("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	defer connection.Close()
	var answers []answer
	for _, request := range requests {
		if _, err := io.WriteString(connection, request); err != nil {
			p.t.Fatal(err)
		}
		answers = append(answers, p.readFrom(connection))
	}
	return answers
}

// readFrom reads one response, which nothing may follow.
func (p *platform) readFrom(connection io.Reader) answer {
	p.t.Helper()
	buffer := bufio.NewReader(connection)
	response, err := http.ReadResponse(buffer, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatalf("Content-Length is wrong: %v", err)
	}
	if n := buffer.Buffered(); n > 0 {
		p.t.Errorf("%d bytes after the response", n)
	}
	a := answer{response.StatusCode, response.Header, body}
	a.checkHeaders(p.t)
	return a
}

var requestID = regexp.MustCompile(`^\d{13}-\d{1,6}$`)

func (a answer) checkHeaders(t *testing.T) {
	t.Helper()
	if got := a.header.Get("X-Request-ID"); !requestID.MatchString(got) {
		t.Errorf("X-Request-ID is %q", got)
	}
	if got := a.header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options is %q", got)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if a.status == http.StatusNoContent {
		return
	}
	if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	if got, want := a.header.Get("Content-Length"), fmt.Sprint(len(a.body)); got != want {
		t.Errorf("Content-Length is %q for a body of %s bytes", got, want)
	}
}

// client is a client program, with the headers that it sends.
type client struct{ userAgent, acceptEncoding, contentType string }

// dx is the Python client with the User-Agent of a command.
func dx(command string) client {
	return client{
		userAgent:      "dxpy/0.413.0 (Linux-6.1.0-x86_64-with-glibc2.36) Python/3.11.2 dx-" + command,
		acceptEncoding: "identity", contentType: "application/json",
	}
}

func dxda() client { return client{"dxda/v0.6.3 (linux)", "gzip", "application/json"} }

func dxfuse() client { return client{"dxfuse/v1.6.1 (linux)", "gzip", "application/json"} }

// request returns the bytes of a POST, with an Authorization header unless it is
// empty. No client sends Accept.
func (c client) request(p *platform, path, authorization, body string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: %s\r\n", path, p.address, c.acceptEncoding)
	fmt.Fprintf(&b, "Content-Length: %d\r\nUser-Agent: %s\r\n", len(body), c.userAgent)
	if authorization != "" {
		fmt.Fprintf(&b, "Authorization: %s\r\n", authorization)
	}
	fmt.Fprintf(&b, "DNAnexus-API: 1.0.0\r\nContent-Type: %s\r\n\r\n%s", c.contentType, body)
	return b.String()
}

// post calls a route as dx does, with a token or none.
func (p *platform) post(path, token, body string) answer {
	p.t.Helper()
	authorization := ""
	if token != "" {
		authorization = "Bearer " + token
	}
	return p.raw(dx("test").request(p, path, authorization, body))
}

// text returns the string at a key of a JSON response.
func (a answer) text(t *testing.T, key string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	value, isText := object[key].(string)
	if !isText {
		t.Fatalf("%s has no string %q", a.body, key)
	}
	return value
}

// login signs in with a password and returns the token of the session.
func (p *platform) login(username, password string) string {
	p.t.Helper()
	a := p.post("/system/newAuthToken", "", fmt.Sprintf(`{"username": %q, "password": %q, "otp": null}`, username, password))
	a.expect(p.t, 200, `{"token_type": "bearer"}`)
	return a.text(p.t, "access_token")
}

// expect checks the status, and that the body matches want; see differences.
func (a answer) expect(t *testing.T, status int, want string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	for _, difference := range differences(t, []byte(want), a.body) {
		t.Errorf("%s\nthe answer: %d %s", difference, a.status, a.body)
	}
}

// isExactly checks that a response has the wanted keys and no others.
func (a answer) isExactly(t *testing.T, want string) {
	t.Helper()
	a.expect(t, 200, want)
	var got, wanted map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(a.body, &got), json.Unmarshal([]byte(want), &wanted)); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(wanted) {
		t.Errorf("the response has other keys, too: %s", a.body)
	}
}

// refuses checks the error envelope: it has only the three known keys, and the body
// nothing else.
func (a answer) refuses(t *testing.T, status int, errorType, message string) {
	t.Helper()
	var envelope struct {
		Error struct {
			Type    string          `json:"type"`
			Message string          `json:"message"`
			Details json.RawMessage `json:"details"`
		} `json:"error"`
	}
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&envelope); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	if got := envelope.Error; a.status != status || got.Type != errorType || got.Message != message {
		t.Errorf("%d %s: %s\nwant %d %s: %s", a.status, got.Type, got.Message, status, errorType, message)
	}
	if a.status == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), `Bearer realm="dnanexus"`) {
		t.Errorf("a 401 with WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
	}
}

// found is a page of projects.
type found struct{ wire.FindProjectsResponse }

func (p *platform) findProjects(token, body string) found {
	p.t.Helper()
	a := p.post("/system/findProjects", token, body)
	var page found
	if err := json.Unmarshal(a.body, &page); err != nil || a.status != http.StatusOK {
		p.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return page
}

func (f found) names(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, project := range f.Results {
		var described wire.ProjectDescription
		if err := json.Unmarshal(project.Describe, &described); err != nil {
			t.Fatal(err)
		}
		names = append(names, described.Name)
	}
	return names
}
