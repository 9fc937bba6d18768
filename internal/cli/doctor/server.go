package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// checkServers visits the servers that a command would use now. No credential
// is sent.
func (o doctorOptions) checkServers(ctx context.Context) []finding {
	servers, err := o.serversInUse()
	if err != nil {
		return []finding{bad("server", "put the setting right", "%s", err)}
	}
	roots, err := o.client.Servers.RootCAs()
	if err != nil {
		return []finding{bad("tls", "name a PEM file with certificates", "%s", err)}
	}
	client := httpcall.NewHTTPClient(roots)
	defer client.CloseIdleConnections()
	var found []finding
	for _, server := range servers {
		found = append(found, o.checkServer(ctx, client, server)...)
	}
	return found
}

// serversInUse are those of the account, else of the settings: the API server,
// and the auth server where that is another one.
func (o doctorOptions) serversInUse() ([]config.Endpoint, error) {
	t, err := o.targetInUse()
	switch {
	case err != nil:
		return nil, err
	case t.Auth == t.API:
		return []config.Endpoint{t.API}, nil
	default:
		return []config.Endpoint{t.API, t.Auth}, nil
	}
}

func (o doctorOptions) targetInUse() (kit.Target, error) {
	account, err := o.client.Accounts.Wanted()
	if err != nil { // of nobody, or told by another check
		return o.client.Servers.Target()
	}
	return o.client.Servers.TargetOf(account)
}

// visitTime bounds how long a server may keep the doctor waiting.
const visitTime = 5 * time.Second

func (o doctorOptions) checkServer(ctx context.Context, client *http.Client, server config.Endpoint) []finding {
	ctx, cancel := context.WithTimeout(ctx, visitTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+"/.well-known/dxauth", nil)
	if err != nil {
		return []finding{bad("server", "put the setting right", "%s", err)}
	}
	request.Header.Set("User-Agent", o.client.Servers.UserAgent())
	found, usable := o.checkProxy(request)
	if !usable {
		return found
	}
	sent := o.Now()
	answer, err := client.Do(request)
	if err != nil {
		return append(found, unreached(server, err))
	}
	defer answer.Body.Close()
	middle := sent.Add(o.Now().Sub(sent) / 2)
	return append(found, answered(server, answer), checkTLS(server, answer.TLS), checkClock(server, answer.Header.Get("Date"), middle))
}

// checkProxy says which proxy is between, without the user name and password
// that its URL may have.
func (o doctorOptions) checkProxy(request *http.Request) (found []finding, usable bool) {
	proxy, err := http.ProxyFromEnvironment(request)
	switch {
	case err != nil || isMended(proxy) || o.proxyIsIgnored(request.URL.Scheme):
		return []finding{bad("proxy", "put HTTPS_PROXY or HTTP_PROXY right: http://HOST:PORT", "the proxy for %s is not a URL", request.URL.Host)}, false
	case proxy == nil:
		return []finding{ok("proxy", "none for %s", request.URL.Host)}, true
	case proxy.User != nil:
		return []finding{ok("proxy", "%s://%s for %s, with a user name or password", proxy.Scheme, proxy.Host, request.URL.Host)}, true
	default:
		return []finding{ok("proxy", "%s://%s for %s", proxy.Scheme, proxy.Host, request.URL.Host)}, true
	}
}

// isMended is true for what http makes of a text that is no URL.
func isMended(proxy *url.URL) bool {
	return proxy != nil && (proxy.Host == "" || strings.HasPrefix(proxy.Path, "//"))
}

// proxyIsIgnored is true where package http goes without a proxy because what
// the variable says is no URL.
func (o doctorOptions) proxyIsIgnored(scheme string) bool {
	name := scheme + "_proxy"
	value := o.getenv(strings.ToUpper(name))
	if value == "" {
		value = o.getenv(name)
	}
	_, err := url.Parse(value)
	_, errWithScheme := url.Parse("http://" + value)
	return err != nil && errWithScheme != nil
}

func unreached(server config.Endpoint, err error) finding {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which stands beside it
	}
	reason := (&httpcall.UnreachableError{Server: server.URL(), Err: err}).Reason()
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return bad("tls", "name the server's certificate authority with --ca-cert, and set this machine's clock if it is wrong", "%s: %s", server.URL(), reason)
	}
	return bad("server", "check the address, the network and the proxy", "%s: %s", server.URL(), reason)
}

func answered(server config.Endpoint, answer *http.Response) finding {
	if answer.StatusCode >= http.StatusInternalServerError {
		return warn("server", "try again later", "%s answers with status %d", server.URL(), answer.StatusCode)
	}
	return ok("server", "%s answers", server.URL())
}

func checkTLS(server config.Endpoint, state *tls.ConnectionState) finding {
	if state == nil {
		return checkPlaintext(server)
	}
	return ok("tls", "%s: %s, its certificate is good until %s", server.URL(), tls.VersionName(state.Version),
		state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly))
}

func checkPlaintext(server config.Endpoint) finding {
	if err := server.CheckPlaintext(); err != nil {
		return warn("tls", "use https", "%s: plain http, which others on the way can read", server.URL())
	}
	return ok("tls", "%s: plain http, and on this machine", server.URL())
}

// checkClock compares with the server's time.
func checkClock(server config.Endpoint, date string, now time.Time) finding {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return ok("clock", "%s does not tell the time", server.URL())
	}
	skew := kit.ClockSkew(now, theirs)
	text := fmt.Sprintf("%s ahead of", skew)
	if skew < 0 {
		text = fmt.Sprintf("%s behind", -skew)
	}
	if skew.Abs() > kit.MaxSkew {
		return warn("clock", "set the clock, or have it set from the network", "this machine is %s %s", text, server.URL())
	}
	return ok("clock", "this machine is %s %s", text, server.URL())
}
