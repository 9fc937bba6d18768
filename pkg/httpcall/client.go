package httpcall

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// ClientConfig configures an http.Client for a platform.
type ClientConfig struct {
	RootCAs        *x509.CertPool // nil: the system's
	ConnectTimeout time.Duration  // of name look-up, proxy, connection and TLS together; 0: [DefaultConnectTimeout]
}

// DefaultConnectTimeout is how long connecting to a server may take.
const DefaultConnectTimeout = 10 * time.Second

// responseTimeout is how long a server may take from the last byte of a request to the
// first of its response, and wholeTimeout how long all of a call may take that has been
// connected.
const (
	responseTimeout = time.Minute
	wholeTimeout    = 2 * time.Minute
)

// NewHTTPClient returns an http.Client for a platform: TLS 1.2 or later, proxies and
// NO_PROXY from the environment, a limit on every wait, and no redirects: a redirect is
// returned as the answer.
//
// A server on this machine is never reached through a proxy, and localhost is not
// looked up: it is 127.0.0.1 or ::1.
func NewHTTPClient(config ClientConfig) *http.Client {
	if config.ConnectTimeout <= 0 {
		config.ConnectTimeout = DefaultConnectTimeout
	}
	// The limits of single steps are longer, so that the limit of all of them, which says
	// what it is, always ends the wait.
	stepTimeout := 2 * config.ConnectTimeout
	// HTTP/2 stays off: a platform's own clients speak HTTP/1.1, and a proxy
	// between has then one protocol less to get wrong.
	return noRedirects(&http.Client{
		Timeout: config.ConnectTimeout + wholeTimeout,
		Transport: &connectLimit{limit: config.ConnectTimeout, Transport: &http.Transport{
			Proxy:                  proxyOf,
			DialContext:            dialer{&net.Dialer{Timeout: stepTimeout, KeepAlive: 30 * time.Second}}.dial,
			TLSClientConfig:        &tls.Config{RootCAs: config.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    stepTimeout,
			ResponseHeaderTimeout:  responseTimeout,
			IdleConnTimeout:        45 * time.Second, // servers and proxies close theirs after 60 or more: what is sent just then is lost
			MaxResponseHeaderBytes: 64 << 10,
		}},
	})
}

// proxyOf returns the proxy that the environment names, and none for this machine.
func proxyOf(request *http.Request) (*url.URL, error) {
	if isLoopback(request.URL.Hostname()) {
		return nil, nil
	}
	proxy, err := http.ProxyFromEnvironment(request)
	if err != nil {
		return nil, errProxy // without the address, which may hold a password
	}
	return proxy, nil
}

var errProxy = errors.New("the proxy in the environment can't be used: its address is not a URL, or it is in HTTP_PROXY while REQUEST_METHOD is set, as in a CGI script")

func isLoopback(hostname string) bool {
	if address, err := netip.ParseAddr(hostname); err == nil {
		return address.Unmap().IsLoopback()
	}
	return isLocalhost(hostname)
}

func isLocalhost(hostname string) bool {
	return strings.EqualFold(strings.TrimSuffix(hostname, "."), "localhost")
}

// dialer connects to addresses. Where localhost leads is not left to a file or a name
// server: plain http is allowed to it.
type dialer struct{ *net.Dialer }

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	hostname, port, err := net.SplitHostPort(address)
	if err != nil || !isLocalhost(hostname) {
		return d.DialContext(ctx, network, address)
	}
	connection, err := d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	if err == nil || errors.Is(err, context.Canceled) {
		return connection, err
	}
	if other, otherErr := d.DialContext(ctx, network, net.JoinHostPort("::1", port)); otherErr == nil {
		return other, nil
	}
	return nil, err
}

// noRedirects returns a copy of client that returns a redirect as the answer, so
// that a credential never reaches a second host.
func noRedirects(client *http.Client) *http.Client {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}
