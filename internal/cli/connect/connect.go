// Package connect finds the servers that the settings name, and connects to them.
//
// It promises that a password never goes to an auth server that was set for another platform,
// that nothing is sent in plain text over a network unless the settings allow it, and that a
// token which the server does not accept is never stored. What makes the user wait is said,
// and --debug shows each request without its secrets.
//
// It knows no stored account: package kit has those, and decides which servers they need.
package connect

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/dxauth/dxauth/internal/cli/httpwait"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/internal/textinput"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// Target is the pair of servers of a platform, and its type, which is empty until
// it is detected.
type Target struct {
	API, Auth config.Endpoint
	Type      platform.Type
}

// Servers finds the servers that the settings name, and connects to them.
type Servers struct {
	settings config.Settings
	version  string
	now      func() time.Time
	terminal *terminal.Terminal // shows why the user waits, and with --debug the requests

	// HTTPClient returns the client for all requests of a command, so that they share
	// connections.
	HTTPClient func() (*http.Client, error)
}

// Config is what [New] needs.
type Config struct {
	Settings config.Settings
	Version  string // of this program
	Now      func() time.Time
	Terminal *terminal.Terminal
}

// New returns the servers of the settings.
func New(c Config) *Servers {
	s := &Servers{settings: c.Settings, version: c.Version, now: c.Now, terminal: c.Terminal}
	s.HTTPClient = sync.OnceValues(s.newHTTPClient)
	return s
}

// Target returns the servers that the settings name.
func (s *Servers) Target() (Target, error) {
	raw, err := s.settings.Server()
	if err != nil {
		return Target{}, err
	}
	if raw == "" {
		raw = config.DefaultServer
	}
	api, err := config.ParseEndpoint(raw)
	if err != nil {
		return Target{}, config.Wrong(err)
	}
	auth, err := s.authServer(api)
	if err != nil {
		return Target{}, err
	}
	kind, err := s.namedType()
	if err != nil {
		return Target{}, err
	}
	return s.Checked(Target{API: api, Auth: auth, Type: kind})
}

// TargetOf returns the servers that an account signed in to.
func (s *Servers) TargetOf(account session.Account) (Target, error) {
	api, err := config.ParseEndpoint(account.Server)
	if err != nil {
		return Target{}, err
	}
	auth, err := config.ParseEndpoint(account.AuthServer)
	if err != nil {
		return Target{}, err
	}
	return s.Checked(Target{API: api, Auth: auth, Type: platform.Type(account.Type)})
}

// authServer returns the auth server for an API server. A password must not go to
// an auth server that was set for another platform. So the setting applies only
// if it has at least the precedence of the setting of the API server, and dx's
// variables apply only to servers on this machine, as with dx.
func (s *Servers) authServer(api config.Endpoint) (config.Endpoint, error) {
	origin := s.settings.Origin("auth_server")
	overridden := precedence(origin) < precedence(s.settings.Origin("server"))
	onlyLoopback := origin.Name == "DX_AUTHSERVER_HOST" && !api.Loopback()
	if overridden || onlyLoopback {
		return config.AuthServerFor(api), nil
	}
	named, err := s.settings.AuthServer()
	if err != nil || named == "" {
		return config.AuthServerFor(api), err
	}
	auth, err := config.ParseEndpoint(named)
	return auth, config.Wrong(err)
}

// namedType returns the type that the settings name, or TypeUnknown if it is to be
// detected. A type in the settings file applies only to the server in that file.
func (s *Servers) namedType() (platform.Type, error) {
	isFile := s.settings.Origin("type").Kind == config.KindFile
	overridden := isFile && precedence(s.settings.Origin("server")) > precedence(s.settings.Origin("type"))
	if overridden {
		return platform.TypeUnknown, nil
	}
	named, err := s.settings.Type()
	if err != nil || named == "auto" {
		return platform.TypeUnknown, err
	}
	return platform.Type(named), nil
}

// precedence orders the origins of settings: the higher overrides the lower.
func precedence(origin config.Origin) int {
	return slices.Index([]string{config.KindDefault, config.KindFile, config.KindEnvironment, config.KindFlag}, origin.Kind)
}

// Checked returns an error if the target has a path that its type can't have, or
// would get data in plain text over a network, unless the settings allow it.
func (s *Servers) Checked(t Target) (Target, error) {
	if t.API.Path() != "" && t.Type.IsKnown() && !t.Type.HasPath() {
		return Target{}, refusal.Usagef("%s: %s servers have no path in their address", t.API.URL(), t.Type.Name()).
			WithHint("for a MOLGENIS server give --type molgenis or --type emx2")
	}
	if s.settings.InsecureHTTP {
		return t, nil
	}
	for _, endpoint := range []config.Endpoint{t.API, t.Auth} {
		if err := endpoint.CheckPlaintext(); err != nil {
			return Target{}, config.Wrong(err)
		}
	}
	return t, nil
}

// WithType detects the type of the platform if it is unknown. It sends no
// credential. Only DNAnexus has a separate auth server, and those of its own
// platforms are known.
func (s *Servers) WithType(ctx context.Context, t Target) (Target, error) {
	hasKnownAuthServer := config.AuthServerFor(t.API) != t.API
	if !t.Type.IsKnown() && hasKnownAuthServer {
		t.Type = platform.TypeDNAnexus
	}
	if !t.Type.IsKnown() {
		var err error
		if t.Type, err = s.detect(ctx, t); err != nil {
			return t, err
		}
	}
	if !t.Type.HasAuthServer() {
		t.Auth = t.API
	}
	return s.Checked(t)
}

// detect finds out the type of a platform. One that refuses to be reached is taken for a
// DNAnexus, unless it has a path: the next request tells why.
func (s *Servers) detect(ctx context.Context, t Target) (platform.Type, error) {
	access, err := s.access(t, session.Credential{})
	if err != nil {
		return platform.TypeUnknown, err
	}
	found, err := platform.Detect(ctx, access)
	_, notConnected := errors.AsType[*httpcall.ConnectTimeoutError](err)
	switch {
	case err != nil && t.API.Path() == "" && !notConnected: // another try would take as long
		return platform.TypeDNAnexus, nil
	case err != nil:
		return platform.TypeUnknown, platform.Explain(err)
	case t.API.Path() != "" && !found.HasPath():
		return platform.TypeUnknown, refusal.Usagef("no MOLGENIS server responds at %s, and other servers have no path in their address", t.API.URL()).
			WithHint("correct the address, or give --type molgenis or --type emx2")
	default:
		return found, nil
	}
}

// Connect returns the platform at a target; the credential may be empty.
func (s *Servers) Connect(t Target, credential session.Credential) (*platform.Platform, error) {
	access, err := s.access(t, credential)
	if err != nil {
		return nil, err
	}
	return platform.Connect(t.Type, access), nil
}

// ConnectForCode returns the server at a target for a user who has a code but no
// credential.
func (s *Servers) ConnectForCode(t Target) (*platform.CodeSignIn, error) {
	access, err := s.access(t, session.Credential{})
	if err != nil {
		return nil, err
	}
	return platform.ConnectForCode(access), nil
}

// TokenServer returns the part of a server that gives credentials without a password, or
// platform.ErrNotOffered.
func (s *Servers) TokenServer(ctx context.Context, t Target) (*platform.TokenServer, error) {
	access, err := s.access(t, session.Credential{})
	if err != nil {
		return nil, err
	}
	return platform.FindTokenServer(ctx, t.Type, access)
}

// ConnectTo connects to the servers that an account signed in to, whatever the
// settings name.
func (s *Servers) ConnectTo(account session.Account, credential session.Credential) (*platform.Platform, error) {
	t, err := s.TargetOf(account)
	if err != nil {
		return nil, err
	}
	return s.Connect(t, credential)
}

func (s *Servers) access(t Target, credential session.Credential) (platform.Access, error) {
	for _, server := range []config.Endpoint{t.API, t.Auth} {
		if err := config.CheckProxy(server); err != nil {
			return platform.Access{}, err
		}
	}
	client, err := s.HTTPClient()
	if err != nil {
		return platform.Access{}, err
	}
	trace, err := s.tracer()
	return platform.Access{
		APIServer:  t.API.URL(),
		AuthServer: t.Auth.URL(),
		UserAgent:  s.UserAgent(),
		Token:      credential.Token,
		TokenType:  credential.Type,
		HTTP:       client,
		Trace:      trace,
		Wait:       s.tellWait,
		Version:    s.version,
		Now:        s.now,
		Random:     rand.Reader,
	}, err
}

// newHTTPClient returns a client that trusts the authorities that the settings name, and
// shows when a server keeps the user waiting.
func (s *Servers) newHTTPClient() (*http.Client, error) {
	roots, err := s.RootCAs()
	if err != nil {
		return nil, err
	}
	timeout, err := s.settings.ConnectTimeout()
	if err != nil {
		return nil, err
	}
	client := httpcall.NewHTTPClient(httpcall.ClientConfig{RootCAs: roots, ConnectTimeout: timeout})
	client.Transport = httpwait.Shown(client.Transport, s.terminal)
	return client, nil
}

// Sender returns what sends a request to another server than a platform.
func (s *Servers) Sender() (httpcall.Sender, error) {
	client, err := s.HTTPClient()
	if err != nil {
		return httpcall.Sender{}, err
	}
	trace, err := s.tracer()
	return httpcall.Sender{HTTP: client, Trace: trace, Waiting: s.tellWait}, err
}

// UserAgent returns the User-Agent header of requests.
func (s *Servers) UserAgent() string { return fmt.Sprintf("dxauth/%s (%s)", s.version, runtime.GOOS) }

// maxCertificates bounds what is read of a file of certificates, in bytes.
const maxCertificates = 4 << 20

// CAFile returns the absolute path of the certificate authority that the settings
// name, or "".
func (s *Servers) CAFile() (string, error) {
	path, err := s.settings.CACert()
	if err != nil || path == "" {
		return "", err
	}
	return filepath.Abs(path)
}

// RootCAs returns the certificate authorities of the system with the one that the
// settings name, or nil for those of the system only.
func (s *Servers) RootCAs() (*x509.CertPool, error) {
	path, err := s.settings.CACert()
	if err != nil || path == "" {
		return nil, err
	}
	pem, err := privatefile.ReadRegular(path, maxCertificates)
	if err != nil {
		return nil, config.Wrong(fmt.Errorf("%s: %w", s.settings.Origin("ca_cert"), err))
	}
	if pem, err = textinput.DecodePEM(pem); err != nil {
		return nil, config.Wrong(fmt.Errorf("%s: %s %w", s.settings.Origin("ca_cert"), path, err))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, config.Wrong(fmt.Errorf("%s: %s holds no certificate in PEM form", s.settings.Origin("ca_cert"), path))
	}
	return pool, nil
}

// tracer returns a function that shows requests on stderr, or nil without
// --debug. The HTTP client has already removed the secrets.
func (s *Servers) tracer() (func(httpcall.Exchange), error) {
	if isOn, err := s.settings.Debug(); err != nil || !isOn {
		return nil, err
	}
	return func(e httpcall.Exchange) {
		s.terminal.Debug("%s %s %s", e.Method, e.URL, e.RequestBody)
		if e.Err != nil {
			s.terminal.Debug("no response after %s: %s", e.Duration.Round(time.Millisecond), e.Err)
			return
		}
		s.terminal.Debug("%d after %s %s", e.Status, e.Duration.Round(time.Millisecond), e.ResponseBody)
	}, nil
}

// tellWait says why a command takes its time.
func (s *Servers) tellWait(pause httpcall.Pause) {
	if pause.Asked > pause.Length {
		s.terminal.Message("%s is busy and asks to wait %s; trying again in %s", pause.Server, duration.Format(pause.Asked), duration.Format(pause.Length))
		return
	}
	s.terminal.Message("%s is busy; trying again in %s", pause.Server, duration.Format(pause.Length))
}

// NewAccount returns the account to store for a user who signs in to a server.
func NewAccount(t Target, user platform.User, store credstore.Store) session.Account {
	return session.Account{
		Server: t.API.URL(), Host: t.API.Name(), AuthServer: t.Auth.URL(), Type: string(t.Type),
		User: t.Type.UserName(user), UserID: user.ID, Store: store.Name(),
	}
}

// VerifyToken asks the server who holds a token, before it is stored.
func (s *Servers) VerifyToken(ctx context.Context, t Target, credential session.Credential) (*platform.Platform, platform.Holder, error) {
	p, err := s.Connect(t, credential)
	if err != nil {
		return nil, platform.Holder{}, err
	}
	holder, err := p.Verify(ctx)
	if err != nil {
		return nil, holder, badToken(t, err)
	}
	return p, holder, nil
}

// badToken explains that the server rejected a token, which was not stored.
func badToken(t Target, err error) error {
	if !errors.Is(err, platform.ErrSignedOut) {
		return err
	}
	because := ""
	if reason := platform.EndReason(err); reason != "" {
		because = " (" + string(reason) + ")"
	}
	return refusal.New(refusal.WrongCredentials, "%s does not accept the token%s", t.API.Name(), because).Wrap(err).
		WithHint("nothing was stored; check the token and the server, or make a new token")
}

// RevokeTime is how long revoking a token on the server may take.
const RevokeTime = 5 * time.Second

// Revoke revokes a token on the server, even after Ctrl-C.
func (s *Servers) Revoke(ctx context.Context, t Target, credential session.Credential) error {
	p, err := s.Connect(t, credential)
	if err != nil {
		return err
	}
	return SignOut(context.WithoutCancel(ctx), p, RevokeTime)
}

// SignOut revokes the token that a platform is connected with, within a time limit.
func SignOut(ctx context.Context, p platform.Authenticator, within time.Duration) error {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return p.SignOut(bounded)
}
