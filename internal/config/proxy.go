package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/dxauth/dxauth/internal/refusal"
)

// CheckProxy returns a usage error if a variable that package http uses for requests to
// a server, such as HTTPS_PROXY, is malformed, or is not used in a CGI script: package http
// would ignore it and send the request past the proxy. No proxy is used for this machine.
//
// The error shows nothing of the value, which may hold a password.
func CheckProxy(server Endpoint) error {
	if server.Loopback() {
		return nil
	}
	variable, proxy := firstSet(strings.ToUpper(server.scheme)+"_PROXY", server.scheme+"_proxy")
	if proxy == "" {
		return nil
	}
	if server.scheme == schemeHTTP && os.Getenv("REQUEST_METHOD") != "" {
		return refusal.Usagef("%s is not used while REQUEST_METHOD is set: in a CGI script, a request could have set it", variable).
			WithHint("unset REQUEST_METHOD if this is not a CGI script, or unset " + variable)
	}
	if err := checkProxyURL(proxy); err != nil {
		return refusal.Usagef("%s: %s", variable, err).WithHint("correct it, as in http://HOST:PORT, or unset it")
	}
	variable, exceptions := firstSet("NO_PROXY", "no_proxy")
	for i, entry := range strings.Split(exceptions, ",") {
		if !isProxyException(strings.TrimSpace(entry)) {
			return refusal.Usagef("%s: entry %d is not a host, an address or a network", variable, i+1).
				WithHint("correct it, as in example.org,10.0.0.0/8, or unset it")
		}
	}
	return nil
}

// firstSet returns the first of the variables that is not empty, in the order of
// package http.
func firstSet(names ...string) (name, value string) {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

var errProxyEscape = errors.New("in a user name or password, special characters are written with %, as %2F for /")

// checkProxyURL accepts scheme, user name, password, host and port, all but the host
// optional.
func checkProxyURL(value string) error {
	if strings.ContainsFunc(value, isBlankOrControl) {
		return errors.New("a URL has no blanks and no control characters in it")
	}
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		scheme, rest = schemeHTTP, value
	}
	if !slices.Contains([]string{schemeHTTP, schemeHTTPS, "socks5", "socks5h"}, strings.ToLower(scheme)) {
		return errors.New("the scheme of a proxy is one of http, https, socks5 and socks5h")
	}
	authority := strings.TrimSuffix(rest, "/")
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		if strings.Contains(authority[i:], "@") {
			return errProxyEscape
		}
		return errors.New("nothing follows the host and port of a proxy")
	}
	at := strings.LastIndexByte(authority, '@') + 1
	if _, err := url.Parse("http://" + authority[:at] + "proxy"); err != nil {
		return errProxyEscape
	}
	return checkProxyHost(authority[at:])
}

// checkProxyHost accepts a host with or without a port.
func checkProxyHost(authority string) error {
	hostname, port, err := splitAuthority(authority)
	if err != nil {
		return errors.New("an IPv6 address is written in brackets, as in [fd00::1]:3128")
	}
	if strings.HasSuffix(authority, ":") {
		return errors.New("there is no port after the colon")
	}
	if port != "" {
		if _, err := parsePort(port); err != nil {
			return errors.New("the port of a proxy is a number from 1 to 65535")
		}
	}
	if strings.Contains(hostname, ":") {
		hostname, _, _ = strings.Cut(hostname, "%25") // without the zone
	}
	_, errName := normalHostname(hostname)
	if _, err := url.Parse("http://" + authority); err != nil || errName != nil {
		return errors.New("the host of a proxy is a name (an international one in its xn-- form) or an address")
	}
	return nil
}

func isBlankOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// isProxyException reports whether package http, or another program, finds a host in an
// entry of NO_PROXY. An empty entry has no effect.
func isProxyException(entry string) bool {
	if entry == "" || entry == "*" {
		return true
	}
	if _, err := netip.ParsePrefix(entry); err == nil {
		return true
	}
	if _, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")); err == nil {
		return strings.HasPrefix(entry, "[") == strings.HasSuffix(entry, "]")
	}
	host, port, err := net.SplitHostPort(entry)
	if err != nil {
		host = entry
	} else if _, err := parsePort(port); err != nil {
		return false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return isHostPattern(host) && !strings.HasPrefix(entry, "[")
}

// isHostPattern accepts names with wildcards. Some programs know 10.1.*, which has no
// effect in package http.
func isHostPattern(text string) bool {
	isPartOfName := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	isForeign := func(r rune) bool { return !isPartOfName(r) && !strings.ContainsRune("-_.*", r) }
	return strings.ContainsFunc(text, isPartOfName) && !strings.ContainsFunc(text, isForeign)
}
