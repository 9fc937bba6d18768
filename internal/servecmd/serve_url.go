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

// parseURL returns the URL of --url, without a slash at the end, and the name of its host.
func (o serveOptions) parseURL(basePath web.BasePath) (public, name string, err error) {
	text := strings.TrimRight(o.publicAddress, "/")
	address, err := url.Parse(text)
	switch {
	case err != nil || address.Hostname() == "" || address.Scheme != "https" && address.Scheme != "http":
		return "", "", refusal.Usagef("--url %q: must be a URL like https://platform.example.org", o.publicAddress)
	case address.User != nil || strings.ContainsAny(text, "?#"):
		return "", "", refusal.Usagef("--url %q: must have neither a user nor a query nor a fragment", o.publicAddress)
	case address.Path != string(basePath):
		return "", "", refusal.Usagef("--url %s: its path must be that of --base-path", o.publicAddress)
	default:
		return text, address.Hostname(), nil
	}
}
