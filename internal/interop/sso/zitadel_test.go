package sso

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
)

// zitadel starts the provider with a client whose redirect URI belongs to a server.
func zitadel(t *testing.T, client, server string) (issuer string) {
	t.Helper()
	var handler http.Handler
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(provider.Close)
	issuer = provider.URL
	storage.RegisterClients(storage.WebClient(client, "secret", server+"/sso/callback/zitadel"))
	handler = exampleop.SetupServer(issuer, storage.NewStorage(storage.NewUserStore(issuer)), slog.New(slog.DiscardHandler), false)
	return issuer
}

func zitadelConfig(issuer, client string) string {
	return `
providers:
  - name: zitadel
    title: Zitadel
    issuer: ` + issuer + `
    client_id: ` + client + `
    client_secret_file: secret
`
}

// At the provider, the user has the address of alice.
const alice = "users:\n  - {username: alice, password: wonderland-2026, email: test-user@zitadel.ch}\n  - {username: admin, password: admin-2026, superuser: true}\n"

func atZitadel(t *testing.T, server string) person {
	return person{
		Provider: "zitadel", Server: server, Username: "test-user@127.0.0.1", Password: "verysecure",
		ServerPass: "wonderland-2026", Log: filepath.Join(t.TempDir(), "pages"),
	}
}

// A user signs in on the pages of the server with the provider, gives the password of the
// account once, and never again.
func TestZitadelLinksAnAccount(t *testing.T) {
	address := freePort(t)
	issuer := zitadel(t, "links", "http://"+address)
	server := serve(t, address, alice, zitadelConfig(issuer, "links"))
	p := atZitadel(t, server)
	for i, wants := range []bool{true, false} {
		last, seen, err := p.walk(newClient(), server+"/console/")
		if err != nil || !strings.Contains(last, "You are signed in as <strong>alice</strong>") {
			t.Fatalf("sign-in %d: %v\n%s", i+1, err, seen)
		}
		if asked := strings.Contains(seen, "Password of alice"); asked != wants {
			t.Errorf("sign-in %d: the password was asked: %v", i+1, asked)
		}
		if strings.Contains(seen, "code="+"verysecure") || strings.Contains(seen, "?password") {
			t.Errorf("sign-in %d: a password is in an address", i+1)
		}
	}
}

// login --sso ends signed in: from the program to the server's pages, to the provider, and
// back.
func TestZitadelLogin(t *testing.T) {
	address := freePort(t)
	issuer := zitadel(t, "login", "http://"+address)
	server := serve(t, address, alice, zitadelConfig(issuer, "login"))
	p, home := atZitadel(t, server), t.TempDir()
	if _, stderr := dxauth(t, home, p, "login", "--store", "plaintext", "--sso", "--noprojects"); !strings.Contains(stderr, "as alice") {
		t.Errorf("login says %s", stderr)
	}
	if stdout, _ := dxauth(t, home, p, "whoami"); stdout != "alice\n" {
		t.Errorf("whoami says %q", stdout)
	}
}
