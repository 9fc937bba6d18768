package dnanexus_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// A step of a script is one answer, or the lack of one.
type step struct {
	status     int
	retryAfter string
	err        error
}

// script plays its steps one after the other, the last one again and again,
// and notes when each call came.
type script struct {
	steps []step
	start time.Time
	calls []time.Duration
}

func newScript(steps ...step) *script { return &script{steps: steps, start: time.Now()} }

func (s *script) RoundTrip(*http.Request) (*http.Response, error) {
	current := s.steps[min(len(s.calls), len(s.steps)-1)]
	s.calls = append(s.calls, time.Since(s.start))
	if current.err != nil {
		return nil, current.err
	}
	header := http.Header{}
	if current.retryAfter != "" {
		header.Set("Retry-After", current.retryAfter)
	}
	body := `{"error":{"type":"ServiceUnavailable","message":"later"}}`
	if current.status == http.StatusOK {
		body = `{"id":"user-alice","username":"alice","access_token":"T1"}`
	}
	return &http.Response{StatusCode: current.status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func (s *script) client() *dnanexus.Client {
	return dnanexus.New(dnanexus.Config{
		APIServer: "https://api.example", AuthServer: "https://auth.example", HTTP: &http.Client{Transport: s},
	})
}

func whoAmI(ctx context.Context, c *dnanexus.Client) error {
	_, err := c.WhoAmI(ctx, dnanexus.WhoAmIRequest{})
	return err
}

func TestOnlyCallsThatReadAreRepeated(t *testing.T) {
	route := func(resource, method string) func(context.Context, *dnanexus.Client) error {
		return func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.Call(ctx, resource, method, nil)
			return err
		}
	}
	tests := []struct {
		name  string
		call  func(context.Context, *dnanexus.Client) error
		tries int
	}{
		{"newAuthToken", signIn, 1},
		{"destroyAuthToken", func(ctx context.Context, c *dnanexus.Client) error { return c.DestroyAuthToken(ctx, "abc") }, 2},
		{"getUserInfo", func(ctx context.Context, c *dnanexus.Client) error { _, err := c.UserInfo(ctx); return err }, 3},
		{"whoami", whoAmI, 3},
		{"listAuthTokens", func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.ListAuthTokens(ctx, dnanexus.ListAuthTokensRequest{})
			return err
		}, 3},
		{"findAccessTokens", func(ctx context.Context, c *dnanexus.Client) error {
			_, err := c.FindAccessTokens(ctx, dnanexus.FindAccessTokensRequest{})
			return err
		}, 3},
		{"updateAuthToken", func(ctx context.Context, c *dnanexus.Client) error {
			return c.UpdateAuthToken(ctx, dnanexus.UpdateAuthTokenRequest{})
		}, 1},
		{"greet", route("system", "greet"), 1},
		{"findProjects", route("system", "findProjects"), 3},
		{"findMembers", route("org-a", "findMembers"), 3},
		{"describe", route("user-alice", "describe"), 3},
		{"listFolder", route("project-1", "listFolder"), 3},
		{"project/new", route("project", "new"), 1},
		{"destroy", route("project-1", "destroy"), 1},
		{"newFolder", route("project-1", "newFolder"), 1},
		{"invite", route("project-1", "invite"), 1},
		{"decreasePermissions", route("project-1", "decreasePermissions"), 1},
		{"a route that is not known", route("job-1", "terminate"), 1},
	}
	for _, test := range tests {
		for name, trouble := range map[string]step{"503": {status: 503}, "reset": {err: syscall.ECONNRESET}} {
			t.Run(test.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newScript(trouble)
					if err := test.call(t.Context(), server.client()); err == nil {
						t.Error("no error")
					}
					if len(server.calls) != test.tries {
						t.Errorf("sent %d times, want %d", len(server.calls), test.tries)
					}
				})
			})
		}
	}
}

func TestOnlyPassingTroubleIsTriedAgain(t *testing.T) {
	tests := []struct {
		name    string
		trouble step
		again   bool
	}{
		{"rate limit", step{status: 429}, true},
		{"bad gateway", step{status: 502}, true},
		{"overload", step{status: 503}, true},
		{"gateway timeout", step{status: 504}, true},
		{"reset connection", step{err: syscall.ECONNRESET}, true},
		{"reset connection on Windows", step{err: syscall.Errno(10054)}, true},
		{"closed connection", step{err: io.EOF}, true},
		{"refused connection", step{err: syscall.ECONNREFUSED}, false},
		{"other network trouble", step{err: errors.New("odd")}, false},
		{"missing rights", step{status: 401}, false},
		{"lock-out", step{status: 403, retryAfter: "1"}, false},
		{"wrong input", step{status: 422}, false},
		{"broken server", step{status: 500}, false},
		{"unknown route", step{status: 501}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newScript(test.trouble, step{status: 200})
				err := whoAmI(t.Context(), server.client())
				if again := len(server.calls) == 2; again != test.again {
					t.Errorf("sent %d times", len(server.calls))
				}
				if recovered := err == nil; recovered != test.again {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestThePauseBetweenTries(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name       string
		retryAfter string
		atLeast    []time.Duration // when the calls come, without jitter
		spread     time.Duration   // how much later the last one may come
	}{
		{"grows and has jitter", "", []time.Duration{0, s / 2, 3 * s / 2}, 3 * s / 4},
		{"is what the server asks for", "7", []time.Duration{0, 7 * s, 14 * s}, 0},
		{"is never more than a minute", "3600", []time.Duration{0, 60 * s, 120 * s}, 0},
		{"ignores a date", "Wed, 21 Oct 2026 07:28:00 GMT", []time.Duration{0, s / 2, 3 * s / 2}, 3 * s / 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newScript(step{status: 503, retryAfter: test.retryAfter})
				if err := whoAmI(t.Context(), server.client()); !dnanexus.IsType(err, dnanexus.TypeServiceUnavailable) {
					t.Errorf("got %v", err)
				}
				if len(server.calls) != len(test.atLeast) {
					t.Fatalf("calls at %v", server.calls)
				}
				for i, at := range server.calls {
					if at < test.atLeast[i] || at > test.atLeast[i]+test.spread {
						t.Errorf("call %d at %v, want %v to %v", i+1, at, test.atLeast[i], test.atLeast[i]+test.spread)
					}
				}
			})
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Run("a pause beyond the deadline is not begun", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			server := newScript(step{status: 503, retryAfter: "20"})
			err := whoAmI(ctx, server.client())
			if !dnanexus.IsType(err, dnanexus.TypeServiceUnavailable) {
				t.Errorf("got %v, want the refusal itself", err)
			}
			if waited := time.Since(server.start); waited != 0 {
				t.Errorf("waited %v for nothing", waited)
			}
		})
	})
	t.Run("a pause ends when the person gives up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(3*time.Second, cancel)
			server := newScript(step{status: 503, retryAfter: "20"})
			if err := whoAmI(ctx, server.client()); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(server.start); waited != 3*time.Second {
				t.Errorf("gave up after %v", waited)
			}
		})
	})
}

// A call is answered once the answer has begun: what was lost after that is
// not asked for again.
func TestAnAnswerThatBreaksOffIsNotTriedAgain(t *testing.T) {
	server := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"id":`)
	})
	err := whoAmI(t.Context(), server.client())
	got, ok := errors.AsType[*httpcall.UnreachableError](err)
	if !ok || got.Reason() != "the connection was lost" {
		t.Errorf("got %v", err)
	}
	if len(server.requests) != 1 {
		t.Errorf("asked %d times", len(server.requests))
	}
}

func TestARealResetIsTriedAgain(t *testing.T) {
	t.Parallel()
	var calls int
	server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			panic(http.ErrAbortHandler) // closes the connection without an answer
		}
		answering(200, `{"id":"user-alice"}`)(w, r)
	})
	if err := whoAmI(t.Context(), server.client()); err != nil {
		t.Error(err)
	}
	if err := signIn(t.Context(), server.client()); err == nil || len(server.requests) != 3 {
		t.Errorf("asked %d times: %v", len(server.requests), err)
	}
}

func TestNewHTTPClientTrustsOnlyTheGivenRoots(t *testing.T) {
	server := httptest.NewTLSServer(answering(200, `{"id":"user-alice"}`))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := dnanexus.New(dnanexus.Config{APIServer: server.URL, HTTP: httpcall.NewHTTPClient(roots)})
	if err := whoAmI(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestNewHTTPClientRefusesOldTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answering(200, `{"id":"user-alice"}`))
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client := dnanexus.New(dnanexus.Config{APIServer: server.URL, HTTP: httpcall.NewHTTPClient(roots)})
	err := whoAmI(t.Context(), client)
	if _, ok := errors.AsType[*httpcall.UnreachableError](err); !ok || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v", err)
	}
}

func TestNewHTTPClientTakesProxiesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	if !inOwnProcess(t, "HTTPS_PROXY=http://proxy.example:3128", "NO_PROXY=inside.example", "https_proxy=", "no_proxy=") {
		return
	}
	rule := httpcall.NewHTTPClient(nil).Transport.(*http.Transport).Proxy
	got := map[string]string{}
	for _, host := range []string{"api.example", "inside.example", "127.0.0.1"} {
		proxy, err := rule(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
		if err != nil {
			t.Fatal(err)
		}
		if proxy != nil {
			got[host] = proxy.String()
		}
	}
	if diff := cmp.Diff(map[string]string{"api.example": "http://proxy.example:3128"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// inOwnProcess runs the calling test once more in a process with the given
// variables, because net/http reads its proxies once per process. It reports
// whether this is that process.
func inOwnProcess(t *testing.T, variables ...string) bool {
	t.Helper()
	const mark = "DXAUTH_TEST_OWN_PROCESS"
	if os.Getenv(mark) == t.Name() {
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), program, "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), append(variables, mark+"="+t.Name())...)
	if output, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	return false
}

func TestNewHTTPClientNeverRedirects(t *testing.T) {
	if err := httpcall.NewHTTPClient(nil).CheckRedirect(nil, nil); !errors.Is(err, http.ErrUseLastResponse) {
		t.Errorf("got %v", err)
	}
}
