package httpcall

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// maxAnswer is the largest body that is read, in bytes.
const maxAnswer = 16 << 20

// maxPause bounds what a Retry-After may ask of a person who waits.
const maxPause = time.Minute

// NewHTTPClient returns an http.Client for a platform: TLS 1.2 or later, trust
// in rootCAs (nil: the system's), proxies and NO_PROXY from the environment, a
// limit on every wait, and no redirects.
func NewHTTPClient(rootCAs *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	// HTTP/2 stays off: a platform's own clients speak HTTP/1.1, and a proxy
	// between has then one protocol less to get wrong.
	return Strict(&http.Client{
		Timeout: 2 * time.Minute,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: rootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  time.Minute,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
	})
}

// Strict returns a copy of client that hands a redirect out instead of following
// it, so that a credential never reaches a second host.
func Strict(client *http.Client) *http.Client {
	strict := *client
	strict.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &strict
}

// Sender sends calls. It may be used by several goroutines at once.
type Sender struct {
	HTTP       *http.Client   // of NewHTTPClient or Strict
	Trace      func(Exchange) // nil: none; called after each try of each call
	Credential secret.Text    // hidden wherever it stands in what is shown
}

// Call is a request as its protocol wants it.
type Call struct {
	Method string
	URL    *url.URL
	Header http.Header // the sender takes it over
	Body   []byte      // nil: none
	Tries  int         // how often it may be sent in all
}

// Answer is what came back; its status is 0 if nothing did.
type Answer struct {
	URL    string
	Status int // HTTP status code
	Header http.Header
	Body   []byte
}

// Join checks the base URL of a server and joins the route to it.
func Join(base, route string) (*url.URL, error) {
	server, err := url.Parse(base)
	if err != nil {
		// The error of package url quotes all of it, with a password if there is one.
		return nil, fmt.Errorf("calling %s: the server's address is not a URL", route)
	}
	isWeb := server.Scheme == "https" || server.Scheme == "http"
	isBare := server.User == nil && server.RawQuery == "" && server.Fragment == ""
	if !isWeb || !isBare || server.Host == "" {
		return nil, fmt.Errorf("calling %s: the server's address must have the form https://HOST[:PORT]", route)
	}
	return server.JoinPath(route), nil
}

// Send sends a call until the answer is not worth another try, the tries are
// used up, or the next one would come too late for ctx. The error is an
// [*UnreachableError], [ErrAnswerTooLarge], or what the context says when it was
// cancelled; any status is an answer.
func (s Sender) Send(ctx context.Context, call Call) (Answer, error) {
	for try := 1; ; try++ {
		answer, err := s.send(ctx, call, try)
		if try >= call.Tries || !isPassing(answer, err) {
			return answer, err
		}
		delay := pauseAfter(try, answer)
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= delay {
			return answer, err
		}
		if err := sleep(ctx, delay); err != nil {
			return answer, fmt.Errorf("waiting to call %s again: %w", call.URL, err)
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
	if asked := RetryAfter(answer.Header); asked > 0 {
		return min(asked, maxPause)
	}
	backoff := 500 * time.Millisecond << (try - 1)
	return backoff + rand.N(backoff/2)
}

// RetryAfter reads the seconds of a Retry-After header. Its other form, a
// date, is not used by platforms and counts as absent.
func RetryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseUint(header.Get("Retry-After"), 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
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
func (s Sender) send(ctx context.Context, call Call, try int) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, call.Method, call.URL.String(), bytes.NewReader(call.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("calling %s: %w", call.URL, err)
	}
	request.Header = call.Header
	start := time.Now()
	answer, err := roundTrip(s.HTTP, request)
	if s.Trace != nil {
		exchange := s.exchange(request, call.Body, answer)
		exchange.Try, exchange.Duration, exchange.Err = try, time.Since(start), err
		s.Trace(exchange)
	}
	return answer, err
}

// roundTrip sends a request and reads the whole answer.
func roundTrip(client *http.Client, request *http.Request) (Answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, unreachable(request, err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end or given up; nothing to lose
	answer := Answer{URL: request.URL.String(), Status: response.StatusCode, Header: response.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer, unreachable(request, err)
	}
	if len(answer.Body) > maxAnswer {
		answer.Body = nil
		return answer, fmt.Errorf("%s: %w", answer.URL, ErrAnswerTooLarge)
	}
	return answer, nil
}
