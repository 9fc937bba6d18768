package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// checkServers connects to the servers that a command would use. It sends no
// credential.
func (o doctorOptions) checkServers(ctx context.Context) []finding {
	servers, err := o.serversInUse()
	if err != nil {
		return []finding{bad("server", "correct the setting", "%s", err)}
	}
	if _, err := o.client.Servers.RootCAs(); err != nil {
		return []finding{bad("tls", "give a PEM file with certificates", "%s", err)}
	}
	client, err := o.client.Servers.HTTPClient()
	if err != nil {
		return []finding{bad("server", "correct the setting", "%s", err)}
	}
	defer client.CloseIdleConnections()
	var found []finding
	for _, server := range servers {
		found = append(found, o.checkServer(ctx, client, server)...)
	}
	return append(found, o.checkBrowserLogin(ctx, found)...)
}

// serversInUse returns the servers of the account, or else of the settings: the API
// server, and the auth server if it is a different one.
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

func (o doctorOptions) targetInUse() (connect.Target, error) {
	account, err := o.client.Accounts.Wanted()
	if err != nil { // no account, or a problem that checkAccounts reports
		return o.client.Servers.Target()
	}
	return o.client.Servers.TargetOf(account)
}

// serverTimeout bounds the check of one server.
const serverTimeout = 5 * time.Second

func (o doctorOptions) checkServer(ctx context.Context, client *http.Client, server config.Endpoint) []finding {
	ctx, cancel := context.WithTimeout(ctx, serverTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+"/.well-known/dxauth", nil)
	if err != nil {
		return []finding{bad("server", "correct the setting", "%s", err)}
	}
	request.Header.Set("User-Agent", o.client.Servers.UserAgent())
	if err := config.CheckProxy(server); err != nil {
		return []finding{bad("proxy", o.Classify(err).Hint, "%s", err)}
	}
	found := []finding{proxyOf(request)}
	sent := o.Now()
	answer, err := client.Do(request)
	if err != nil {
		return append(found, unreached(server, err))
	}
	defer answer.Body.Close()
	middle := sent.Add(o.Now().Sub(sent) / 2)
	return append(found, answered(server, answer), checkTLS(server, answer.TLS), checkClock(server, answer.Header.Get("Date"), middle))
}

// proxyOf shows which proxy is used, without the user name and password that its URL
// may contain.
func proxyOf(request *http.Request) finding {
	proxy, err := http.ProxyFromEnvironment(request)
	switch {
	case err != nil:
		return bad("proxy", "unset HTTP_PROXY", "%s", err)
	case proxy == nil:
		return ok("proxy", "none for %s", request.URL.Host)
	case proxy.User != nil:
		return ok("proxy", "%s://%s for %s, with a user name or password", proxy.Scheme, proxy.Host, request.URL.Host)
	default:
		return ok("proxy", "%s://%s for %s", proxy.Scheme, proxy.Host, request.URL.Host)
	}
}

func unreached(server config.Endpoint, err error) finding {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the URL, which the message shows anyway
	}
	reason := (&httpcall.UnreachableError{Server: server.URL(), Err: err}).Reason()
	if certificate, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return bad("tls", certificateFix(certificate.Err), "%s: %s", server.URL(), reason)
	}
	return bad("server", "check the address, the network and the proxy", "%s: %s", server.URL(), reason)
}

// certificateFix says what helps against a certificate that was refused. Only an
// unknown authority can be named with --ca-cert.
func certificateFix(err error) string {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "check the address: name the server as its certificate does"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "set this machine's clock if it is wrong, or have the certificate renewed"
	}
	return "name the server's certificate authority with --ca-cert"
}

func answered(server config.Endpoint, answer *http.Response) finding {
	if answer.StatusCode >= http.StatusInternalServerError {
		return warn("server", "try again later", "%s responds with status %d", server.URL(), answer.StatusCode)
	}
	return ok("server", "%s responds", server.URL())
}

func checkTLS(server config.Endpoint, state *tls.ConnectionState) finding {
	if state == nil {
		return checkPlaintext(server)
	}
	return ok("tls", "%s: %s, its certificate is valid until %s", server.URL(), tls.VersionName(state.Version),
		state.PeerCertificates[0].NotAfter.UTC().Format(time.DateOnly))
}

func checkPlaintext(server config.Endpoint) finding {
	if err := server.CheckPlaintext(); err != nil {
		return warn("tls", "use https", "%s: plain http, which others on the network can read", server.URL())
	}
	return ok("tls", "%s: plain http, on this machine", server.URL())
}

// checkClock compares this machine's clock with the server's.
func checkClock(server config.Endpoint, date string, now time.Time) finding {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return ok("clock", "%s does not send its time", server.URL())
	}
	skew := failure.ClockSkew(now, theirs)
	text := fmt.Sprintf("%s ahead of", skew)
	if skew < 0 {
		text = fmt.Sprintf("%s behind", -skew)
	}
	if skew.Abs() > failure.MaxSkew {
		return warn("clock", "set the clock, or synchronize it over the network", "this machine is %s %s", text, server.URL())
	}
	return ok("clock", "this machine is %s %s", text, server.URL())
}
