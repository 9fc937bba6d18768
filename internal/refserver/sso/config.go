package sso

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/certificate"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Config says which issuers of ID tokens the server trusts, and for what.
type Config struct {
	Providers []Provider
	Workloads []Workload
}

// Provider is an OpenID provider that users sign in with.
type Provider struct {
	Name         string // in paths and messages
	Title        string // for users
	Issuer       string
	ClientID     string
	ClientSecret secret.Text // zero: a public client
	Scopes       []string
	MailDomains  []string // whose accounts may sign in, in lower case; none: any
	SignUp       bool     // whether a sign-in makes an account
	AutoLink     bool     // whether a sign-in links an account without its password; see package linking
	Roots        *x509.CertPool
	Hosts        []string
}

// Workload is an issuer whose ID tokens jobs and services exchange for tokens of this
// server.
type Workload struct {
	Name   string
	Issuer string
	Replay Replay
	Roots  *x509.CertPool
	Hosts  []string
}

// Replay says how often an ID token of a workload can be exchanged.
type Replay string

// The modes.
const (
	ReplayOnce        Replay = "once"         // for issuers that make a token on request
	ReplayUntilExpiry Replay = "until-expiry" // for issuers that make one token per job or file
)

// Bounds of the files, in bytes.
const (
	maxConfig = 1 << 20
	maxSecret = 4 << 10
)

// ReadConfig reads the file with the issuers, and the files that it names, which are
// relative to its folder. It returns an InvalidError for a file that says something wrong.
func ReadConfig(ctx context.Context, name string) (Config, error) {
	content, err := privatefile.ReadInput(ctx, name, maxConfig)
	if err != nil {
		return Config{}, fmt.Errorf("read the providers: %w", err)
	}
	r := &reader{name: name}
	config := r.config(content)
	if len(r.problems) > 0 {
		return Config{}, &InvalidError{r.problems}
	}
	return config, nil
}

// check returns an error that says what is wrong with a provider.
func (p Provider) check() error {
	if err := checkName(p.Name); err != nil {
		return err
	}
	if err := checkIssuer(p.Issuer); err != nil {
		return err
	}
	switch {
	case p.ClientID == "":
		return &settingError{"client_id", "missing: it is the name that the provider gave this server"}
	case !slices.Contains(p.Scopes, "openid"):
		return &settingError{"scopes", "must include openid"}
	case p.AutoLink && len(p.MailDomains) == 0 && p.Issuer != googleIssuer:
		return &settingError{"auto_link", "needs mail_domains: the domains for whose addresses the provider is responsible"}
	default:
		return nil
	}
}

// check returns an error that says what is wrong with a workload's issuer.
func (w Workload) check() error {
	if err := checkName(w.Name); err != nil {
		return err
	}
	if err := checkIssuer(w.Issuer); err != nil {
		return err
	}
	if w.Replay != ReplayOnce && w.Replay != ReplayUntilExpiry {
		return &settingError{"replay", fmt.Sprintf("must be %s or %s", ReplayOnce, ReplayUntilExpiry)}
	}
	return nil
}

// rules returns what a sign-in at the provider can lead to.
func (p Provider) rules(factors identity.FactorMode) identity.ProviderRules {
	return identity.ProviderRules{Title: p.Title, MailDomains: p.MailDomains, SignUp: p.SignUp, AutoLink: p.AutoLink, Factors: factors}
}

// settingError says what is wrong with one setting of an issuer.
type settingError struct{ key, problem string }

func (e *settingError) Error() string { return e.key + ": " + e.problem }

// in returns an error about a setting, or nil for nil.
func in(key string, err error) error {
	if err == nil {
		return nil
	}
	return &settingError{key, err.Error()}
}

// googleIssuer is the provider whose accounts at gmail.com are its own.
const googleIssuer = "https://accounts.google.com"

// withDefaults fills what a provider leaves out.
func (p Provider) withDefaults() Provider {
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.Scopes == nil {
		p.Scopes = []string{"openid", "email", "profile"}
	}
	for i, domain := range p.MailDomains {
		p.MailDomains[i] = strings.ToLower(domain)
	}
	return p
}

// NewProvider returns a provider that is described by flags: its name is that of the
// issuer's host.
func NewProvider(issuer, clientID, secretFile string) (Provider, error) {
	address, err := url.Parse(issuer)
	if err != nil {
		return Provider{}, fmt.Errorf("issuer: %q is not a URL", issuer)
	}
	p := Provider{Name: "sso", Title: address.Host, Issuer: issuer, ClientID: clientID}.withDefaults()
	if issuer == googleIssuer {
		p.Name, p.Title = "google", "Google"
	}
	if secretFile != "" {
		if p.ClientSecret, err = privatefile.ReadSecret(secretFile, maxSecret); err != nil {
			return Provider{}, err
		}
	}
	return p, p.check()
}

// checkName returns an error unless a name can be a part of a path.
func checkName(name string) error {
	isPlain := func(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' }
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, func(r rune) bool { return !isPlain(r) }) || strings.Trim(name, "-") != name {
		return &settingError{"name", fmt.Sprintf("%q must be 1 to 40 lower-case letters, digits and dashes, as in google", name)}
	}
	return nil
}

func checkIssuer(issuer string) error {
	if _, err := idtoken.CheckURL(issuer); err != nil {
		return &settingError{"issuer", err.Error()}
	}
	return nil
}

// config reads the content of the file.
func (r *reader) config(content []byte) (config Config) {
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		r.problems = append(r.problems, r.name+": "+strings.TrimPrefix(err.Error(), "yaml: "))
		return config
	}
	if len(document.Content) == 0 {
		return config
	}
	var providers, workloads list
	r.mapping(document.Content[0], map[string]any{"providers": &providers, "workloads": &workloads})
	for _, node := range providers {
		config.Providers = append(config.Providers, r.provider(node))
	}
	for _, node := range workloads {
		config.Workloads = append(config.Workloads, r.workload(node))
	}
	r.checkUnique(providers, "name", func(i int) string { return config.Providers[i].Name })
	r.checkUnique(providers, "issuer", func(i int) string { return config.Providers[i].Issuer })
	r.checkUnique(workloads, "name", func(i int) string { return config.Workloads[i].Name })
	r.checkUnique(workloads, "issuer", func(i int) string { return config.Workloads[i].Issuer })
	return config
}

func (r *reader) provider(node *yaml.Node) Provider {
	var p Provider
	var secretFile, rootsFile string
	r.mapping(node, map[string]any{
		"name": &p.Name, "title": &p.Title, "issuer": &p.Issuer, "client_id": &p.ClientID,
		"client_secret_file": &secretFile, "scopes": &p.Scopes, "mail_domains": &p.MailDomains,
		"sign_up": &p.SignUp, "auto_link": &p.AutoLink, "ca_file": &rootsFile, "hosts": &p.Hosts,
	})
	p = p.withDefaults()
	r.complainAbout(node, p.check())
	var err error
	if secretFile != "" {
		p.ClientSecret, err = privatefile.ReadSecret(r.path(secretFile), maxSecret)
		r.complainAbout(node, in("client_secret_file", err))
	}
	p.Roots = r.roots(node, rootsFile)
	return p
}

func (r *reader) workload(node *yaml.Node) Workload {
	w := Workload{Replay: ReplayOnce}
	var rootsFile string
	r.mapping(node, map[string]any{
		"name": &w.Name, "issuer": &w.Issuer, "replay": (*string)(&w.Replay), "ca_file": &rootsFile, "hosts": &w.Hosts,
	})
	r.complainAbout(node, w.check())
	w.Roots = r.roots(node, rootsFile)
	return w
}

func (r *reader) roots(node *yaml.Node, name string) *x509.CertPool {
	if name == "" {
		return nil
	}
	roots, err := certificate.ReadRoots(r.path(name))
	r.complainAbout(node, in("ca_file", err))
	return roots
}

// path returns the path of a file that the file names.
func (r *reader) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(r.name), name)
}

// checkUnique complains about a value that two entries have: a path, a message or a token
// could mean either.
func (r *reader) checkUnique(nodes list, key string, value func(int) string) {
	first := map[string]*yaml.Node{}
	for i, node := range nodes {
		earlier, repeated := first[value(i)]
		if repeated && value(i) != "" {
			r.complain(lineOf(node, key), "%s: %q is already that of line %d", key, value(i), lineOf(earlier, key))
			continue
		}
		first[value(i)] = node
	}
}
