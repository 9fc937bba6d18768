package config

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// dxServer makes a URL of dx's three variables. As in dx, the protocol is https by
// default, on every host; variables of protocol and port without a host have no effect.
func dxServer(v variables) (value, variable string, err error) {
	const hostVar, portVar, protocolVar = "DX_APISERVER_HOST", "DX_APISERVER_PORT", "DX_APISERVER_PROTOCOL"
	host, hostSource, protocolSource := v.get(hostVar), v.source(hostVar), v.source(protocolVar)
	switch {
	case host == "" && v.namesServer():
		return "", "--apiserver-host", errors.New("--apiserver-protocol and --apiserver-port need --apiserver-host HOST or DX_APISERVER_HOST")
	case host == "":
		return "", "", nil
	}
	protocol := v.get(protocolVar)
	if protocol == "" && protocolSource == protocolVar {
		protocol = schemeHTTPS
	}
	if protocol, err = oneOf(schemeHTTP, schemeHTTPS)(protocol); err != nil {
		return "", protocolSource, fmt.Errorf("%s: %w", protocolSource, err)
	}
	if host = strings.TrimSuffix(host, "/"); strings.Contains(host, "/") {
		return "", hostSource, fmt.Errorf("%s: takes a host name; a URL belongs in --server or DXAUTH_SERVER", hostSource)
	}
	value, err = withPort(protocol+"://", host, v, portVar)
	return value, hostSource, err
}

// dxAuthServer makes a URL of dx's two variables. The host variable may include the
// scheme; without one ParseEndpoint decides: http on this machine, else https.
func dxAuthServer(v variables) (value, variable string, err error) {
	const hostVar, portVar = "DX_AUTHSERVER_HOST", "DX_AUTHSERVER_PORT"
	host := v.get(hostVar)
	if host == "" {
		return "", "", nil
	}
	scheme := ""
	if before, after, ok := strings.Cut(host, "://"); ok {
		scheme, host = before+"://", strings.TrimSuffix(after, "/")
	}
	value, err = withPort(scheme, host, v, portVar)
	return value, hostVar, err
}

// withPort appends the port, if there is one. It checks the port separately, so that
// an error names the right variable or flag.
func withPort(scheme, host string, v variables, portVar string) (string, error) {
	if isBareIPv6 := strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "["); isBareIPv6 {
		host = "[" + host + "]"
	}
	port := v.get(portVar)
	if port == "" && v.flag(portVar) == nil {
		return scheme + host, nil
	}
	if _, err := parsePort(port); err != nil {
		return "", fmt.Errorf("%s: %w", v.source(portVar), err)
	}
	return scheme + net.JoinHostPort(strings.Trim(host, "[]"), port), nil
}

// continuousIntegration returns "true" if CI is set, as nearly every CI service does:
// there is no user to ask.
func continuousIntegration(v variables) (value, variable string, err error) {
	switch strings.ToLower(v.get("CI")) {
	case "", "0", "false":
		return "", "", nil
	default:
		return "true", "CI", nil
	}
}
