// Package platform connects the commands to a server, whichever protocol it
// speaks.
//
// It promises that commands do not depend on the protocol: credentials, results and
// errors are the same for each. Only this package compares types; what a command has
// to know about one, such as its name or whether it has projects, is a method of [Type]
// or [Platform].
//
// A feature that several types have is an interface. One that only DNAnexus has is a
// struct, or the client of pkg/dnanexus itself, whose errors [Explain] converts. A
// platform without a feature returns a refusal that says so.
//
// Errors have types by what can be done about them: ask again, ask for a code, log in,
// or give up. All other errors are returned as they are.
package platform

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Access says where a platform is, and as whom it is called.
type Access struct {
	APIServer  string // base URL
	AuthServer string // base URL; the same where sign-in has no server of its own
	UserAgent  string
	Version    string // of this program

	Token     secret.Text // zero: none
	TokenType string      // as the sign-in returned it

	HTTP   *http.Client
	Trace  func(httpcall.Exchange) // nil: none
	Wait   func(httpcall.Pause)    // nil: none; called before a pause that the server asks for
	Now    func() time.Time
	Random io.Reader // for values of tokens where the client draws them
}

// Platform is a server, and the account that calls it. Every platform has what
// is embedded; the methods return the rest, or why the platform has none.
type Platform struct {
	Authenticator
	Caller
	Profiles
	Tokens

	kind   Type
	server string // base URL
	host   string

	client    *dnanexus.Client // nil: not a DNAnexus
	settings  Settings         // nil: there are none, as with the fields below
	twoFactor TwoFactor
	approvals Approvals
	scripts   ScriptTokens
}

// Caller makes any call.
type Caller interface {
	// Call names a resource and a method in the terms of the platform. It returns
	// a refusal with the code Usage for what the platform can't have.
	Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error)
}

// Connect returns the platform of a type. Nothing is sent.
func Connect(kind Type, access Access) *Platform {
	p := &Platform{kind: kind, server: access.APIServer, host: hostOf(access.APIServer)}
	switch kind {
	case TypeMOLGENIS:
		server := newClassic(access)
		p.Authenticator, p.Caller, p.Profiles, p.Tokens = server, server, server, server
		p.twoFactor, p.approvals, p.scripts = server, server, server
	case TypeEMX2:
		server := newEMX2(access)
		p.Authenticator, p.Caller, p.Profiles, p.Tokens = server, server, server, server
		p.settings, p.scripts = server, server
	default:
		server := newDNAnexus(access)
		p.Authenticator, p.Caller, p.Profiles, p.Tokens = server, server, server, server
		p.client, p.settings, p.twoFactor, p.approvals = server.client, server, server, server
	}
	return p
}

func hostOf(server string) string {
	_, host, _ := strings.Cut(server, "://")
	return host
}

// Orgs returns the client, for its calls about orgs and their members.
func (p *Platform) Orgs() (*dnanexus.Client, error) { return p.dnanexus("orgs") }

// Accounts returns the client, for the calls of administrators about accounts.
func (p *Platform) Accounts() (*dnanexus.Client, error) {
	return p.dnanexus("accounts that dxauth administers")
}

// dnanexus returns the client, where the platform is a DNAnexus.
func (p *Platform) dnanexus(feature string) (*dnanexus.Client, error) {
	if p.client == nil {
		return nil, p.lacks(feature, "")
	}
	return p.client, nil
}

// Settings changes the personal information of the user.
func (p *Platform) Settings() (Settings, error) {
	if p.settings == nil {
		return nil, ErrNotOffered
	}
	return p.settings, nil
}

// TwoFactor changes the user's second factor.
func (p *Platform) TwoFactor() (TwoFactor, error) {
	if p.twoFactor == nil {
		return nil, p.lacks("two-factor authentication of its own", "its OpenID provider may have it, and asks for it in the browser")
	}
	return p.twoFactor, nil
}

// Sessions lists and ends the sessions of the user.
func (p *Platform) Sessions() (*Sessions, error) {
	if p.client == nil {
		return nil, p.lacks("list of sessions", "each expires, or ends with logout where it was made")
	}
	return &Sessions{client: p.client}, nil
}

// Approvals approves accounts of users who signed up.
func (p *Platform) Approvals() (Approvals, error) {
	if p.approvals == nil {
		return nil, p.lacks("accounts that wait for an administrator", "")
	}
	return p.approvals, nil
}

// ScriptTokens returns nil where a script gets the credential of its user.
func (p *Platform) ScriptTokens() ScriptTokens { return p.scripts }

// lacks is the refusal of a feature that the platform has nothing of.
func (p *Platform) lacks(feature, hint string) error {
	return refusal.New(refusal.Denied, "%s has no %s: it is a %s server", p.host, feature, p.kind.Name()).WithHint(hint)
}
