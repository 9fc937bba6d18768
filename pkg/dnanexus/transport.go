package dnanexus

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// apiVersion is what every client sends as DNAnexus-API.
const apiVersion = "1.0.0"

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
	return withoutRedirects(&http.Client{
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

// withoutRedirects returns a copy of client that hands a redirect out instead
// of following it, so that a token never reaches a second host.
func withoutRedirects(client *http.Client) *http.Client {
	strict := *client
	strict.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &strict
}

// rawAnswer is what came back from one try; its status is 0 if nothing did.
type rawAnswer struct {
	url    string
	status int
	header http.Header
	body   []byte
}

// post calls one route with in as its body and reads the answer into an Out.
func post[Out any](ctx context.Context, c *Client, base, route string, in any) (Out, error) {
	var none, out Out
	body, err := json.Marshal(in)
	if err != nil {
		return none, fmt.Errorf("body of the call to %s: %w", route, err)
	}
	target, err := targetURL(base, route)
	if err != nil {
		return none, err
	}
	answer, err := c.deliver(ctx, target, body, triesOf(route))
	if err != nil {
		return none, err
	}
	if err := c.redactor().failureOf(answer); err != nil {
		return none, err
	}
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return none, c.redactor().unexpected(answer)
	}
	return out, nil
}

// targetURL checks the base URL of a server and joins the route to it.
func targetURL(base, route string) (*url.URL, error) {
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

// triesOf returns how often a call may be sent in all. Only routes that are
// known to change nothing are repeated, and the end of a token, which may
// happen twice.
func triesOf(route string) int {
	const reading = 3
	method := path.Base(route)
	switch {
	case strings.HasPrefix(method, "find"):
		return reading
	case method == "whoami", method == "describe", method == "listFolder", method == "getUserInfo",
		method == "listSessions", method == "listAuthTokens":
		return reading
	case route == RouteTwoFactorStatus:
		return reading
	case route == RouteDestroyAuthToken:
		return 2
	default:
		return 1
	}
}

// deliver sends a call until the answer is not worth another try, the tries are
// used up, or the next one would come too late for ctx.
func (c *Client) deliver(ctx context.Context, target *url.URL, body []byte, tries int) (rawAnswer, error) {
	for try := 1; ; try++ {
		answer, err := c.send(ctx, target, body, try)
		if try >= tries || !isPassing(answer, err) {
			return answer, err
		}
		delay := pauseAfter(try, answer)
		if deadline, limited := ctx.Deadline(); limited && time.Until(deadline) <= delay {
			return answer, err
		}
		if err := sleep(ctx, delay); err != nil {
			return answer, fmt.Errorf("waiting to call %s again: %w", target, err)
		}
	}
}

// isPassing reports whether a failure may be gone at the next try.
func isPassing(answer rawAnswer, err error) bool {
	if err != nil {
		unreachable, ok := errors.AsType[*UnreachableError](err)
		return ok && answer.status == 0 && isLost(unreachable.Err)
	}
	switch answer.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// pauseAfter returns how long to wait after the given try: what the server
// asks for, else 0.5 s and then twice as much each time, plus up to half of it
// so that many clients do not come back together.
func pauseAfter(try int, answer rawAnswer) time.Duration {
	if asked := retryAfter(answer.header); asked > 0 {
		return min(asked, maxPause)
	}
	backoff := 500 * time.Millisecond << (try - 1)
	return backoff + rand.N(backoff/2)
}

// retryAfter reads the seconds of a Retry-After header. Its other form, a
// date, is not used by platforms and counts as absent.
func retryAfter(header http.Header) time.Duration {
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
func (c *Client) send(ctx context.Context, target *url.URL, body []byte, try int) (rawAnswer, error) {
	request, err := c.newRequest(ctx, target, body)
	if err != nil {
		return rawAnswer{}, err
	}
	start := time.Now()
	answer, err := roundTrip(c.config.HTTP, request)
	if c.config.Trace != nil {
		exchange := c.redactor().exchange(request, body, answer)
		exchange.Try, exchange.Duration, exchange.Err = try, time.Since(start), err
		c.config.Trace(exchange)
	}
	return answer, err
}

// newRequest builds the HTTP request with the headers that platforms expect.
func (c *Client) newRequest(ctx context.Context, target *url.URL, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", target, err)
	}
	request.Header.Set("User-Agent", c.config.UserAgent)
	request.Header.Set("DNAnexus-API", apiVersion)
	request.Header.Set("Content-Type", "application/json")
	if c.config.Token.IsZero() {
		return request, nil
	}
	authorization, err := c.authorization()
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", authorization)
	return request, nil
}

// authorization returns the value of the Authorization header.
func (c *Client) authorization() (string, error) {
	if err := ValidToken(c.config.Token); err != nil {
		return "", err
	}
	scheme := c.config.TokenType
	if scheme == "" {
		scheme = DefaultTokenType
	}
	if !isName(scheme) {
		return "", fmt.Errorf("%w: its type is not one word of letters and digits", ErrInvalidToken)
	}
	return scheme + " " + c.config.Token.Reveal(), nil
}

// roundTrip sends a request and reads the whole answer.
func roundTrip(client *http.Client, request *http.Request) (rawAnswer, error) {
	response, err := client.Do(request)
	if err != nil {
		return rawAnswer{}, unreachable(request, err)
	}
	defer func() { _ = response.Body.Close() }() // read to the end or given up; nothing to lose
	answer := rawAnswer{url: request.URL.String(), status: response.StatusCode, header: response.Header}
	answer.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return answer, unreachable(request, err)
	}
	if len(answer.body) > maxAnswer {
		answer.body = nil
		return answer, fmt.Errorf("%s: %w", answer.url, ErrAnswerTooLarge)
	}
	return answer, nil
}
