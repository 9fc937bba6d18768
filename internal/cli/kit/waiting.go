package kit

import (
	"io"
	"net/http"

	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// HTTPClient returns the client for the requests of a command: it trusts the
// authorities that the settings name, and shows when a server keeps the user waiting.
func (s *Servers) HTTPClient() (*http.Client, error) {
	roots, err := s.RootCAs()
	if err != nil {
		return nil, err
	}
	timeout, err := s.settings.ConnectTimeout()
	if err != nil {
		return nil, err
	}
	client := httpcall.NewHTTPClient(httpcall.ClientConfig{RootCAs: roots, ConnectTimeout: timeout})
	client.Transport = shownWaits{client.Transport, s.console.Terminal}
	return client, nil
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
