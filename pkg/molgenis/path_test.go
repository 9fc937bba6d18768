package molgenis_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// below returns a client of a server that shares its host with others.
func (p *platform) below(path string) *molgenis.Client {
	return molgenis.New(molgenis.Config{Server: p.URL + path, UserAgent: "dxauth/test"})
}

// A redirect counts by where it leads below the path of the server, however the
// server writes it.
func TestRedirectsBelowAPath(t *testing.T) {
	tests := map[string]struct {
		to    string
		is    error // nil: isElsewhere
		stage molgenis.Stage
	}{
		"absolute path":         {to: "/molgenis/2fa/authenticate", stage: molgenis.NeedsCode},
		"whole URL":             {to: "http://h/molgenis/2fa/activation", stage: molgenis.NeedsEnrollment},
		"relative":              {to: "2fa/authenticate", stage: molgenis.NeedsCode},
		"with a session":        {to: "/molgenis/2fa/authenticate;jsessionid=1", stage: molgenis.NeedsCode},
		"the sign-in":           {to: "/molgenis/login", is: molgenis.ErrSignedOut},
		"that of another":       {to: "/login"},
		"another's, by name":    {to: "/molgenis2/login"},
		"another's, by case":    {to: "/Molgenis/login"},
		"out of the path again": {to: "/molgenis/../login"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t, map[string][]answer{
				"POST /molgenis/login":         {{status: 302, to: "/molgenis/", cookies: []string{"JSESSIONID=abc; Path=/molgenis"}}},
				"GET /molgenis/app-ui-context": {{status: 302, to: tt.to}},
			})
			got, err := p.below("/molgenis").FormLogin(t.Context(), "alice", secret.New("x"))
			switch {
			case tt.is != nil:
				if !errors.Is(err, tt.is) {
					t.Errorf("got %v, want %v", err, tt.is)
				}
			case tt.stage == molgenis.SignedIn:
				if _, ok := errors.AsType[*httpcall.RedirectError](err); !ok {
					t.Errorf("got %v, want a redirect", err)
				}
			case err != nil || got.Stage != tt.stage:
				t.Errorf("got stage %v, %v", got.Stage, err)
			}
		})
	}
}

// A code is not taken for right because the page of another server comes.
func TestCodeWhoseAnswerLeadsElsewhere(t *testing.T) {
	p := newPlatform(t, map[string][]answer{"POST /molgenis/2fa/validate": {{status: 302, to: "/sso"}}})
	_, err := p.below("/molgenis").ValidateCode(t.Context(), secret.New("123456"))
	if _, ok := errors.AsType[*httpcall.RedirectError](err); !ok {
		t.Errorf("got %v, want a redirect", err)
	}
}

// Nothing is sent to the host outside of the path.
func TestCallsStayBelowThePath(t *testing.T) {
	p := newPlatform(t, nil)
	c := p.below("/molgenis/").WithCredential(secret.New(aliceToken), molgenis.CredentialToken)
	for _, call := range []func() error{
		func() error {
			_, err := c.Login(t.Context(), molgenis.LoginRequest{Username: "alice", Password: secret.New("x").OnWire()})
			return err
		},
		func() error { _, err := c.SignIn(t.Context(), "alice", secret.New("x")); return err },
		func() error { _, err := c.Version(t.Context()); return err },
		func() error { _, err := c.Manifest(t.Context()); return err },
		func() error { return c.Logout(t.Context()) },
		func() error { return c.SignOut(t.Context()) },
		func() error { _, err := c.SignUpIsOpen(t.Context()); return err },
		func() error { _, err := c.RecoveryCodes(t.Context()); return err },
		func() error { _, err := c.Call(t.Context(), "GET", "/api/v2/x?num=1", nil); return err },
	} {
		_ = call() // the platform has none of these routes
	}
	var strayed []string
	for _, call := range p.calls() {
		if _, path, _ := strings.Cut(call, " "); !strings.HasPrefix(path, "/molgenis/") || strings.HasPrefix(path, "/molgenis//") {
			strayed = append(strayed, call)
		}
	}
	if diff := cmp.Diff([]string(nil), strayed); diff != "" || len(p.calls()) < 9 {
		t.Errorf("%d calls; outside of the path (-want +got):\n%s", len(p.calls()), diff)
	}
}
