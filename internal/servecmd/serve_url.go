package servecmd

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
)

// publicURL returns the URL by which users and jobs reach the server, without a slash at
// the end: that of --url, or of the listener if it is on this machine only. Tokens of other
// systems are made for this URL, and their pages lead back to it, so nothing that a request
// says can change it.
func (o serveOptions) publicURL(listener net.Listener, config refserver.Config) (string, error) {
	if o.publicAddress != "" {
		return o.parseURL(config.BasePath)
	}
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil || address.Addr().Unmap().IsLoopback() {
		return o.url(listener, config.BasePath), err
	}
	if len(config.SSO.Workloads) > 0 {
		return "", refusal.Usagef("the workloads of --oidc-config need --url: ID tokens are made for the URL of this server")
	}
	return o.url(listener, config.BasePath), nil
}

func (o serveOptions) parseURL(basePath web.BasePath) (string, error) {
	text := strings.TrimRight(o.publicAddress, "/")
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Hostname() == "" || address.Scheme != "https" && address.Scheme != "http":
		return "", refusal.Usagef("--url %q: must be a URL like https://platform.example.org", o.publicAddress)
	case address.User != nil || strings.ContainsAny(text, "?#"):
		return "", refusal.Usagef("--url %q: must have neither a user nor a query nor a fragment", o.publicAddress)
	case address.Path != string(basePath):
		return "", refusal.Usagef("--url %s: its path must be that of --base-path", o.publicAddress)
	default:
		return text, nil
	}
}

// hostsOf returns the names that the server accepts as its host, that of --url included.
func (o serveOptions) hostsOf(public string, hosts []string) []string {
	address, err := url.Parse(public)
	if err != nil || o.publicAddress == "" || slices.Contains(hosts, address.Hostname()) {
		return hosts
	}
	return append(slices.Clip(hosts), address.Hostname())
}
