package httpcall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
	"github.com/dxauth/dxauth/pkg/secret/redact"
)

// maxAnswer is the largest body that is read, in bytes.
const maxAnswer = 16 << 20

// maxPause bounds how long a call may wait in all because a server asks for it.
const maxPause = 30 * time.Second

// Sender sends calls. It may be used by several goroutines at once.
type Sender struct {
	HTTP       *http.Client   // required; its redirect policy is not used
	Trace      func(Exchange) // nil: none; called after each try of each call
	Waiting    func(Pause)    // nil: none; called before a pause that the server asks for
	Credential secret.Text    // redacted in errors and traces, beside the secrets of the call; zero: none
}

// Pause is a wait before a call is sent again.
type Pause struct {
	Server string        // base URL
	Asked  time.Duration // what the server asks for
	Length time.Duration // how long the wait is; the waits of a call take at most 30 s
}

// Call is one request of a protocol.
type Call struct {
	Method string
	Server string      // base URL, "https://HOST[:PORT][/PATH]"
	Route  string      // path below the base URL, with its query if it has one
	Header http.Header // the sender takes it over
	Body   []byte      // nil: none
	Tries  int         // how often it may be sent in all; less than 2: once

	// Private says that the request or its answer carries a credential: a trace
	// shows neither body.
	Private bool
}

// Answer is a response that was read to its end, at most 16 MiB. Its status is 0
// if there was none.
type Answer struct {
	Server string // base URL of the call
	Status int    // HTTP status code; 0: none
	Header http.Header
	Body   []byte // without a byte order mark

	called   *url.URL
	redactor redact.Redactor // of the secrets that were sent
}

// URL returns the URL that was called, without secrets; "" if none was.
func (a Answer) URL() string {
	if a.called == nil {
		return ""
	}
	return a.redactor.Text(a.called.String())
}

// Location returns where a redirect leads, and nil for any other answer. It may hold a
// secret: it is to be compared, not shown.
func (a Answer) Location() *url.URL {
	location := a.Header.Get("Location")
	if a.Status/100 != 3 || location == "" {
		return nil
	}
	target, err := a.called.Parse(location)
	if err != nil {
		return nil
	}
	return target
}

// RetryAfter returns what the Retry-After header asks for, in whole seconds. Its
// other form, a date, is not used by platforms and counts as absent: 0.
func (a Answer) RetryAfter() time.Duration {
	seconds, err := strconv.ParseUint(a.Header.Get("Retry-After"), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// join checks the base URL of a server and joins the route to it.
func join(base, route string) (*url.URL, error) {
	path, query, _ := strings.Cut(route, "?")
	server, err := url.Parse(base)
	if err != nil {
		// The error of package url quotes all of it, with a password if there is one.
		return nil, fmt.Errorf("calling %s: the server's address is not a URL", path)
	}
	isWeb := server.Scheme == "https" || server.Scheme == "http"
	isBare := server.User == nil && server.RawQuery == "" && server.Fragment == ""
	if !isWeb || !isBare || server.Host == "" {
		return nil, fmt.Errorf("calling %s: the server's address must have the form https://HOST[:PORT]", path)
	}
	target := server.JoinPath(path) // #nosec G125 -- the caller's own path, on the server that the caller names
	target.RawQuery = query
	return target, nil
}

// Send sends a call and returns the answer, whatever its status. It tries again,
// up to call.Tries times in all, after a status of 429, 502, 503 or 504 and where
// the connection was lost before an answer began, unless the next try would come
// after the deadline of ctx. It waits as long as a Retry-After asks, but at most 30 s
// in all.
//
// It returns an [*UnreachableError] if there is no whole answer, an error that
// wraps [ErrAnswerTooLarge], one that wraps [context.Canceled] if the caller gave
// up, or one that says what is wrong with call.Server; then nothing was sent.
func (s Sender) Send(ctx context.Context, call Call) (Answer, error) {
	target, err := join(call.Server, call.Route)
	if err != nil {
		return Answer{}, err
	}
	s.HTTP = noRedirects(s.HTTP)
	left := maxPause
	for try := 1; ; try++ {
		answer, err := s.send(ctx, target.String(), call, try)
		if try >= call.Tries || !isPassing(answer, err) || left <= 0 {
			return answer, err
		}
		delay := min(pauseAfter(try, answer), left)
		left -= delay
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= delay {
			return answer, err
		}
		if asked := answer.RetryAfter(); asked > 0 && s.Waiting != nil {
			s.Waiting(Pause{Server: call.Server, Asked: asked, Length: delay})
		}
		if err := sleep(ctx, delay); err != nil {
			return answer, fmt.Errorf("waiting to call %s again: %w", answer.redactor.Text(target.String()), err)
		}
	}
}

// isPassing reports whether a failure may be gone at the next try.
func isPassing(answer Answer, err error) bool {
	if err != nil {
		unreachable, ok := errors.AsType[*UnreachableError](err)
		return ok && answer.Status == 0 && isLost(unreachable.Err)
	}
	switch answer.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// pauseAfter returns how long to wait after the given try: what the server
// asks for, else 0.5 s and then twice as much each time, plus up to half of it
// so that many clients do not come back together.
func pauseAfter(try int, answer Answer) time.Duration {
	if asked := answer.RetryAfter(); asked > 0 {
		return asked
	}
	backoff := 500 * time.Millisecond << (try - 1)
	return backoff + rand.N(backoff/2) // #nosec G404 -- spreads tries, is not a secret
}

// sleep waits for d or returns why ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send makes one try and reports it to the trace.
func (s Sender) send(ctx context.Context, target string, call Call, try int) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, call.Method, target, bytes.NewReader(call.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("calling %s: %w", target, err)
	}
	request.Header = call.Header
	start := time.Now()
	answer, err := roundTrip(s.HTTP, request, s.redactor(request, call))
	answer.Server = call.Server
	if s.Trace != nil {
		exchange := call.exchange(request, answer)
		exchange.Try, exchange.Duration, exchange.Err = try, time.Since(start), err
		s.Trace(exchange)
	}
	return answer, err
}

// redactor returns what hides the secrets of a call in all that it brings back.
func (s Sender) redactor(request *http.Request, call Call) redact.Redactor {
	secrets := redact.SecretsOf(request.Header, request.URL.RawQuery, call.Body)
	return redact.New(append(secrets, s.Credential)...)
}

// byteOrderMark is put before a text by some proxies and servers.
var byteOrderMark = []byte("\ufeff")

// roundTrip sends a request and reads the whole answer.
func roundTrip(client *http.Client, request *http.Request, redactor redact.Redactor) (Answer, error) {
	answer := Answer{called: request.URL, redactor: redactor}
	response, err := client.Do(request)
	if err != nil {
		return answer, unreachable(request, err, redactor)
	}
	defer func() { _ = response.Body.Close() }() // read to the end or given up; nothing to lose
	answer.Status, answer.Header = response.StatusCode, response.Header
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer, unreachable(request, err, redactor)
	}
	if len(answer.Body) > maxAnswer {
		answer.Body = nil
		return answer, fmt.Errorf("%s: %w", answer.URL(), ErrAnswerTooLarge)
	}
	answer.Body = bytes.TrimPrefix(answer.Body, byteOrderMark)
	return answer, nil
}
