package httpcall_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Of the body of an answer that is not of the protocol nothing is quoted: in any
// encoding it may be a live token.
func TestAnswersThatNoPlatformGives(t *testing.T) {
	const leak = "5ecr3tOfTheAnswer"
	tests := []struct {
		name        string
		status      int
		contentType string
		body        string
		want        string
	}{
		{"web page in place of a platform", 200, "text/html; charset=utf-8", "<h1>" + leak + "</h1>", "status 200 and text/html (not JSON at byte 1 of 26)"},
		{"error page of a proxy", 502, "text/html", "bad gateway " + leak, "status 502 and text/html (not JSON at byte 1 of 29)"},
		{"JSON without an error type", 400, "application/json", `{"error":"` + leak + `"}`, "status 400 and application/json:"},
		{"nothing", 200, "", "", "status 200 and no content type:"},
		{"a malformed content type", 200, "text/", "x", "status 200 and no content type (not JSON"},
		{"a content type that says it", 200, "text/x-" + token, "{}", "status 200 and text/x-[redacted]"},
		{"JSON of another shape", 200, "application/json", `["` + leak + `"]`, "status 200 and application/json (not the expected value at byte 1"},
		{"JSON in a JSON string", 200, "application/json", `"{\"access_token\":\"` + leak + `\"}"`, "(not the expected value at byte"},
		{"a notice before the JSON", 200, "application/json", `Notice: x {"access_token":"` + leak + `"}`, "(not JSON at byte 1 of"},
		{"two values", 200, "application/json", `{} {"access_token":"` + leak + `"}`, "(not JSON at byte 4 of"},
		{"a token of a wrong type", 200, "application/json", `{"access_token":["` + leak + `"]}`, "(not the expected value at byte"},
		{"a token's answer cut short", 200, "application/json", `{"access_token":"` + leak, "(not JSON at byte 34 of 34)"},
		{"a number that does not fit", 200, "application/json", `{"expires":99999999999999999999,"access_token":"` + leak + `"}`, "(not the expected value at byte"},
		{"UTF-16", 200, "application/json", "\xff\xfe{\x00\"\x00" + leak, "(not JSON at byte 1 of"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{test.contentType}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			call := callTo(server.URL)
			call.Tries = 1
			answer, err := sender(nil).Send(t.Context(), call)
			if err != nil {
				t.Fatal(err)
			}
			var out struct {
				Token   string `json:"access_token"`
				Expires int64  `json:"expires"`
			}
			if err = answer.Decode(&out); test.status != 200 || err == nil {
				err = answer.Unexpected()
			}
			got := err.Error()
			if !strings.Contains(got, "answered with "+test.want) && !strings.Contains(got, test.want) {
				t.Errorf("%q does not contain %q", got, test.want)
			}
			if strings.Contains(got, leak) || strings.Contains(got, token) {
				t.Errorf("the error shows a token: %v", got)
			}
		})
	}
}

// A proxy or server may put a byte order mark before its JSON.
func TestAByteOrderMarkIsNotAnError(t *testing.T) {
	server := newServer(t, answering(200, "\ufeff"+`{"id":"user-alice"}`))
	answer, err := sender(nil).Send(t.Context(), callTo(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ ID string }
	if err := answer.Decode(&out); err != nil || out.ID != "user-alice" {
		t.Errorf("got %q, %v", out.ID, err)
	}
}

// Whatever a call sent as a secret is taken out of each text that it brings back, in
// whatever form the server writes it.
func TestSecretsThatTheServerSendsBack(t *testing.T) {
	const password, code, cookie = `pa"ss <&/+é\wörd 7`, "424242", "c00kie-value"
	body, err := json.Marshal(map[string]any{"username": "alice", "password": password, "nested": map[string]any{"otp": code}})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"username": {"alice"}, "password": {password}, "verificationCode": {code}}
	forms := map[string]func(string) string{
		"plain":           func(s string) string { return s },
		"JSON":            func(s string) string { b, _ := json.Marshal(s); return string(b) },
		"JSON twice":      func(s string) string { b, _ := json.Marshal(s); b, _ = json.Marshal(string(b)); return string(b) },
		"JSON in ASCII":   inUnicodeEscapes,
		"query":           url.QueryEscape,
		"path":            url.PathEscape,
		"query twice":     func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		"lower-case URL":  func(s string) string { return strings.ToLower(url.QueryEscape(s)) },
		"HTML":            html.EscapeString,
		"HTML with names": strings.NewReplacer(`"`, "&QUOT;", " ", "&nbsp;", "<", "&lt;", "&", "&amp;", "/", "&sol;", "+", "&plus;", "é", "&eacute;", `\`, "&bsol;", "ö", "&ouml;").Replace,
		"bytes":           func(s string) string { return escapedBytes(s, `\x%02x`) },
		"octal":           func(s string) string { return escapedBytes(s, `\%03o`) },
		"Latin-1 in URL":  strings.NewReplacer("é", "%E9", "ö", "%f6").Replace,
		"base64":          func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 of a URL": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
		"Basic":           func(s string) string { return base64.StdEncoding.EncodeToString([]byte("alice:" + s + ":x")) },
		"hexadecimal":     func(s string) string { return hex.EncodeToString([]byte(s)) },
		"parted unseen":   func(s string) string { return strings.Join(strings.Split(s, ""), "\x00\u200b\x1b[0m") },
		"within a word":   func(s string) string { return "x" + s + "x" },
	}
	for sentAs, sent := range map[string][]byte{"JSON": body, "form": []byte(form.Encode())} {
		server := newServer(t, answering(400, `{}`))
		call := callTo(server.URL)
		call.Body, call.Tries = sent, 1
		call.Header.Set("Cookie", "SESSION="+cookie+"; other=0ther-value")
		answer, err := sender(nil).Send(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		for name, form := range forms {
			for _, hidden := range []string{password, code, cookie, "0ther-value", token} {
				echo := form(hidden)
				if name == "lower-case URL" && hidden == token {
					continue // no longer the token
				}
				for _, shown := range []string{answer.Message("it was " + echo + " that failed"), answer.Excerpt("it was " + echo + " that failed")} {
					if bare := strings.Join(strings.Fields(strings.ReplaceAll(shown, "x[redacted]x", "[redacted]")), " "); !isOnlyRedacted(bare) {
						t.Errorf("sent as %s, sent back as %s: %s", sentAs, name, shown)
					}
				}
			}
		}
	}
}

// isOnlyRedacted reports whether nothing but quotation marks and the digits beside an
// encoded secret is left of it.
func isOnlyRedacted(shown string) bool {
	return regexp.MustCompile(`^it was \S{0,10}\[redacted\]\S{0,6} that failed$`).MatchString(shown)
}

func escapedBytes(s, format string) string {
	var escaped strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&escaped, format, b)
	}
	return escaped.String()
}

func inUnicodeEscapes(s string) string {
	var escaped strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&escaped, `\u%04X`, unit)
	}
	return escaped.String()
}

// A text of megabytes is not printed, and what is cut does not end within a secret.
func TestLongTextsAreCut(t *testing.T) {
	server := newServer(t, answering(400, `{}`))
	answer, err := sender(nil).Send(t.Context(), callTo(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		strings.Repeat("é", 2000), strings.Repeat("x", 10<<20), strings.Repeat(token+" ", 5000),
		strings.Repeat("x", 990) + token, strings.Repeat("x", 190) + token,
	} {
		for _, shown := range []string{answer.Excerpt(text), answer.Message(text)} {
			if len([]rune(shown)) > 1020 || strings.Contains(shown, token[:8]) {
				t.Errorf("%d characters: %s", len([]rune(shown)), shown)
			}
			if len(text) > 1100 && !strings.Contains(shown, "cut") && !strings.Contains(shown, "too many") {
				t.Errorf("it does not say that something is missing: %s", shown)
			}
		}
	}
}

// What is not HTTP is quoted by package http, and a token may be anywhere in it.
func TestAnAnswerThatIsNotHTTPIsNotQuoted(t *testing.T) {
	const live = "5ecr3tOfTheAnswer"
	for _, first := range []string{
		"you sent " + live,
		`{"access_token": "` + live + `", "id": 1}`,
		"HTTP/1.1 " + live + " no",
		"HTTP/" + live + " 200 OK",
		"HTTP/1.1 200 OK\r\nno header " + live,
		"HTTP/1.1 200 OK\r\nContent-Length: " + live,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: " + live,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + live,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nno trailer " + live,
		"HTTP/1.1 302 Found\r\nLocation: http://[::1/%zz" + live,
		"HTTP/1.1 100 Continue\r\n\r\n" + live,
	} {
		t.Run(first, func(t *testing.T) {
			call := callTo("http://" + writing(t, first+"\r\n\r\n"))
			call.Tries = 1
			_, err := sender(nil).Send(t.Context(), call)
			unreachable, ok := errors.AsType[*httpcall.UnreachableError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if shown := err.Error() + fmt.Sprint(unreachable.Err) + fmt.Sprintf("%+v", err); strings.Contains(shown, live) {
				t.Errorf("it shows the token: %s", shown)
			}
		})
	}
}

// writing returns the address of a server that writes text for the first request.
func writing(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = connection.Read(make([]byte, 4096))
		_, _ = io.WriteString(connection, text)
		_ = connection.Close()
	}()
	return listener.Addr().String()
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
		{"no route", "http://platform.example", failing(&net.OpError{Op: "dial", Err: syscall.ENETUNREACH}), syscall.ENETUNREACH.Error()},
		{"broken name server", "http://platform.example", failing(&net.DNSError{Err: "server misbehaving"}), "server misbehaving"},
		{"TLS alert", "http://platform.example", failing(&net.OpError{Op: "remote error", Err: tls.AlertError(40)}), "tls: handshake failure"},
		{"status of a proxy", "http://platform.example", failing(errors.New("Proxy Authentication Required")), "the proxy: Proxy Authentication Required"},
		{"anything else", "http://platform.example", failing(errors.New("odd\x1b[2J thing")), "no valid HTTP response"},
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

// TestTheCauseOfGivingUp: http.Client returns the cause of the caller's context, not the
// context's error, while it waits for an answer or reads one.
func TestTheCauseOfGivingUp(t *testing.T) {
	for name, begin := range map[string]string{"no answer": "", "half of an answer": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"} {
		t.Run(name, func(t *testing.T) {
			ctx, giveUp := context.WithCancelCause(t.Context())
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, begin)
				giveUp(errors.New("interrupt signal received"))
				_, _ = conn.Read(make([]byte, 1)) // until the client closes it
			})
			_, err := sender(nil).Send(ctx, callTo(s.URL))
			if _, blamed := errors.AsType[*httpcall.UnreachableError](err); blamed || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
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
