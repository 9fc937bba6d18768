package refserver

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	password = "wonderland-2026"
	token    = "0123456789abcdefghijABCDEFGHIJ01"
	project  = "project-Exome0000000000000000001"
)

// alice returns a fixture with one user, who has a project and a token.
func alice() *fixture.File {
	return &fixture.File{
		Users:    []fixture.User{{Username: "alice", Password: secret.New(password)}},
		Projects: []fixture.Project{{ID: project, Name: "Exome", CreatedBy: "alice", Permissions: map[string]string{"alice": "ADMINISTER"}}},
		Tokens:   []fixture.Token{{User: "alice", Value: secret.New(token)}},
	}
}

// open opens a server with the fixture alice and cheap hashes.
func open(t *testing.T, c Config) *Server {
	t.Helper()
	if c.StoreFile == "" {
		c.Database = teststore.Open(t)
	}
	return openOwn(t, c)
}

// openOwn is open with a store of the server's own, in memory if it has no file: one that
// waits for nothing outside of a bubble of package synctest.
func openOwn(t *testing.T, c Config) *Server {
	t.Helper()
	c.Fixture = alice()
	c.WrapStore = twice.Writes
	c.HashParams = passwordhash.Cheapest()
	server, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// ask handles a request without a listener. The host is an IP address.
func (s *Server) ask(method, target, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://127.0.0.1:8080/", strings.NewReader(body))
	request.URL.Path, request.URL.RawQuery, _ = strings.Cut(target, "?")
	request.Header.Set("Authorization", "Bearer "+token)
	return s.answer(request)
}

func (s *Server) answer(request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder
}

// errorType returns the type in an error envelope, or "".
func errorType(answer *httptest.ResponseRecorder) string {
	var envelope struct {
		Error struct {
			Type string `json:"type"`
		} `json:"error"`
	}
	if json.Unmarshal(answer.Body.Bytes(), &envelope) != nil {
		return ""
	}
	return envelope.Error.Type
}

// protocolsOf returns the handlers of a server, as newProtocols does.
func protocolsOf(t testing.TB, server *Server, c Config) protocols {
	t.Helper()
	c.key = server.store.key
	p, err := newProtocols(server.service, c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Each path of the table is handled by its owner: with any method, the response has the
// form of its protocol. No pattern is in the table twice.
func TestPaths(t *testing.T) {
	server := open(t, Config{})
	seen := map[string]bool{}
	config := Config{}.withDefaults()
	for _, path := range paths(server.service, config, protocolsOf(t, server, config), noRisks) {
		if seen[path.Pattern] {
			t.Errorf("%s: two owners", path.Pattern)
		}
		seen[path.Pattern] = true
		example := strings.ReplaceAll(strings.ReplaceAll(path.Pattern, "...", "some-route"), "*", "some-schema")
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "BREW"} {
			answer := server.ask(method, example, "{}")
			owner := ownerBy(answer)
			if owner == "molgenis" && path.Owner == "emx2" || owner == ownerConsole && (path.Owner == ownerOAuth || path.Owner == ownerSSO) {
				continue // its errors, or its pages, look the same
			}
			if owner != path.Owner && (owner != "dnanexus" || path.line().matches(method, strings.Split(example, "/"))) {
				t.Errorf("%s %s is answered by %s: %d %s", method, example, owner, answer.Code, answer.Body)
			}
		}
	}
}

// ownerBy returns the owner that a response comes from, by its form.
func ownerBy(answer *httptest.ResponseRecorder) string {
	switch body := answer.Body.String(); {
	case errorType(answer) == "ResourceNotFound" && answer.Code == http.StatusNotFound:
		return "dnanexus"
	case strings.HasPrefix(body, `{"errors":[{"message":`) && answer.Code >= http.StatusBadRequest:
		return "molgenis"
	case strings.HasPrefix(body, `{"error":"`) && answer.Code >= http.StatusBadRequest, strings.HasPrefix(body, `{"issuer":"`):
		return "oauth"
	case strings.Contains(body, "/console/style.css"), strings.HasPrefix(answer.Header().Get("Location"), "/console/"), strings.HasPrefix(answer.Header().Get("Content-Type"), "text/css"), strings.HasPrefix(answer.Header().Get("Content-Type"), "text/javascript"), body == `{"left":0,"warn":0}`:
		return "console"
	case answer.Code == http.StatusOK:
		return "server"
	default:
		return "nobody"
	}
}

// A path matches a pattern part by part.
func TestCovers(t *testing.T) {
	for pattern, c := range map[string]struct{ yes, no []string }{
		"/healthz":            {[]string{"/healthz"}, []string{"/healthz/", "/health", "/healthz/x", "/"}},
		"/api/...":            {[]string{"/api", "/api/", "/api/v1/login/"}, []string{"/apis", "/", "/x/api"}},
		"/*/graphql":          {[]string{"/pet/graphql"}, []string{"/graphql", "/a/b/graphql", "/pet/graphql/"}},
		"/apps/*/graphql/...": {[]string{"/apps/x/graphql", "/apps/x/graphql/"}, []string{"/apps/graphql"}},
		"/...":                {[]string{"", "/", "/x", "/x/y/"}, nil},
	} {
		for _, path := range c.yes {
			if !covers(strings.Split(pattern, "/"), strings.Split(path, "/")) {
				t.Errorf("%s does not cover %s", pattern, path)
			}
		}
		for _, path := range c.no {
			if covers(strings.Split(pattern, "/"), strings.Split(path, "/")) {
				t.Errorf("%s covers %s", pattern, path)
			}
		}
	}
}

// A server reports its type of platform, and speaks the protocols of all.
func TestTypes(t *testing.T) {
	for _, name := range Types() {
		server := open(t, Config{Type: name})
		if answer := server.ask("GET", "/.well-known/dxauth", ""); !strings.HasPrefix(answer.Body.String(), `{"type":"`+name+`","versions":["`) {
			t.Errorf("%s: %s", name, answer.Body)
		}
		if answer := server.ask("POST", "/system/whoami", "{}"); answer.Code != http.StatusOK {
			t.Errorf("%s: DNAnexus: %d %s", name, answer.Code, answer.Body)
		}
		if answer := server.ask("POST", "/api/graphql", `{"query": "{_manifest{SpecificationVersion}}"}`); answer.Code != http.StatusOK {
			t.Errorf("%s: EMX2: %d %s", name, answer.Code, answer.Body)
		}
		if answer := server.ask("GET", "/", ""); (answer.Code == http.StatusOK) != (name != TypeDNAnexus) {
			t.Errorf("%s: the root: %d %s", name, answer.Code, answer.Body)
		}
		if answer := server.ask("GET", "/api/v2/version", ""); answer.Code != http.StatusOK {
			t.Errorf("%s: MOLGENIS: %d %s", name, answer.Code, answer.Body)
		}
	}
}

func TestDiscoveryAndHealth(t *testing.T) {
	server := open(t, Config{})
	tests := []struct{ path, contentType, body string }{
		{"/.well-known/dxauth", "application/json; charset=utf-8", `{"type":"dnanexus","versions":["1.0.0"],"capabilities":["idle-timeout","sessions","tokens","two-factor","accounts","browser-login"]}`},
		{"/healthz", "text/plain; charset=utf-8", "ok\n"},
		{"/readyz", "text/plain; charset=utf-8", "ok\n"},
	}
	for _, test := range tests {
		answer := server.ask("GET", test.path, "")
		if got := answer.Header().Get("Content-Type"); answer.Code != 200 || got != test.contentType || answer.Body.String() != test.body {
			t.Errorf("%s: %d %s %q", test.path, answer.Code, got, answer.Body)
		}
	}
}

// Clients learn whether users can sign in with a provider, not with which.
func TestDiscoverySaysWhetherThereAreProviders(t *testing.T) {
	provider := sso.Provider{Name: "lab", Issuer: "https://login.example.org", ClientID: "dxauth", Scopes: []string{"openid"}}
	for _, kind := range Types() {
		server := open(t, Config{Type: kind, SSO: sso.Config{Providers: []sso.Provider{provider}}})
		body := server.ask("GET", "/.well-known/dxauth", "").Body.String()
		if !strings.Contains(body, `,"sso"]`) || strings.Contains(body, "login.example.org") {
			t.Errorf("%s: %s", kind, body)
		}
	}
}

// Without its store the server is alive but not ready, and only its log says why.
func TestAServerWithoutItsStore(t *testing.T) {
	var log bytes.Buffer
	server := openOwn(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if answer := server.ask("GET", "/healthz", ""); answer.Code != 200 {
		t.Errorf("healthz: %d", answer.Code)
	}
	if answer := server.ask("GET", "/readyz", ""); answer.Code != 503 || answer.Body.String() != "the store is not available\n" {
		t.Errorf("readyz: %d %q", answer.Code, answer.Body)
	}
	answer := server.ask("POST", "/system/whoami", "{}")
	if want := `{"error":{"type":"InternalError","message":"An internal error occurred"}}`; answer.Code != 500 || answer.Body.String() != want {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if !strings.Contains(log.String(), "closed") || !strings.Contains(log.String(), answer.Header().Get("X-Request-ID")) {
		t.Errorf("the log does not say why:\n%s", log.String())
	}
}

// A client that goes away before the response is not an internal error.
func TestAClientThatGoesAway(t *testing.T) {
	var log bytes.Buffer
	server := open(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	gone, leave := context.WithCancel(t.Context())
	leave()
	request := httptest.NewRequest("POST", "http://127.0.0.1/system/whoami", strings.NewReader("{}")).WithContext(gone)
	request.Header.Set("Authorization", "Bearer "+token)
	server.answer(request)
	if !strings.Contains(log.String(), "status=500") || strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log:\n%s", log.String())
	}
}

func TestHosts(t *testing.T) {
	server := open(t, Config{Hosts: []string{"Platform.Example.org"}})
	hosts := map[string]int{
		"127.0.0.1:8080": 200, "127.0.0.1": 200, "[::1]:8080": 200, "localhost": 200, "LOCALHOST:1": 200,
		"platform.example.org": 200, "platform.example.org.:443": 200,
		"evil.example.org": 421, "evil.example.org:8080": 421, "localhost.evil.example.org": 421, "": 421,
		"127.0.0.1.evil.example.org": 421, "sub.platform.example.org": 421,
		// RFC 9110, section 7.2: not a host with a port
		"127.0.0.1:evil.example.org": 421, "127.0.0.1:80;evil.example.org": 421, "127.0.0.1:80:90": 421, "[::1]:evil.example.org": 421,
		"[::1": 421, "::1": 421, "[[::1]]": 421, "[localhost]": 421, "[127.0.0.1]": 421, "[::1]evil.example.org": 421, "platform.example.org:+80": 421,
	}
	for host, want := range hosts {
		for _, path := range []string{"/healthz", "/system/greet"} {
			request := httptest.NewRequest("POST", path, strings.NewReader("{}"))
			if path == "/healthz" {
				request = httptest.NewRequest("GET", path, nil)
			}
			request.Host = host
			if answer := server.answer(request); answer.Code != want {
				t.Errorf("%s of host %q: %d, want %d", path, host, answer.Code, want)
			}
		}
	}
}

// A header gives the address of a client only if a trusted proxy sent it.
func TestClientAddresses(t *testing.T) {
	server := open(t, Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	tests := []struct{ peer, forwarded, want string }{
		{"192.0.2.7:4711", "", "192.0.2.7"},
		{"192.0.2.7:4711", "198.51.100.1", "192.0.2.7"},
		{"10.0.0.1:4711", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:4711", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"[2001:db8::1]:4711", "198.51.100.1", "2001:db8::1"},
	}
	for _, test := range tests {
		request := httptest.NewRequest("POST", "http://127.0.0.1/system/whoami", strings.NewReader(`{"fields": {"clientIp": true}}`))
		request.RemoteAddr = test.peer
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("X-Forwarded-For", test.forwarded)
		if got, want := server.answer(request).Body.String(), `{"id":"user-alice","clientIp":"`+test.want+`"}`; got != want {
			t.Errorf("from %s, forwarded for %q: %s, want %s", test.peer, test.forwarded, got, want)
		}
	}
}

// No path is redirected, however it is written.
func TestNothingIsRedirected(t *testing.T) {
	server := open(t, Config{})
	for _, path := range []string{"", "//", "/.", "/..", "/healthz/", "//healthz", "/x/../healthz", "/./readyz", "/.well-known/", "/.well-known//dxauth", "/system", "/system//whoami"} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
			answer := server.ask(method, path, "{}")
			if answer.Code != 404 || answer.Header().Get("Location") != "" {
				t.Errorf("%s %s: %d %s", method, path, answer.Code, answer.Header().Get("Location"))
			}
		}
	}
}

// Every response has these headers, with any status.
func TestEveryResponseHasSafeHeaders(t *testing.T) {
	now, breakIt := brokenClock(2)
	server := open(t, Config{Now: now})
	answers := map[int]*httptest.ResponseRecorder{
		200: server.ask("POST", "/system/whoami", "{}"),
		404: server.ask("GET", "/nowhere", ""),
		422: server.ask("POST", "/system/whoami", "[]"),
	}
	evil := httptest.NewRequest("GET", "/healthz", nil)
	evil.Host = "evil.example.org"
	answers[421] = server.answer(evil)
	breakIt()
	answers[500] = server.ask("POST", "/system/whoami", "{}")
	want := map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	}
	requestID := regexp.MustCompile(`^\d{13}-\d{1,6}$`)
	for status, answer := range answers {
		if answer.Code != status {
			t.Errorf("%d, want %d", answer.Code, status)
		}
		for name, value := range want {
			if got := answer.Header().Get(name); got != value {
				t.Errorf("%d: %s is %q", status, name, got)
			}
		}
		if got := answer.Header().Get("X-Request-ID"); !requestID.MatchString(got) {
			t.Errorf("%d: X-Request-ID is %q", status, got)
		}
	}
}

// brokenClock returns a clock that panics once, at the n-th call after breakIt.
func brokenClock(n int) (now func() time.Time, breakIt func()) {
	left := 0
	return func() time.Time {
		if left > 0 {
			if left--; left == 0 {
				panic("the clock broke")
			}
		}
		return time.Now()
	}, func() { left = n }
}

// A request reads the clock for its ID, then for its token, then in its transaction.
// After a panic at the second or third call, the response has no stack, and the next
// request works.
func TestAPanicIsAnAnswer(t *testing.T) {
	for _, look := range []int{2, 3} {
		var log bytes.Buffer
		now, breakIt := brokenClock(look)
		server := open(t, Config{Now: now, Log: slog.New(slog.NewTextHandler(&log, nil))})
		breakIt()
		answer := server.ask("POST", "/"+project+"/newFolder", `{"folder": "/a"}`)
		if want := `{"error":{"type":"InternalError","message":"An internal error occurred"}}`; answer.Code != 500 || answer.Body.String() != want {
			t.Errorf("look %d: %d %s", look, answer.Code, answer.Body)
		}
		if !strings.Contains(log.String(), "the clock broke") {
			t.Errorf("look %d: the panic is not in the log:\n%s", look, log.String())
		}
		if answer := server.ask("POST", "/"+project+"/newFolder", `{"folder": "/a"}`); answer.Code != 200 {
			t.Errorf("look %d, afterwards: %d %s", look, answer.Code, answer.Body)
		}
	}
}

// The log has a line for each request with the ID of the response, and nothing from a
// header, a query or a body.
func TestTheLogHoldsNoSecrets(t *testing.T) {
	var log bytes.Buffer
	server := open(t, Config{Log: slog.New(slog.NewJSONHandler(&log, nil))})
	login := server.answer(httptest.NewRequest("POST", "http://127.0.0.1/system/newAuthToken",
		strings.NewReader(`{"username": "alice", "password": "`+password+`"}`)))
	answers := []*httptest.ResponseRecorder{
		login,
		server.ask("POST", "/system/whoami?access_token="+token, `{"x": "`+password+`"}`),
		server.ask("POST", "/system/whoami", `{"fields": "`+password+`"}`),
		server.ask("POST", "/system/newAuthToken", `{"username": "alice", "password": "`+password+`x"}`),
	}
	var session struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(login.Body.Bytes(), &session); err != nil || session.Token == "" {
		t.Fatalf("%v in %s", err, login.Body)
	}
	isOfRequest := func(line string) bool { return strings.Contains(line, `"msg":"request",`) }
	lines := slices.DeleteFunc(strings.Split(log.String(), "\n"), func(line string) bool { return !isOfRequest(line) })
	if len(lines) != len(answers) {
		t.Fatalf("%d lines for %d requests:\n%s", len(lines), len(answers), log.String())
	}
	for i, line := range lines {
		if !strings.Contains(line, `"request_id":"`+answers[i].Header().Get("X-Request-ID")+`"`) {
			t.Errorf("line %d is not that of its request: %s", i, line)
		}
	}
	for _, hidden := range []string{password, token, session.Token} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%q is in the log", hidden)
		}
	}
}

// Open fails if the fixture can't be loaded.
func TestAWrongFixture(t *testing.T) {
	file := alice()
	file.Projects[0].CreatedBy = "nobody"
	_, err := Open(context.Background(), Config{Fixture: file, HashParams: passwordhash.Cheapest()})
	if err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("got %v", err)
	}
}
