package servecmd

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
)

// withURL returns a configuration with the URL of --url, by which users and jobs reach the
// server, and its name as one of the server's.
func (o serveOptions) withURL(listener net.Listener, config refserver.Config) (refserver.Config, error) {
	if o.publicAddress == "" {
		audience, err := o.audience(listener, config)
		config.Audience = audience
		return config, err
	}
	public, name, err := o.parseURL(config.BasePath)
	if err == nil && !slices.Contains(config.Hosts, name) {
		config.Hosts = append(slices.Clip(config.Hosts), name)
	}
	config.URL = public
	return config, err
}

// audience returns for whom jobs have to order their ID tokens without --url: the URL of
// the listener if it is on this machine only. Nothing that a request says can change it.
func (o serveOptions) audience(listener net.Listener, config refserver.Config) (string, error) {
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err == nil && !address.Addr().Unmap().IsLoopback() && len(config.SSO.Workloads) > 0 {
		return "", refusal.Usagef("the workloads of --oidc-config need --url: ID tokens are made for the URL of this server")
	}
	return o.url(listener, config.BasePath), nil
}

// parseURL returns the URL of --url in its one form, as browsers and jobs send it, and the
// name of its host.
func (o serveOptions) parseURL(basePath web.BasePath) (public, name string, err error) {
	address, err := url.Parse(strings.TrimRight(o.publicAddress, "/"))
	switch {
	case err != nil || address.Hostname() == "" || address.Scheme != "https" && address.Scheme != "http":
		return "", "", refusal.Usagef("--url %q: must be a URL like https://platform.example.org", o.publicAddress)
	case address.User != nil || strings.ContainsAny(o.publicAddress, "?#"):
		return "", "", refusal.Usagef("--url %q: must have neither a user nor a query nor a fragment", o.publicAddress)
	case address.Path != string(basePath):
		return "", "", refusal.Usagef("--url %s: its path must be that of --base-path", o.publicAddress)
	}
	name, err = hostName(address.Hostname())
	if err != nil {
		return "", "", refusal.Usagef("--url %q: %v", o.publicAddress, err)
	}
	host, err := hostPort(name, address)
	if err != nil {
		return "", "", refusal.Usagef("--url %q: %v", o.publicAddress, err)
	}
	return address.Scheme + "://" + host + string(basePath), name, nil
}

// hostName returns a name or an IP address as browsers write it.
func hostName(written string) (string, error) {
	if address, err := netip.ParseAddr(written); err == nil {
		if address.Zone() != "" || address.Is4In6() {
			return "", errors.New("the address of its host must be written without a zone, and an IPv4 address as one")
		}
		return address.String(), nil
	}
	name := strings.ToLower(written)
	if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", errors.New("write the name of its host in ASCII, as in xn--bcher-kva.example.org")
	}
	if strings.ContainsFunc(name, isNotOfName) || slices.Contains(strings.Split(name, "."), "") {
		return "", errors.New("the name of its host must be one like platform.example.org")
	}
	return name, nil
}

func isNotOfName(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_.", r)
}

// hostPort returns the host with its port, unless that is the one of the scheme.
func hostPort(name string, address *url.URL) (string, error) {
	bare := name
	if strings.Contains(name, ":") {
		bare = "[" + name + "]"
	}
	written := address.Port()
	if written == "" {
		return bare, nil
	}
	port, err := strconv.ParseUint(written, 10, 16)
	if err != nil || port == 0 {
		return "", errors.New("its port must be from 1 to 65535")
	}
	if port == map[string]uint64{"http": 80, "https": 443}[address.Scheme] {
		return bare, nil
	}
	return bare + ":" + strconv.FormatUint(port, 10), nil
}
