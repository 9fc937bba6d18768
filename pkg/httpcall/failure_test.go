package httpcall_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

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
		{"a content type that is none", 200, "text/", "x", "x", "no content type"},
		{"JSON of another shape", 200, "application/json", `["a"]`, `["a"]`, "status 200"},
		{"a token of a wrong type is not quoted", 200, "application/json", `{"access_token":["` + leak + `"]}`, `{"access_token":"[redacted]"}`, "status 200"},
		{"a token's answer cut short is not quoted", 200, "application/json", `{"access_token":"` + leak, "", "status 200"},
		{"controls and bidirectional marks are dropped", 418, "text/plain", "a\x1b[31mb\u202ec\u0085d\x00e\xff", "a[31mb" + "c de\ufffd", "status 418"},
		{"a long text is cut by characters", 418, "text/plain", strings.Repeat("é", 300), strings.Repeat("é", 200), "status 418"},
		{"our own token is not quoted", 418, "text/plain", "you sent Bearer " + token[:9] + "\x00" + token[9:], "you sent Bearer [redacted]", "status 418"},
		{"redirect to nowhere", 302, "", "", "", "status 302"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := httpcall.Answer{
				URL: "https://api.example/system/whoami", Status: test.status, Body: []byte(test.body),
				Header: http.Header{"Content-Type": {test.contentType}},
			}
			got := sender(nil).Unexpected(answer)
			contentType, _, _ := strings.Cut(test.contentType, ";")
			if test.text == "no content type" {
				contentType = ""
			}
			want := &httpcall.UnexpectedAnswerError{
				URL: answer.URL, Status: test.status, ContentType: contentType, Excerpt: test.excerpt,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(got.Error(), test.text) {
				t.Errorf("%q does not contain %q", got, test.text)
			}
			if strings.Contains(got.Error(), leak) || strings.Contains(got.Error(), token) {
				t.Errorf("the error shows a token: %v", got)
			}
		})
	}
}

func TestAnAnswerThatLacksAField(t *testing.T) {
	err := httpcall.Incomplete("https://api.example/", "/system/whoami", "id")
	got, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
	if !ok || got.Missing != "id" || got.URL != "https://api.example/system/whoami" ||
		!strings.Contains(err.Error(), `https://api.example/system/whoami answered without "id"`) {
		t.Errorf("got %v", err)
	}
}

func TestNoAnswerIsExplainedInPlainWords(t *testing.T) {
	secure := httptest.NewUnstartedServer(answering(200, `{"id":"user-alice"}`))
	secure.Config.ErrorLog = quiet()
	secure.StartTLS()
	defer secure.Close()
	plain := newServer(t, answering(200, `{"id":"user-alice"}`))
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
			call := callTo(test.server)
			call.Tries = 1
			_, err := sender(test.http).Send(t.Context(), call)
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

func TestNetworkTroubleCanBeUnwrapped(t *testing.T) {
	_, err := sender(failing(context.DeadlineExceeded)).Send(t.Context(), callTo("http://platform.example"))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestGivingUpIsNotTheServersFault(t *testing.T) {
	s := newServer(t, answering(200, `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := sender(nil).Send(ctx, callTo(s.URL))
	if _, blamed := errors.AsType[*httpcall.UnreachableError](err); blamed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
