package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// target is the pair of servers of a platform.
type target struct {
	api, auth config.Endpoint
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
	return a.checked(target{api: api, auth: auth})
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
	return &fault.Error{Kind: fault.Usage, Message: err.Error(), Err: err}
}

// connect makes the platform at a target, with a credential or without.
func (a *app) connect(t target, credential session.Credential) (platform.Platform, error) {
	roots, err := a.rootCAs()
	if err != nil {
		return nil, err
	}
	return platform.NewDNAnexus(dnanexus.Config{
		APIServer:  t.api.URL(),
		AuthServer: t.auth.URL(),
		UserAgent:  fmt.Sprintf("dxauth/%s (%s)", a.Version, runtime.GOOS),
		Token:      credential.Token,
		TokenType:  credential.Type,
		HTTP:       dnanexus.NewHTTPClient(roots),
		Trace:      a.tracer(),
	}, a.Version), nil
}

// platformType is the one that this version speaks to.
const platformType = "dnanexus"

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
		return nil, fault.Usagef("%s: %s holds no certificate in PEM form", a.settings.Origin("ca_cert"), a.settings.CACert)
	}
	return pool, nil
}

// tracer shows requests on stderr with --debug; the client has taken the
// secrets out.
func (a *app) tracer() func(dnanexus.Exchange) {
	if !a.settings.Debug {
		return nil
	}
	return func(e dnanexus.Exchange) {
		a.term.Debug("%s %s %s", e.Method, e.URL, e.RequestBody)
		if e.Err != nil {
			a.term.Debug("no answer after %s: %s", e.Duration.Round(time.Millisecond), e.Err)
			return
		}
		a.term.Debug("%d after %s %s", e.Status, e.Duration.Round(time.Millisecond), e.ResponseBody)
	}
}

// signedIn is the account that a command acts for.
type signedIn struct {
	account    session.Account
	credential session.Credential
	source     string // a variable, or the name of the store
	stored     bool
	platform.Platform
}

// active finds whom a command acts for: the environment's credential, else the
// account that was asked for, else the current one.
func (a *app) active(ctx context.Context) (signedIn, error) {
	fromEnv, found, err := config.CredentialFromEnv(a.Getenv)
	if err != nil {
		return signedIn{}, usageError(err)
	}
	if found && a.settings.Account == "" {
		return a.activeFromEnv(fromEnv)
	}
	account, err := a.book.Find(session.Choice{Account: a.settings.Account, Server: a.settings.Server})
	if err != nil {
		return signedIn{}, err
	}
	credential, err := a.book.Credential(ctx, account)
	if err != nil {
		return signedIn{}, err
	}
	in := signedIn{account: account, credential: credential, source: account.Store, stored: true}
	in.Platform, err = a.connectTo(account, credential)
	return in, err
}

// connectTo connects to the servers that an account was made at, and no others.
func (a *app) connectTo(account session.Account, credential session.Credential) (platform.Platform, error) {
	api, err := config.ParseEndpoint(account.Server)
	if err != nil {
		return nil, err
	}
	auth, err := config.ParseEndpoint(account.AuthServer)
	if err != nil {
		return nil, err
	}
	t, err := a.checked(target{api: api, auth: auth})
	if err != nil {
		return nil, err
	}
	return a.connect(t, credential)
}

func (a *app) activeFromEnv(found config.EnvCredential) (signedIn, error) {
	t, err := a.target()
	if err != nil {
		return signedIn{}, err
	}
	credential := session.Credential{Token: found.Token, Type: found.Type}
	in := signedIn{credential: credential, source: found.Origin, account: session.Account{
		Server: t.api.URL(), Host: t.api.Host(), AuthServer: t.auth.URL(), Type: platformType,
		User: a.settings.Username, Kind: session.Token,
	}}
	in.Platform, err = a.connect(t, credential)
	return in, err
}

// asSignedIn runs a command's work for the active account. A use is noted, and
// a stored credential that the server does not take any more is erased.
func (a *app) asSignedIn(ctx context.Context, work func(signedIn) error) error {
	in, err := a.active(ctx)
	if err != nil {
		return err
	}
	err = work(in)
	var signedOut *platform.SignedOutError
	switch {
	case errors.As(err, &signedOut):
		return a.ended(ctx, in, signedOut)
	case err != nil || !in.stored:
		return err
	}
	// What was asked for is done: a failure here would make a script do it again.
	if err := a.book.Touch(ctx, in.account); err != nil {
		a.term.Warn("the use of the session could not be noted: %s", err)
	}
	return nil
}

// ended erases what the server does not take any more and says so.
func (a *app) ended(ctx context.Context, in signedIn, signedOut *platform.SignedOutError) error {
	if !in.stored {
		return fault.New(fault.SessionEnded, "put another token into "+in.source+", or unset it and log in",
			"%s does not accept the token in %s", in.account.Host, in.source)
	}
	if err := a.book.ForgetIf(ctx, in.account, in.credential); err != nil {
		a.term.Warn("%s", err)
	}
	return fault.New(fault.SessionEnded, a.loginHint(), "%s", endText(in.account, signedOut.Reason))
}

func endText(account session.Account, reason string) string {
	switch reason {
	case "idle":
		return fmt.Sprintf("logged out of %s after %s of inactivity", account.Host, dnanexus.FormatDuration(account.Idle()))
	case "":
		return fmt.Sprintf("logged out: %s does not accept the session of %s any more", account.Host, account.User)
	default:
		return fmt.Sprintf("logged out: the session of %s at %s has ended (%s)", account.User, account.Host, reason)
	}
}

// project is the project of the environment, else the one that was selected;
// nil: none.
func (a *app) project(in signedIn) *session.Project {
	if a.settings.Project == "" {
		return in.account.Project
	}
	if selected := in.account.Project; selected != nil && selected.ID == a.settings.Project {
		return selected
	}
	return &session.Project{ID: a.settings.Project, Folder: "/"}
}
