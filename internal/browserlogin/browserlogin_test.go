package browserlogin_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/browserlogin"
	"github.com/dxauth/dxauth/pkg/oauth"
)

// authority is an authorization server that says whatever a test wants.
type authority struct {
	URL   string
	token func(url.Values) string // response of the token endpoint: a status, a blank and the body

	mu   sync.Mutex
	sent []url.Values // to the token endpoint
}

const good = `200 {"access_token": "0123456789abcdef", "token_type": "Bearer", "user": "user-alice"}`

// newAuthority starts one. The metadata may have more members.
func newAuthority(t *testing.T, more string, token func(url.Values) string) *authority {
	t.Helper()
	a := &authority{token: token}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+oauth.RouteMetadata, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer": %q, "authorization_endpoint": "%[1]s/oauth2/authorize", "token_endpoint": "%[1]s/oauth2/token",
			"device_authorization_endpoint": "%[1]s/oauth2/device_authorization"%s}`, a.URL, more)
	})
	mux.HandleFunc("POST /oauth2/token", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		status, body, _ := strings.Cut(a.answer(r.PostForm), " ")
		if status == "lost" {
			panic(http.ErrAbortHandler)
		}
		var code int
		_, _ = fmt.Sscan(status, &code)
		if code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "20")
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	})
	mux.HandleFunc("POST /oauth2/device_authorization", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"device_code": "device-code", "user_code": "BCDF-GHJK", "verification_uri": "%[1]s/oauth2/device",
			"verification_uri_complete": "%[1]s/oauth2/device?user_code=BCDF-GHJK", "expires_in": 600, "interval": 5}`, a.URL)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// answer notes a request to the token endpoint, and returns its response.
func (a *authority) answer(form url.Values) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.sent, form)
	return a.token(form)
}

// flow returns a sign-in at the authority, of which no time limit passes.
func (a *authority) flow(t *testing.T) browserlogin.Flow {
	t.Helper()
	server, err := oauth.Discover(t.Context(), oauth.Config{Server: a.URL})
	if err != nil {
		t.Fatal(err)
	}
	never := func(time.Duration) <-chan time.Time { return nil }
	return browserlogin.Flow{Server: server, Random: rand.Reader, Now: time.Now, After: never}
}

func (a *authority) requests() []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent
}

// browser follows the redirect of an authorization server, as a test wants it.
type browser struct {
	t       *testing.T
	address *url.URL // that was opened
}

func (b browser) query(name string) string { return b.address.Query().Get(name) }

// visit opens a page at the redirect's address and returns its status and text. The
// query's STATE is that of the sign-in.
func (b browser) visit(method, path, query string) (int, string) {
	b.t.Helper()
	address, err := url.Parse(b.query("redirect_uri"))
	if err != nil {
		b.t.Error(err)
		return 0, ""
	}
	host, foreign, _ := strings.Cut(path, " ")
	address.Path, address.RawQuery = host, strings.ReplaceAll(query, "STATE", b.query("state"))
	// The context of a test ends before it waits for a visit that it started.
	request, err := http.NewRequestWithContext(context.WithoutCancel(b.t.Context()), method, address.String(), nil)
	if err != nil {
		b.t.Error(err)
		return 0, ""
	}
	if foreign != "" {
		request.Host = foreign
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		b.t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Error(err)
	}
	if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		b.t.Errorf("the policy of the page is %q", policy)
	}
	return response.StatusCode, string(text)
}

// startVisit opens a page beside the test, which waits for it before it ends.
func (b browser) startVisit(path, query string) {
	var visits sync.WaitGroup
	visits.Go(func() { b.visit("GET", path, query) })
	b.t.Cleanup(visits.Wait)
}

// opened returns the browser for an address that a flow shows.
func opened(t *testing.T, address string) browser {
	t.Helper()
	parsed, err := url.Parse(address)
	if err != nil {
		t.Error(err)
		return browser{}
	}
	return browser{t, parsed}
}

const promisesIssuer = `, "authorization_response_iss_parameter_supported": true`

// The first response with the right state ends a sign-in. Anything before that changes
// nothing.
func TestLoopback(t *testing.T) {
	type visit struct {
		method, path, query string
		status              int
	}
	returns := visit{"GET", "/callback", "state=STATE&code=c&iss=ISSUER", 200}
	tests := map[string]struct {
		visits []visit
		want   error // nil: a token
	}{
		"RFC 6749 4.1.2: a code":               {[]visit{returns}, nil},
		"RFC 9207 2.4: another issuer":         {[]visit{{"GET", "/callback", "state=STATE&code=c&iss=https://evil.example", 400}}, browserlogin.ErrIssuer},
		"RFC 9207 2.4: no issuer":              {[]visit{{"GET", "/callback", "state=STATE&code=c", 400}}, browserlogin.ErrIssuer},
		"RFC 9207 2: an error, another issuer": {[]visit{{"GET", "/callback", "state=STATE&error=access_denied&iss=https://evil.example", 400}}, browserlogin.ErrIssuer},
		"RFC 6749 4.1.2.1: refused":            {[]visit{{"GET", "/callback", "state=STATE&error=access_denied&iss=ISSUER", 400}}, browserlogin.ErrRefused},
		"RFC 6749 10.12: another state": {
			[]visit{{"GET", "/callback", "state=stolen&code=evil&iss=ISSUER", 400}, {"GET", "/callback", "code=evil&iss=ISSUER", 400}, returns}, nil,
		},
		"another state can't refuse": {
			[]visit{{"GET", "/callback", "state=stolen&error=access_denied&iss=ISSUER", 400}, returns}, nil,
		},
		"RFC 6749 3.1: two codes":         {[]visit{{"GET", "/callback", "state=STATE&code=c&code=d&iss=ISSUER", 400}, returns}, nil},
		"RFC 6749 3.1: two states":        {[]visit{{"GET", "/callback", "state=STATE&state=x&code=c&iss=ISSUER", 400}, returns}, nil},
		"no code":                         {[]visit{{"GET", "/callback", "state=STATE&iss=ISSUER", 400}, returns}, nil},
		"not a query":                     {[]visit{{"GET", "/callback", "state=STATE&code=%zz", 400}, returns}, nil},
		"RFC 8252 7.3: another path":      {[]visit{{"GET", "/favicon.ico", "", 404}, {"GET", "/callback/", "state=STATE&code=c", 404}, returns}, nil},
		"a form of another page":          {[]visit{{"POST", "/callback", "state=STATE&code=c&iss=ISSUER", 405}, returns}, nil},
		"a name that leads here":          {[]visit{{"GET", "/callback evil.example", "state=STATE&code=c&iss=ISSUER", 421}, returns}, nil},
		"RFC 8252 8.3: the name of here":  {[]visit{{"GET", "/callback localhost", "state=STATE&code=c&iss=ISSUER", 421}, returns}, nil},
		"the right response after a long": {[]visit{{"GET", "/callback", "state=" + strings.Repeat("x", 10_000), 400}, returns}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, promisesIssuer, func(url.Values) string { return good })
			var done sync.WaitGroup
			token, err := a.flow(t).Loopback(t.Context(), func(address string) error {
				b := opened(t, address)
				done.Go(func() {
					for _, v := range tt.visits {
						query := strings.ReplaceAll(v.query, "ISSUER", url.QueryEscape(a.URL))
						if status, text := b.visit(v.method, v.path, query); status != v.status {
							t.Errorf("%s %s?%s: status %d, want %d: %s", v.method, v.path, query, status, v.status, text)
						}
					}
				})
				return nil
			})
			done.Wait()
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				if sent := a.requests(); len(sent) > 0 {
					t.Errorf("a code was sent: %v", sent)
				}
				return
			}
			if sent := a.requests(); token.AccessToken.IsZero() || len(sent) != 1 || sent[0].Get("code") != "c" {
				t.Errorf("got a token: %t; sent %v", !token.AccessToken.IsZero(), sent)
			}
		})
	}
}

// What is sent with the code belongs to what was opened in the browser.
func TestLoopbackSendsItsOwnVerifier(t *testing.T) {
	a := newAuthority(t, "", func(url.Values) string { return good })
	seen := map[string]bool{}
	for range 2 {
		var b browser
		_, err := a.flow(t).Loopback(t.Context(), func(address string) error {
			b = opened(t, address)
			b.startVisit("/callback", "state=STATE&code=c") // without an issuer, which this server does not promise
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sent := a.requests()
		last := sent[len(sent)-1]
		redirect, err := url.Parse(last.Get("redirect_uri"))
		if err != nil || redirect.Hostname() != "127.0.0.1" || redirect.Path != "/callback" || last.Get("redirect_uri") != b.query("redirect_uri") {
			t.Errorf("RFC 8252 7.3: the redirect is %s", last.Get("redirect_uri"))
		}
		verifier := last.Get("code_verifier")
		if len(verifier) < 43 || b.query("code_challenge_method") != "S256" || b.query("code_challenge") == verifier {
			t.Errorf("RFC 7636 4.1: the verifier has %d characters, and the challenge is %s", len(verifier), b.query("code_challenge"))
		}
		for _, value := range []string{verifier, b.query("state")} {
			if seen[value] || len(value) < 43 {
				t.Errorf("%s is not a new random value", value)
			}
			seen[value] = true
		}
	}
}

// Nothing listens any more after the response.
func TestTheListenerClosesAfterTheResponse(t *testing.T) {
	listening := true
	var b browser
	a := newAuthority(t, "", func(url.Values) string {
		response, err := http.Get(b.query("redirect_uri"))
		if err == nil {
			response.Body.Close()
		}
		listening = err == nil
		return good
	})
	_, err := a.flow(t).Loopback(t.Context(), func(address string) error {
		b = opened(t, address)
		b.startVisit("/callback", "state=STATE&code=c")
		return nil
	})
	if err != nil || listening {
		t.Errorf("got %v; listening while the code is redeemed: %t", err, listening)
	}
}

func TestLoopbackEnds(t *testing.T) {
	boom := errors.New("boom")
	answered := func(t *testing.T, address string) error {
		opened(t, address).startVisit("/callback", "state=STATE&code=c")
		return nil
	}
	tests := map[string]struct {
		token string // response of the token endpoint
		show  func(t *testing.T, address string) error
		flow  func(*browserlogin.Flow)
		want  string // part of the error
	}{
		"after 5 minutes": {good, func(*testing.T, string) error { return nil }, func(f *browserlogin.Flow) {
			f.After = func(limit time.Duration) <-chan time.Time {
				passed := make(chan time.Time, 1)
				if limit == 5*time.Minute {
					passed <- time.Time{}
				}
				return passed
			}
		}, "was not completed in the browser in time"},
		"without randomness":               {good, answered, func(f *browserlogin.Flow) { f.Random = strings.NewReader("short") }, "EOF"},
		"where the address can't be shown": {good, func(*testing.T, string) error { return boom }, nil, "boom"},
		"RFC 6749 5.2: the code is not accepted": {
			`400 {"error": "invalid_grant", "error_description": "the code was used"}`, answered, nil, "the code was used (invalid_grant)",
		},
		"the server loses the connection": {"lost", answered, nil, "the connection was lost"},
		"the response is not a token":     {"200 <html>", answered, nil, "status 200"},
		"the response has no token":       {`200 {"token_type": "Bearer"}`, answered, nil, "access_token"},
		"the response is endless":         {"200 " + strings.Repeat(" ", 17<<20), answered, nil, "larger than 16 MiB"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t, "", func(url.Values) string { return tt.token })
			f := a.flow(t)
			if tt.flow != nil {
				tt.flow(&f)
			}
			token, err := f.Loopback(t.Context(), func(address string) error { return tt.show(t, address) })
			if err == nil || !strings.Contains(err.Error(), tt.want) || !token.AccessToken.IsZero() {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			for _, sent := range a.requests() {
				if strings.Contains(err.Error(), sent.Get("code_verifier")) {
					t.Errorf("the error shows the verifier: %v", err)
				}
			}
		})
	}
}

// Ctrl-C ends both ways to sign in at once.
func TestInterrupted(t *testing.T) {
	a := newAuthority(t, "", func(url.Values) string { return good })
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := a.flow(t).Loopback(ctx, func(string) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	if _, err := a.flow(t).Device(ctx, func(browserlogin.Prompt) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
