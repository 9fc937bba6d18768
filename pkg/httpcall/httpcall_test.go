package httpcall_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

const token = "0123456789abcdefghijABCDEFGHIJ01"

// server counts its requests and gives one answer.
type server struct {
	*httptest.Server
	requests int
}

func newServer(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests++
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// answering gives a JSON body with a status.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// sender has the token as its credential and a client of its own; client may be nil.
func sender(client *http.Client) httpcall.Sender {
	if client == nil {
		client = httpcall.NewHTTPClient(httpcall.ClientConfig{})
	}
	return httpcall.Sender{HTTP: client, Credential: secret.New(token)}
}

// callTo is a call that may be sent up to three times.
func callTo(server string) httpcall.Call {
	return httpcall.Call{
		Method: http.MethodPost, Server: server, Route: "/system/whoami", Tries: 3,
		Header: http.Header{"Authorization": {"Bearer " + token}}, Body: []byte("{}"),
	}
}

// A step of a script is one answer, or the lack of one.
type step struct {
	status     int
	retryAfter string
	err        error
}

// script plays its steps in order, the last one again and again, and notes when
// each call came.
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
	return &http.Response{StatusCode: current.status, Header: header, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}

// send sends a call that may be tried three times.
func (s *script) send(ctx context.Context) (httpcall.Answer, error) {
	return sender(&http.Client{Transport: s}).Send(ctx, callTo("https://api.example"))
}

// roundTrip is an http.RoundTripper made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// failing returns a client on which every request ends in err.
func failing(err error) *http.Client {
	return &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })}
}
