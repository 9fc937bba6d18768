// Package idtoken verifies ID tokens: statements about a user or about a job of a CI
// system that an OpenID provider signed (OpenID Connect Core 1.0, RFC 7519).
//
// It promises that a token is accepted only if its issuer is exactly the one asked for,
// its signature is made with a key that the issuer publishes now and with an algorithm of
// a short list, it was made for the audience asked for, and it is valid at this time, give
// or take a minute. No claim of a token decides which key or which algorithm is used.
//
// What an issuer publishes is fetched over a client with bounds: time, size, no redirects,
// and only hosts that the administrator named. A token with an unknown key makes it fetch
// the keys again, but at most once a minute, whoever sends how many of them.
//
// Time is passed in. The package knows neither users nor sessions.
package idtoken

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Config describes an issuer.
type Config struct {
	Issuer string           // its URL, exactly as in its tokens
	Hosts  []string         // further hosts that its discovery document may name
	Roots  *x509.CertPool   // that sign its certificates; nil: those of the system
	Now    func() time.Time // the clock
}

// Issuer verifies tokens of one issuer. It asks the issuer when it is first used, not
// before.
type Issuer struct {
	url    string
	hosts  hosts
	client *http.Client
	now    func() time.Time
	found  *fetched[Metadata]
	keys   *keySet
}

// New returns an Issuer. It returns an error if the URL is not fit for an issuer.
func New(c Config) (*Issuer, error) {
	address, err := CheckURL(c.Issuer)
	if err != nil {
		return nil, err
	}
	allowed := newHosts(address, c.Hosts)
	i := &Issuer{url: c.Issuer, hosts: allowed, client: newClient(allowed, c.Roots), now: c.Now}
	i.found = newFetched(i.discover, c.Now)
	i.keys = newKeySet(i.fetchKeys, c.Now)
	return i, nil
}

// CheckURL returns the parsed URL of an issuer, or an error that says what is wrong with
// it (OpenID Connect Discovery 1.0, section 2; plain http is for tests on this machine).
func CheckURL(issuer string) (*url.URL, error) {
	address, err := url.Parse(issuer)
	switch {
	case err != nil || address.Hostname() == "":
		return nil, fmt.Errorf("%q is not a URL like https://login.example.org", issuer)
	case address.Scheme != "https" && (address.Scheme != "http" || !isLoopback(address.Hostname())):
		return nil, fmt.Errorf("%q must begin with https://", issuer)
	case address.User != nil || address.RawQuery != "" || address.ForceQuery || address.Fragment != "":
		return nil, fmt.Errorf("%q must have neither a user nor a query nor a fragment", issuer)
	}
	return address, nil
}

// URL returns the issuer's URL, as in its tokens.
func (i *Issuer) URL() string { return i.url }

// Client returns the client with the bounds of the issuer, for its other endpoints.
func (i *Issuer) Client() *http.Client { return i.client }

// Metadata is what a provider publishes about itself (OpenID Connect Discovery 1.0,
// section 3).
type Metadata struct {
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	KeysURL               string   `json:"jwks_uri"`
	UserInfoEndpoint      string   `json:"userinfo_endpoint"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	// SendsIssuer means that every response to an authorization has iss (RFC 9207).
	SendsIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// Metadata returns what the issuer publishes about itself. It returns a ProviderError if
// the issuer cannot be asked.
func (i *Issuer) Metadata(ctx context.Context) (Metadata, error) { return i.found.get(ctx) }

// discover asks the issuer.
func (i *Issuer) discover(ctx context.Context) (Metadata, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, i.client), i.url)
	if err != nil {
		return Metadata{}, i.failed(err)
	}
	var m Metadata
	if err := provider.Claims(&m); err != nil {
		return Metadata{}, i.failed(err)
	}
	if m.KeysURL == "" {
		return Metadata{}, i.failed(errors.New("its discovery document has no jwks_uri"))
	}
	for _, endpoint := range []string{m.AuthorizationEndpoint, m.TokenEndpoint, m.KeysURL} {
		if err := i.hosts.check(endpoint); endpoint != "" && err != nil {
			return Metadata{}, i.failed(err)
		}
	}
	return m, nil
}

// ProviderError says that an issuer could not be asked, or that what it said is of no
// use.
type ProviderError struct {
	Issuer string
	Err    error
}

func (e *ProviderError) Error() string {
	return fmt.Sprintf("%s: %s", e.Issuer, shortened(e.Err.Error()))
}

// Unwrap returns the cause.
func (e *ProviderError) Unwrap() error { return e.Err }

func (i *Issuer) failed(err error) error { return &ProviderError{Issuer: i.url, Err: err} }

// maxCause bounds how much of a provider's own words is in an error, in bytes.
const maxCause = 300

func shortened(text string) string {
	if len(text) <= maxCause {
		return text
	}
	return text[:maxCause] + "…"
}
