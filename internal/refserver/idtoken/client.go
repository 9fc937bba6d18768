package idtoken

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Bounds of one call to an issuer.
const (
	callTime    = 10 * time.Second // with name look-up, connection and body
	maxResponse = 1 << 20          // in bytes
)

// newClient returns a client that calls only the allowed hosts, follows no redirect and
// reads no more than maxResponse.
func newClient(allowed hosts, roots *x509.CertPool) *http.Client {
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: callTime / 2}).DialContext,
		TLSHandshakeTimeout:    callTime / 2,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{
		Transport:     bounded{allowed, transport},
		Timeout:       callTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// readAll sends a request and returns the body of a response with the status 200.
func readAll(client *http.Client, request *http.Request) ([]byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %d", response.StatusCode)
	}
	return io.ReadAll(response.Body)
}

var (
	errRedirect = errors.New("it redirects, which is not followed: configure the issuer under its own URL")
	errTooLarge = fmt.Errorf("its response has more than %d bytes", maxResponse)
)

// bounded is a transport that calls only allowed hosts and cuts responses.
type bounded struct {
	allowed hosts
	next    http.RoundTripper
}

// RoundTrip is that of the transport, within the bounds.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := b.allowed.checkURL(r.URL); err != nil {
		return nil, err
	}
	response, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &boundedBody{body: response.Body, left: maxResponse}
	return response, nil
}

// boundedBody fails where more than left bytes are read.
type boundedBody struct {
	body io.ReadCloser
	left int
}

// Read reads at most what is left, and one byte to know that there is more.
func (b *boundedBody) Read(p []byte) (int, error) {
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if n > b.left {
		return b.left, errTooLarge
	}
	b.left -= n
	return n, err
}

// Close closes the body.
func (b *boundedBody) Close() error { return b.body.Close() }

// hosts are the hosts that may be called, each with its port.
type hosts map[string]bool

// newHosts returns the host of an issuer and those that the administrator listed, with or
// without a port.
func newHosts(issuer *url.URL, listed []string) hosts {
	allowed := hosts{hostPort(issuer): true}
	for _, host := range listed {
		allowed[hostPort(&url.URL{Scheme: "https", Host: host})] = true
	}
	for _, host := range wellKnownHosts(issuer.String()) {
		allowed[host] = true
	}
	return allowed
}

// wellKnownHosts returns further hosts of a provider that most people use, so that they
// need not be listed.
func wellKnownHosts(issuer string) []string {
	if issuer == "https://accounts.google.com" {
		return []string{"oauth2.googleapis.com:443", "www.googleapis.com:443"}
	}
	return nil
}

func (h hosts) check(endpoint string) error {
	address, err := url.Parse(endpoint)
	if err != nil || address.Hostname() == "" || address.User != nil {
		return fmt.Errorf("its discovery document names %q, which is not a URL", shortened(endpoint))
	}
	return h.checkURL(address)
}

func (h hosts) checkURL(address *url.URL) error {
	switch {
	case address.Scheme != "https" && (address.Scheme != "http" || !isLoopback(address.Hostname())):
		return fmt.Errorf("it names %s, which does not begin with https://", shortened(address.Redacted()))
	case !h[hostPort(address)]:
		return fmt.Errorf("it names the host %s, which is neither that of the issuer nor listed under hosts", shortened(address.Host))
	default:
		return nil
	}
}

// hostPort returns the host of a URL with its port.
func hostPort(address *url.URL) string {
	port := address.Port()
	switch {
	case port != "":
	case address.Scheme == "http":
		port = "80"
	default:
		port = "443"
	}
	return net.JoinHostPort(strings.ToLower(address.Hostname()), port)
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
