package config

import (
	"fmt"
	"net"
	"strings"
)

// dxServer makes a URL of dx's three variables. As in dx, the protocol is https by
// default, on every host; protocol and port without a host have no effect.
func dxServer(getenv func(string) string) (value, variable string, err error) {
	const hostVar, portVar, protocolVar = "DX_APISERVER_HOST", "DX_APISERVER_PORT", "DX_APISERVER_PROTOCOL"
	host := getenv(hostVar)
	if host == "" {
		return "", "", nil
	}
	protocol := getenv(protocolVar)
	if protocol == "" {
		protocol = schemeHTTPS
	}
	if protocol, err = oneOf(schemeHTTP, schemeHTTPS)(protocol); err != nil {
		return "", protocolVar, fmt.Errorf("%s: %w", protocolVar, err)
	}
	if strings.Contains(host, "://") {
		return "", hostVar, fmt.Errorf("%s: takes a host name; a URL belongs in DXAUTH_SERVER", hostVar)
	}
	value, err = withPort(protocol+"://", host, portVar, getenv(portVar))
	return value, hostVar, err
}

// dxAuthServer makes a URL of dx's two variables. The host variable may include the
// scheme; without one ParseEndpoint decides: http on this machine, else https.
func dxAuthServer(getenv func(string) string) (value, variable string, err error) {
	const hostVar, portVar = "DX_AUTHSERVER_HOST", "DX_AUTHSERVER_PORT"
	host := getenv(hostVar)
	if host == "" {
		return "", "", nil
	}
	scheme := ""
	if before, after, ok := strings.Cut(host, "://"); ok {
		scheme, host = before+"://", strings.TrimSuffix(after, "/")
	}
	value, err = withPort(scheme, host, portVar, getenv(portVar))
	return value, hostVar, err
}

// withPort appends the port, if there is one. It checks the port separately, so that
// an error names the right variable.
func withPort(scheme, host, portVar, port string) (string, error) {
	if port == "" {
		return scheme + host, nil
	}
	if _, err := parsePort(port); err != nil {
		return "", fmt.Errorf("%s: %w", portVar, err)
	}
	return scheme + net.JoinHostPort(strings.Trim(host, "[]"), port), nil
}

// continuousIntegration returns "true" if CI is set, as nearly every CI service does:
// there is no user to ask.
func continuousIntegration(getenv func(string) string) (value, variable string, err error) {
	switch strings.ToLower(getenv("CI")) {
	case "", "0", "false":
		return "", "", nil
	default:
		return "true", "CI", nil
	}
}
