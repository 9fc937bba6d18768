// Package httpwait shows which server a command waits for.
//
// It promises that a request which takes longer than a second is seen at a terminal, from
// its start until its response was read, with the time that has passed; what is shown is
// for package terminal to say. It changes nothing of requests and responses.
package httpwait

import (
	"io"
	"net/http"

	"github.com/dxauth/dxauth/internal/terminal"
)

// Shown returns a transport that shows the waits of another one.
func Shown(transport http.RoundTripper, screen *terminal.Terminal) http.RoundTripper {
	return shownWaits{transport, screen}
}

// shownWaits shows which server a request waits for, until its response was read.
type shownWaits struct {
	http.RoundTripper
	terminal *terminal.Terminal
}

// RoundTrip is that of the wrapped transport.
func (s shownWaits) RoundTrip(request *http.Request) (*http.Response, error) {
	done := s.terminal.Waiting(request.URL.Host)
	response, err := s.RoundTripper.RoundTrip(request)
	if err != nil {
		done()
		return nil, err
	}
	response.Body = awaitedBody{response.Body, done}
	return response, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (s shownWaits) CloseIdleConnections() {
	if closer, ok := s.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// awaitedBody is the body of a response that was waited for.
type awaitedBody struct {
	io.ReadCloser
	done func()
}

// Close closes the body and ends the wait.
func (b awaitedBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}
