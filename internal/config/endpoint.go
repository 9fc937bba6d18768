package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/syntax"
)

const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// Endpoint is the normal form of a server's base URL: two spellings of one
// server give equal endpoints. ParseEndpoint makes it.
type Endpoint struct {
	scheme   string // http or https
	hostname string // lower case; an IPv6 address without brackets
	port     int
	path     string // begins with a slash and does not end in one; "" for the root
}

// ParseEndpoint reads a base URL such as "https://api.dnanexus.com",
// "https://example.org/molgenis" or "localhost:8080". The default scheme is http for
// this machine and https for any other. A query, fragment or user name is an error,
// because ignoring it could send a password to the wrong place; errors never repeat
// what may be a password.
func ParseEndpoint(raw string) (Endpoint, error) {
	raw = strings.TrimSpace(raw)
	switch {
	case raw == "":
		return Endpoint{}, errors.New("the server's address is empty")
	case strings.HasPrefix(raw, "://"):
		return Endpoint{}, errors.New("the server's address has no scheme before ://")
	case strings.Contains(raw, "@"):
		return Endpoint{}, errors.New("a server's address has no user name or password in it")
	case strings.ContainsAny(raw, "?#"):
		return Endpoint{}, errors.New("a server's address has no query or fragment")
	}
	scheme, authority, ok := strings.Cut(raw, "://")
	if !ok {
		scheme, authority = "", raw
	}
	path := ""
	if slash := strings.IndexByte(authority, '/'); slash >= 0 {
		authority, path = authority[:slash], authority[slash:]
	}
	e, err := newEndpoint(strings.ToLower(scheme), authority)
	if err != nil {
		return Endpoint{}, err
	}
	if e.path, err = syntax.BasePath(path); err != nil {
		return Endpoint{}, fmt.Errorf("the path of a server's address %w", err)
	}
	if base, page, found := syntax.CutPage(e.path); found {
		e.path = base
		return Endpoint{}, fmt.Errorf("a server's address does not end in %s; use %s", page, e.URL())
	}
	return e, nil
}

func newEndpoint(scheme, authority string) (Endpoint, error) {
	hostname, port, err := splitAuthority(authority)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{scheme: scheme}
	if e.hostname, err = normalHostname(hostname); err != nil {
		return Endpoint{}, err
	}
	switch {
	case scheme == "" && e.Loopback():
		e.scheme = schemeHTTP
	case scheme == "":
		e.scheme = schemeHTTPS
	case scheme != schemeHTTP && scheme != schemeHTTPS:
		return Endpoint{}, fmt.Errorf("scheme %q is not one of https, http", scheme)
	}
	e.port = defaultPort(e.scheme)
	if port != "" {
		if e.port, err = parsePort(port); err != nil {
			return Endpoint{}, err
		}
	}
	return e, nil
}

// splitAuthority separates host and port; the port may be missing.
func splitAuthority(authority string) (hostname, port string, err error) {
	if inside, ok := strings.CutPrefix(authority, "["); ok {
		hostname, port, ok = strings.Cut(inside, "]")
		if !ok || !strings.Contains(hostname, ":") || (port != "" && port[0] != ':') {
			return "", "", errors.New("brackets in a server's address hold an IPv6 address, as in [::1]:8080")
		}
		return hostname, strings.TrimPrefix(port, ":"), nil
	}
	hostname, port, _ = strings.Cut(authority, ":")
	if strings.Contains(port, ":") {
		return "", "", errors.New("an IPv6 address needs brackets, as in [::1]:8080")
	}
	return hostname, port, nil
}

// normalHostname accepts only ASCII names. That excludes control characters and
// look-alike letters; international names have an ASCII form.
func normalHostname(hostname string) (string, error) {
	if address, err := netip.ParseAddr(hostname); err == nil && address.Zone() == "" {
		return address.Unmap().String(), nil
	}
	hostname = strings.TrimSuffix(strings.ToLower(hostname), ".")
	if hostname == "" {
		return "", errors.New("the server's address has no host")
	}
	const maxName, maxLabel = 253, 63 // RFC 1035
	valid := len(hostname) <= maxName
	for label := range strings.SplitSeq(hostname, ".") {
		valid = valid && label != "" && len(label) <= maxLabel && label[0] != '-' &&
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	}
	if !valid {
		return "", fmt.Errorf("%q is not a host name (an international one is written in its xn-- form)", hostname)
	}
	return hostname, nil
}

func parsePort(port string) (int, error) {
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("port %q is not a number from 1 to 65535", port)
	}
	return int(n), nil
}

func defaultPort(scheme string) int {
	if scheme == schemeHTTP {
		return 80
	}
	return 443
}

// URL returns the base URL without a final slash and without a default port:
// "https://api.dnanexus.com". The zero Endpoint has the URL "".
func (e Endpoint) URL() string {
	if e == (Endpoint{}) {
		return ""
	}
	return e.scheme + "://" + e.Name()
}

// Name returns the host with the path: "example.org/molgenis". It is what follows the
// user in the name of an account.
func (e Endpoint) Name() string { return e.Host() + e.path }

// Path returns the path below which the server is, without a final slash; "" for the
// root.
func (e Endpoint) Path() string { return e.path }

// Host returns "host" or "host:port", without a default port.
func (e Endpoint) Host() string {
	if e.port != defaultPort(e.scheme) {
		return net.JoinHostPort(e.hostname, strconv.Itoa(e.port))
	}
	if strings.Contains(e.hostname, ":") {
		return "[" + e.hostname + "]"
	}
	return e.hostname
}

// Hostname returns the host in lower case, an IPv6 address without brackets.
func (e Endpoint) Hostname() string { return e.hostname }

// Port returns the port, even if it is the default.
func (e Endpoint) Port() int { return e.port }

// Scheme returns "http" or "https".
func (e Endpoint) Scheme() string { return e.scheme }

// Loopback reports whether the server is on this machine: an address of 127.0.0.0/8,
// ::1, or localhost, which the client does not look up. A name below localhost does not
// count: a name server or a proxy decides where it leads.
func (e Endpoint) Loopback() bool {
	if address, err := netip.ParseAddr(e.hostname); err == nil {
		return address.IsLoopback()
	}
	return e.hostname == "localhost"
}

// CheckPlaintext returns an error if others on the network could read what is sent
// to the server: plain http to another machine.
func (e Endpoint) CheckPlaintext() error {
	if e.scheme != schemeHTTP || e.Loopback() {
		return nil
	}
	return fmt.Errorf("%s would get passwords and tokens unencrypted; use https, or allow it with --insecure-http", e.URL())
}

// platforms maps the API servers of DNAnexus to their separate auth servers.
func platforms() map[Endpoint]Endpoint {
	return map[Endpoint]Endpoint{
		{schemeHTTPS, "api.dnanexus.com", 443, ""}:           {schemeHTTPS, "auth.dnanexus.com", 443, ""},
		{schemeHTTPS, "stagingapi.dnanexus.com", 443, ""}:    {schemeHTTPS, "stagingauth.dnanexus.com", 443, ""},
		{schemeHTTPS, "api.cn.dnanexus.com", 443, ""}:        {schemeHTTPS, "auth.cn.dnanexus.com", 8001, ""},
		{schemeHTTPS, "stagingapi.cn.dnanexus.com", 443, ""}: {schemeHTTPS, "stagingauth.cn.dnanexus.com", 7001, ""},
	}
}

// AuthServerFor returns the authentication server of an API server: a separate one
// for the hosts of DNAnexus, else the server itself.
func AuthServerFor(api Endpoint) Endpoint {
	for known, auth := range platforms() {
		if known.hostname == api.hostname {
			return auth
		}
	}
	return api
}

// APIServerFor is the inverse of [AuthServerFor].
func APIServerFor(auth Endpoint) Endpoint {
	for api, known := range platforms() {
		if known == auth {
			return api
		}
	}
	return auth
}
