package httpcall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// ConnectTimeoutError is the cause of an [UnreachableError] where no connection was
// made in time.
type ConnectTimeoutError struct{ Limit time.Duration }

// Error says how long was waited.
func (e *ConnectTimeoutError) Error() string { return fmt.Sprintf("no connection within %s", e.Limit) }

// Timeout is part of net.Error.
func (e *ConnectTimeoutError) Timeout() bool { return true }

// Temporary is part of net.Error.
func (e *ConnectTimeoutError) Temporary() bool { return true }

// connectLimit bounds how long a transport takes to connect: name look-up, proxy,
// connection and TLS together. The timeouts of the transport itself are of one step
// each, and end attempts that nobody waits for any more.
type connectLimit struct {
	*http.Transport
	limit time.Duration
}

// RoundTrip is that of the transport, within the limit.
func (c *connectLimit) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	slow := time.AfterFunc(c.limit, func() { cancel(&ConnectTimeoutError{c.limit}) })
	defer slow.Stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { slow.Reset(c.limit) }, // again where a kept connection was closed
		GotConn: func(httptrace.GotConnInfo) { slow.Stop() },
	})
	response, err := c.Transport.RoundTrip(request.WithContext(ctx))
	if err != nil {
		cancel(nil)
		if late, ok := errors.AsType[*ConnectTimeoutError](context.Cause(ctx)); ok {
			return nil, late
		}
		return nil, err
	}
	response.Body = &endingBody{ReadCloser: response.Body, end: func() { cancel(nil) }}
	return response, nil
}

// endingBody calls a function when it is closed.
type endingBody struct {
	io.ReadCloser
	end func()
}

// Close closes the body.
func (b *endingBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
