package sso

import (
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

// mock starts the provider.
func mock(t *testing.T) *mockoidc.MockOIDC {
	t.Helper()
	provider, err := mockoidc.NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.AddMiddleware(takeBasic); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Start(listener, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := provider.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return provider
}

// takeBasic lets the provider take the client's secret from the header, as its discovery
// document says; it reads forms only.
func takeBasic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, password, ok := r.BasicAuth(); ok && r.ParseForm() == nil {
			r.Form.Set("client_id", name)
			r.Form.Set("client_secret", password)
		}
		next.ServeHTTP(w, r)
	})
}

func mockConfig(provider *mockoidc.MockOIDC, more string) string {
	return "providers:\n  - name: mock\n    issuer: " + provider.Issuer() + "\n    client_id: " + provider.ClientID + "\n    client_secret_file: secret\n" + more
}

func serveMock(t *testing.T, provider *mockoidc.MockOIDC, more string) person {
	t.Helper()
	provider.ClientSecret = "secret"
	server := serve(t, freePort(t), alice, mockConfig(provider, more))
	return person{Provider: "mock", Server: server, Log: filepath.Join(t.TempDir(), "pages")}
}

// A provider that may make accounts makes one, with a name like that at the provider and
// with no project, and login says whom to ask.
func TestMockMakesAnAccount(t *testing.T) {
	provider := mock(t)
	p := serveMock(t, provider, "    sign_up: true\n")
	for range 2 { // the second login is by the account that the first one made
		provider.QueueUser(&mockoidc.MockUser{Subject: "jane-1", Email: "jane@example.org", EmailVerified: true, PreferredUsername: "jane.doe"})
		home := t.TempDir()
		dxauth(t, home, p, "login", "--store", "plaintext", "--sso", "--noprojects")
		if stdout, _ := dxauth(t, home, p, "whoami"); stdout != "janedoe\n" {
			t.Errorf("whoami says %q", stdout)
		}
		if stdout, _ := dxauth(t, home, p, "projects"); strings.Contains(stdout, "project-") {
			t.Errorf("a new user has the projects %s", stdout)
		}
	}
}

// A user without a password changes the account right after the sign-in, without a password,
// and has no second factor of the server's: the provider asks for one, if any.
func TestMockUserWithoutPassword(t *testing.T) {
	provider := mock(t)
	p := serveMock(t, provider, "    sign_up: true\n")
	provider.QueueUser(&mockoidc.MockUser{Subject: "jane-1", Email: "jane@example.org", EmailVerified: true, PreferredUsername: "jane.doe"})
	home := t.TempDir()
	dxauth(t, home, p, "login", "--store", "plaintext", "--sso", "--noprojects")
	dxauth(t, home, p, "account", "email", "jane@lab.example.org")
	if stdout, _ := dxauth(t, home, p, "account", "show"); !strings.Contains(stdout, "jane@lab.example.org") {
		t.Errorf("the account is %s", stdout)
	}
	if _, stderr, err := try(t, home, p, "2fa", "enable", "--begin"); err == nil || !strings.Contains(stderr, "its identity provider asks for a second factor") {
		t.Errorf("2fa enable: %v, %s", err, stderr)
	}
}

// What the provider refuses, and what it may not do here, ends on a page that says what to
// do.
func TestMockRefusals(t *testing.T) {
	provider := mock(t)
	p := serveMock(t, provider, "    mail_domains: [example.org]\n")
	for name, tt := range map[string]struct {
		user *mockoidc.MockUser
		want string
	}{
		"an unknown user":                {&mockoidc.MockUser{Subject: "1", Email: "jane@example.org", EmailVerified: true}, "Ask the administrator of this server to link yours"},
		"a user of another domain":       {&mockoidc.MockUser{Subject: "2", Email: "eve@evil.example", EmailVerified: true}, "does not accept accounts of this organization"},
		"an address that is not checked": {&mockoidc.MockUser{Subject: "3", Email: "jane@example.org"}, "does not accept accounts of this organization"},
	} {
		t.Run(name, func(t *testing.T) {
			provider.QueueUser(tt.user)
			last, seen, err := p.walk(newClient(), p.Server+"/console/")
			if err != nil || !strings.Contains(last, tt.want) {
				t.Errorf("no %q, %v: %s", tt.want, err, seen)
			}
		})
	}
}
