package httpkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// logged serves one request behind Identify and Log and returns the line.
func logged(t *testing.T, r *http.Request, handler http.HandlerFunc) string {
	t.Helper()
	var lines bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&lines, nil))
	Identify(Log(handler, log, uncounted), time.Now, nil).ServeHTTP(httptest.NewRecorder(), r)
	if n := strings.Count(lines.String(), "\n"); n != 1 {
		t.Fatalf("%d lines: %s", n, &lines)
	}
	return lines.String()
}

func uncounted(string, string, int, time.Duration) {}

// TestARequestIsCounted as it is logged.
func TestARequestIsCounted(t *testing.T) {
	counted := 0
	handler := func(w http.ResponseWriter, r *http.Request) {
		NoteRoute(r.Context(), "/system/whoami")
		w.WriteHeader(http.StatusTeapot)
	}
	count := func(method, route string, status int, took time.Duration) {
		counted++
		if method != "(other)" || route != "/system/whoami" || status != http.StatusTeapot || took < 0 {
			t.Errorf("counted %s %s %d, %v", method, route, status, took)
		}
	}
	log := slog.New(slog.DiscardHandler)
	Identify(Log(http.HandlerFunc(handler), log, count), time.Now, nil).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("SECRET", "/secret", nil))
	if counted != 1 {
		t.Errorf("counted %d times", counted)
	}
}

func TestLogLine(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/system/whoami", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	var id string
	line := logged(t, r, func(w http.ResponseWriter, r *http.Request) {
		id = InfoOf(r.Context()).RequestID
		NoteRoute(r.Context(), "/system/*")
		NoteRoute(r.Context(), "/system/whoami")
		w.WriteHeader(http.StatusTeapot)
	})
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"method": "POST", "path": "/system/whoami", "status": float64(http.StatusTeapot),
		"address": "192.0.2.1", "request_id": id,
	} {
		if fields[key] != want {
			t.Errorf("%s is %v, want %v", key, fields[key], want)
		}
	}
	if _, has := fields["took"]; !has {
		t.Errorf("the time is missing: %s", line)
	}
}

func TestLogOfASilentHandler(t *testing.T) {
	line := logged(t, httptest.NewRequest(http.MethodGet, "/", nil), func(http.ResponseWriter, *http.Request) {})
	if !strings.Contains(line, `"status":200`) {
		t.Error(line)
	}
}

// Nothing of a method, a path, a query, a header or a body is logged.
func TestLogKeepsQuiet(t *testing.T) {
	const password = "hunter2"
	r := httptest.NewRequest(password, "/"+password+"?access_token="+password, strings.NewReader(password))
	r.Header.Set("Authorization", "Bearer "+password)
	r.Header.Set("User-Agent", password)
	r.Header.Set("Cookie", "session="+password)
	r.Header.Set("X-Request-ID", password)
	r.SetBasicAuth(password, password)
	r.Host = password
	line := logged(t, r, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	if strings.Contains(line, password) || !strings.Contains(line, `"method":"(other)","path":"(no route)"`) {
		t.Error(line)
	}
}

func TestLogFault(t *testing.T) {
	for _, c := range []struct {
		name string
		gone bool // the client
		want string
	}{
		{"a fault", false, `path="(no route)" error="the disk is full" request_id=""`},
		{"a client that went away", true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if c.gone {
				cancel()
			}
			var lines bytes.Buffer
			LogFault(httptest.NewRequestWithContext(ctx, http.MethodPost, "/system/whoami", nil),
				slog.New(slog.NewTextHandler(&lines, nil)), errors.New("the disk is full"))
			if !strings.Contains(lines.String(), c.want) || (lines.Len() == 0) != c.gone {
				t.Errorf("the log says %q", lines.String())
			}
		})
	}
}

// S-71: no path can start a new line or send escape sequences to a terminal.
func FuzzLogInjection(f *testing.F) {
	for _, seed := range []string{"/", "/a\nb", "/\x1b[2J", "/\r\n{\"msg\":\"request\"}", "/\u2028\u0085", "/%0a\xff"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for name, handler := range map[string]func(io.Writer) slog.Handler{
			"json": func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, nil) },
			"text": func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, nil) },
		} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path, r.URL.RawPath = path, path
			var lines bytes.Buffer
			Log(http.NotFoundHandler(), slog.New(handler(&lines)), uncounted).ServeHTTP(httptest.NewRecorder(), r)
			line := strings.TrimSuffix(lines.String(), "\n")
			if at := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 {
				t.Errorf("%s: %q gives %q", name, path, line)
			}
		}
	})
}

// serveRecovering serves one request behind Recover and returns the response and the
// log.
func serveRecovering(handler http.HandlerFunc) (*httptest.ResponseRecorder, string) {
	var lines bytes.Buffer
	refuse := func(w http.ResponseWriter, _ *http.Request) {
		WriteJSON(w, http.StatusInternalServerError, []byte(`"sorry"`))
	}
	recorder := httptest.NewRecorder()
	Identify(Recover(handler, slog.New(slog.NewJSONHandler(&lines, nil)), refuse), time.Now, nil).
		ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/", nil))
	return recorder, lines.String()
}

func TestAPanicIsAnAnswer(t *testing.T) {
	for _, fault := range []any{"kaboom", errors.New("kaboom")} {
		answer, log := serveRecovering(func(http.ResponseWriter, *http.Request) { panic(fault) })
		if answer.Code != http.StatusInternalServerError || answer.Body.String() != `"sorry"` {
			t.Errorf("status %d, body %s", answer.Code, answer.Body)
		}
		id := answer.Header().Get("X-Request-ID")
		for _, part := range []string{`"fault":"kaboom"`, `"request_id":"` + id + `"`, "goroutine", "log_test.go"} {
			if !strings.Contains(log, part) {
				t.Errorf("the log does not have %s: %s", part, log)
			}
		}
		if strings.Count(log, "\n") != 1 {
			t.Errorf("not one line: %s", log)
		}
	}
}

func TestRecoverLeavesGoodAnswersAlone(t *testing.T) {
	answer, log := serveRecovering(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	if answer.Code != http.StatusTeapot || log != "" {
		t.Errorf("status %d, log %s", answer.Code, log)
	}
}

func TestAnAbortedAnswerStaysAborted(t *testing.T) {
	defer func() {
		if fault := recover(); fault != http.ErrAbortHandler {
			t.Errorf("got panic %v", fault)
		}
	}()
	serveRecovering(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// http.ResponseController finds the connection behind the recorder of Log.
func TestLogUnwraps(t *testing.T) {
	logged(t, httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, _ *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
}
