package dnanexus_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestStatusOf(t *testing.T) {
	tests := map[string]int{
		dnanexus.TypeMalformedJSON:            400,
		dnanexus.TypeInvalidAuthentication:    401,
		dnanexus.TypePermissionDenied:         401,
		dnanexus.TypeUsernameOrPassword:       401,
		dnanexus.TypeOTPRequired:              401,
		dnanexus.TypeOTPMismatch:              401,
		dnanexus.TypeReauthenticationRequired: 401,
		dnanexus.TypeSSORequired:              403,
		dnanexus.TypeTooManyAttempts:          403,
		dnanexus.TypeResourceNotFound:         404,
		dnanexus.TypeInvalidInput:             422,
		dnanexus.TypeInvalidState:             422,
		dnanexus.TypeInternalError:            500,
		dnanexus.TypeServiceUnavailable:       503,
		"SomethingElse":                       500,
	}
	for errorType, want := range tests {
		if got := dnanexus.StatusOf(errorType); got != want {
			t.Errorf("%s: %d, want %d", errorType, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	refusal := &dnanexus.Error{Type: "InvalidInput", Message: "no", Status: 422}
	if got, want := refusal.Error(), "InvalidInput: no (code 422)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	refusal.RequestID = "1579272357810-534198"
	if got, want := refusal.Error(), "InvalidInput: no (code 422, request ID 1579272357810-534198)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIsType(t *testing.T) {
	refusal := fmt.Errorf("signing in: %w", &dnanexus.Error{Type: dnanexus.TypeOTPRequired})
	if !dnanexus.IsType(refusal, dnanexus.TypeOTPRequired) {
		t.Error("a wrapped refusal is not found")
	}
	if dnanexus.IsType(refusal, dnanexus.TypeOTPMismatch) || dnanexus.IsType(io.EOF, "") || dnanexus.IsType(nil, "") {
		t.Error("something else is taken for the refusal")
	}
}

// signIn makes the one call that is never repeated.
func signIn(ctx context.Context, client *dnanexus.Client) error {
	_, err := client.NewAuthToken(ctx, dnanexus.NewAuthTokenRequest{Username: "alice", Password: secret.New("wonderland").OnWire()})
	return err
}

func TestARefusalKeepsWhatThePlatformSays(t *testing.T) {
	server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-ID", "1579272357810-534198")
		w.Header().Set("Retry-After", "30")
		w.Header().Set("Date", "Sun, 01 Mar 2026 12:00:00 GMT")
		answering(403, `{"error":{"type":"TooManyAttemptsError","message":"wait","details":{"retryAfter":30}}}`)(w, r)
	})
	err := signIn(t.Context(), server.client())
	refusal, ok := errors.AsType[*dnanexus.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := &dnanexus.Error{
		Type: dnanexus.TypeTooManyAttempts, Message: "wait", Details: json.RawMessage(`{"retryAfter":30}`),
		Status: 403, RequestID: "1579272357810-534198", Retry: 30 * time.Second,
		Date: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, refusal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRetryAfterIsReadInSeconds(t *testing.T) {
	tests := map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"2":                             2 * time.Second,
		"4294967295":                    4294967295 * time.Second,
		"-1":                            0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"Wed, 21 Oct 2026 07:28:00 GMT": 0,
	}
	for header, want := range tests {
		server := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", header)
			answering(401, `{"error":{"type":"OTPRequiredError","message":""}}`)(w, r)
		})
		refusal, ok := errors.AsType[*dnanexus.Error](signIn(t.Context(), server.client()))
		if !ok || refusal.Retry != want {
			t.Errorf("%q: got %+v, want %v", header, refusal, want)
		}
	}
}

func TestAnswersThatNoPlatformGives(t *testing.T) {
	const leak = "5ecr3tOfTheAnswer"
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		excerpt     string
		text        string
	}{
		{"web page in place of a platform", 200, "text/html; charset=utf-8", "<h1>\n  Welcome\t</h1>", "<h1> Welcome </h1>", "answered with status 200 and text/html: this is perhaps not a platform server"},
		{"error page of a proxy", 502, "text/html", "bad gateway", "bad gateway", "status 502"},
		{"JSON without an error type", 400, "application/json", `{"error":"invalid_request"}`, `{"error":"invalid_request"}`, "status 400"},
		{"nothing", 200, "", "", "", "no content type"},
		{"no content", 204, "", "", "", "status 204"},
		{"JSON of another shape", 200, "application/json", `["a"]`, `["a"]`, "status 200"},
		{"a token of a wrong type is not quoted", 200, "application/json", `{"access_token":["` + leak + `"]}`, `{"access_token":"[redacted]"}`, "status 200"},
		{"a token's answer cut short is not quoted", 200, "application/json", `{"access_token":"` + leak, "", "status 200"},
		{"controls and bidirectional marks are dropped", 418, "text/plain", "a\x1b[31mb\u202ec\u0085d\x00e\xff", "a[31mb" + "c de\ufffd", "status 418"},
		{"a long text is cut by characters", 418, "text/plain", strings.Repeat("é", 300), strings.Repeat("é", 200), "status 418"},
		{"our own token is not quoted", 418, "text/plain", "you sent Bearer " + aliceToken[:9] + "\x00" + aliceToken[9:], "you sent Bearer [redacted]", "status 418"},
		{"redirect to nowhere", 302, "", "", "", "status 302"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				if test.contentType != "" {
					w.Header().Set("Content-Type", test.contentType)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := signIn(t.Context(), server.client())
			got, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			contentType, _, _ := strings.Cut(test.contentType, ";")
			want := &httpcall.UnexpectedAnswerError{
				URL: server.URL + "/auth/system/newAuthToken", Status: test.status, ContentType: contentType, Excerpt: test.excerpt,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("%q does not contain %q", err, test.text)
			}
			if strings.Contains(err.Error(), leak) || strings.Contains(err.Error(), aliceToken) {
				t.Errorf("the error shows a token: %v", err)
			}
		})
	}
}

func TestAnAnswerWithoutItsMainFieldIsNoSuccess(t *testing.T) {
	tests := map[string]func(*dnanexus.Client) error{
		"access_token": func(c *dnanexus.Client) error { return signIn(t.Context(), c) },
		"username":     func(c *dnanexus.Client) error { _, err := c.UserInfo(t.Context()); return err },
		"id":           func(c *dnanexus.Client) error { _, err := c.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{}); return err },
	}
	server := newPlatform(t, answering(200, `{"hello":"world"}`))
	for field, call := range tests {
		got, ok := errors.AsType[*httpcall.UnexpectedAnswerError](call(server.client()))
		if !ok || got.Missing != field {
			t.Errorf("%s: got %v", field, got)
		}
	}
}

// C-08: a token goes only to the host that it was made for.
func TestARedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			second := newPlatform(t, answering(200, `{"id":"user-mallory"}`))
			first := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, second.URL+"/elsewhere?token="+aliceToken, status)
			})
			follower := dnanexus.New(dnanexus.Config{
				APIServer: first.URL, Token: secret.New(aliceToken),
				HTTP: &http.Client{}, // which would follow
			})
			_, err := follower.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
			got, ok := errors.AsType[*httpcall.RedirectError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			want := &httpcall.RedirectError{From: first.URL + "/system/whoami", To: second.URL + "/elsewhere?token=[redacted]"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(err.Error(), got.From) || !strings.Contains(err.Error(), got.To) {
				t.Errorf("%q does not name both addresses", err)
			}
			if len(second.requests) != 0 {
				t.Errorf("the second host got %v", second.requests)
			}
			if len(first.requests) != 1 {
				t.Errorf("the first host was asked %d times", len(first.requests))
			}
		})
	}
}

// C-09: answers are bounded, errors included.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 16 << 20
	body := func(size int) string { return `"` + strings.Repeat("x", size-2) + `"` }
	tests := []struct {
		name   string
		status int
		size   int
		want   error
	}{
		{"at the limit", 200, limit, nil},
		{"over it, an error too", 500, limit + 1, httpcall.ErrAnswerTooLarge},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newPlatform(t, answering(test.status, body(test.size)))
			if _, err := server.client().Call(t.Context(), "system", "headers", nil); !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNoAnswerIsExplainedInPlainWords(t *testing.T) {
	secure := httptest.NewUnstartedServer(answering(200, `{"id":"user-alice"}`))
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	defer secure.Close()
	plain := newPlatform(t, answering(200, `{"id":"user-alice"}`))
	trusting := x509.NewCertPool()
	trusting.AddCert(secure.Certificate())

	tests := []struct {
		name   string
		server string
		http   *http.Client
		reason string
	}{
		{"refused", "http://" + closedAddress(t), nil, "connection refused"},
		{"unknown certificate", secure.URL, nil, "its TLS certificate is not trusted"},
		{"certificate for another name", "https://platform.test", reaching(secure, &tls.Config{RootCAs: trusting}), "its TLS certificate is for another name"},
		{"certificate out of date", secure.URL, reaching(secure, &tls.Config{RootCAs: trusting, Time: farFuture}), "its TLS certificate has expired or is not valid yet"},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), nil, "it does not speak TLS"},
		{"no such host", "http://platform.example", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}), "no such host"},
		{"slow name server", "http://platform.example", failing(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}}), "timed out"},
		{"time limit", "http://platform.example", failing(context.DeadlineExceeded), "timed out"},
		{"proxy", "http://platform.example", failing(&net.OpError{Op: "proxyconnect", Err: io.EOF}), "the proxy: the connection was lost"},
		{"anything else, cleaned", "http://platform.example", failing(errors.New("odd\x1b[2J thing")), "odd[2J thing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := dnanexus.New(dnanexus.Config{AuthServer: test.server, HTTP: test.http})
			err := signIn(t.Context(), client)
			got, ok := errors.AsType[*httpcall.UnreachableError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if want := "cannot reach " + test.server + ": " + test.reason; got.Error() != want {
				t.Errorf("got  %q\nwant %q (%v)", got, want, got.Err)
			}
		})
	}
}

// quiet is the error log of a server whose refused handshakes are meant.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// closedAddress returns a loopback address on which nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// reaching returns a client whose every connection goes to the server.
func reaching(server *httptest.Server, config *tls.Config) *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: config}}
}

func farFuture() time.Time { return time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC) }

// roundTrip is an http.RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// failing returns a client on which every request ends in err.
func failing(err error) *http.Client {
	return &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })}
}

func TestNetworkTroubleCanBeUnwrapped(t *testing.T) {
	client := dnanexus.New(dnanexus.Config{AuthServer: "http://platform.example", HTTP: failing(context.DeadlineExceeded)})
	if err := signIn(t.Context(), client); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestGivingUpIsNotTheServersFault(t *testing.T) {
	server := newPlatform(t, answering(200, `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := signIn(ctx, server.client())
	if _, blamed := errors.AsType[*httpcall.UnreachableError](err); blamed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAddressesThatAreNoServers(t *testing.T) {
	addresses := []string{
		"", "api.dnanexus.com", "api.dnanexus.com:443", "ftp://host", "https://", "https://user:hunter2@host",
		"https://host?x=hunter2", "https://host#hunter2", "https://user:hunter2@ho st",
	}
	for _, address := range addresses {
		t.Run(address, func(t *testing.T) {
			client := dnanexus.New(dnanexus.Config{AuthServer: address, HTTP: failing(errors.New("it was called"))})
			err := signIn(t.Context(), client)
			if err == nil || strings.Contains(err.Error(), "it was called") {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}
