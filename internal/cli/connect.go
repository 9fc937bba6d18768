package cli

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// target is the pair of servers of a platform, and its type; "" where that has
// yet to be found out.
type target struct {
	api, auth config.Endpoint
	kind      platform.Type
}

// target finds the servers that the settings name.
func (a *app) target() (target, error) {
	raw := a.settings.Server
	if raw == "" {
		raw = config.DefaultServer
	}
	api, err := config.ParseEndpoint(raw)
	if err != nil {
		return target{}, usageError(err)
	}
	auth, err := a.authServer(api)
	if err != nil {
		return target{}, err
	}
	return a.checked(target{api: api, auth: auth, kind: a.namedType()})
}

// authServer takes the setting, if it is meant for this API server: a password
// must not go to an auth server that was set for another one. So it counts only
// beside a server of the same origin or a weaker one, and dx's variables count
// for this machine's own servers only, as with dx.
func (a *app) authServer(api config.Endpoint) (config.Endpoint, error) {
	origin := a.settings.Origin("auth_server")
	foreign := strength(origin) < strength(a.settings.Origin("server"))
	dxOnly := origin.Name == "DX_AUTHSERVER_HOST" && !api.Loopback()
	if a.settings.AuthServer == "" || foreign || dxOnly {
		return config.AuthServerFor(api), nil
	}
	auth, err := config.ParseEndpoint(a.settings.AuthServer)
	return auth, usageError(err)
}

// strength orders the origins of settings.
func strength(origin config.Origin) int {
	return slices.Index([]string{config.KindDefault, config.KindFile, config.KindEnvironment, config.KindFlag}, origin.Kind)
}

// checked refuses to send anything in plain text over a network.
func (a *app) checked(t target) (target, error) {
	if a.settings.InsecureHTTP {
		return t, nil
	}
	for _, endpoint := range []config.Endpoint{t.api, t.auth} {
		if err := endpoint.CheckPlaintext(); err != nil {
			return target{}, usageError(err)
		}
	}
	return t, nil
}

func usageError(err error) error {
	if err == nil {
		return nil
	}
	return &refusal.Error{Code: refusal.Usage, Message: err.Error(), Err: err}
}

// connect makes the platform at a target, with a credential or without.
func (a *app) connect(t target, credential session.Credential) (*platform.Platform, error) {
	access, err := a.access(t, credential)
	if err != nil {
		return nil, err
	}
	return platform.Connect(t.kind, access), nil
}

func (a *app) access(t target, credential session.Credential) (platform.Access, error) {
	roots, err := a.rootCAs()
	return platform.Access{
		APIServer:  t.api.URL(),
		AuthServer: t.auth.URL(),
		UserAgent:  a.userAgent(),
		Token:      credential.Token,
		TokenType:  credential.Type,
		HTTP:       httpcall.NewHTTPClient(roots),
		Trace:      a.tracer(),
		Version:    a.Version,
		Now:        a.Now,
		Random:     rand.Reader,
	}, err
}

func (a *app) userAgent() string { return fmt.Sprintf("dxauth/%s (%s)", a.Version, runtime.GOOS) }

// rootCAs are the system's, and the one that was named; nil: the system's only.
func (a *app) rootCAs() (*x509.CertPool, error) {
	if a.settings.CACert == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(a.settings.CACert)
	if err != nil {
		return nil, usageError(fmt.Errorf("%s: %w", a.settings.Origin("ca_cert"), err))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, refusal.Usagef("%s: %s holds no certificate in PEM form", a.settings.Origin("ca_cert"), a.settings.CACert)
	}
	return pool, nil
}

// tracer shows requests on stderr with --debug; the client has taken the
// secrets out.
func (a *app) tracer() func(httpcall.Exchange) {
	if !a.settings.Debug {
		return nil
	}
	return func(e httpcall.Exchange) {
		a.term.Debug("%s %s %s", e.Method, e.URL, e.RequestBody)
		if e.Err != nil {
			a.term.Debug("no answer after %s: %s", e.Duration.Round(time.Millisecond), e.Err)
			return
		}
		a.term.Debug("%d after %s %s", e.Status, e.Duration.Round(time.Millisecond), e.ResponseBody)
	}
}

// connectTo connects to the servers that an account was made at, and no others.
func (a *app) connectTo(account session.Account, credential session.Credential) (*platform.Platform, error) {
	api, err := config.ParseEndpoint(account.Server)
	if err != nil {
		return nil, err
	}
	auth, err := config.ParseEndpoint(account.AuthServer)
	if err != nil {
		return nil, err
	}
	t, err := a.checked(target{api: api, auth: auth, kind: platform.Type(account.Type)})
	if err != nil {
		return nil, err
	}
	return a.connect(t, credential)
}

// signOut ends the token that a platform was connected with, within a time.
func signOut(ctx context.Context, p platform.Authenticator, within time.Duration) error {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return p.SignOut(bounded)
}
