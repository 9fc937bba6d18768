//go:build unix

package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server with an untrusted certificate is sent nothing. --ca-cert makes its
// authority trusted.
func TestPrivateCertificateAuthority(t *testing.T) {
	t.Parallel()
	reference := newPlatform(t, "demo")
	secure := httptest.NewUnstartedServer(reference.http.Config.Handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log the refused handshake
	secure.StartTLS()
	defer secure.Close()
	_, env := home(t, &platform{URL: secure.URL})
	login := []string{"login", "--username", "alice", "--password-stdin", "--noprojects"}

	got := invoke(t, env, "wonderland-2026\n", login...)
	if got.code != 3 || !strings.Contains(got.stderr, "certificate") {
		t.Errorf("the exit code is %d, want 3 and a message about the certificate: %s", got.code, got.stderr)
	}
	if asked := reference.requests(); len(asked) > 0 {
		t.Errorf("the server was asked %q", asked)
	}

	authority := filepath.Join(t.TempDir(), "ca.pem")
	content := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(authority, content, 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, env, "wonderland-2026\n", append(login, "--ca-cert", authority)...)
	if got := succeed(t, env, "", "--ca-cert", authority, "whoami"); got != "alice\n" {
		t.Errorf("whoami prints %q", got)
	}

	// The command of exec trusts it, too: dxauth by its own variable, by dx's, or as any
	// program in Go; curl by its variable.
	withExec := []string{"--ca-cert", authority, "exec", "--", "env", "-u", "DXAUTH_CA_CERT"}
	if got := succeed(t, env, "", append(withExec, "dxauth", "whoami")...); got != "alice\n" {
		t.Errorf("with DX_CA_CERT, whoami prints %q", got)
	}
	withExec = append(withExec, "-u", "DX_CA_CERT")
	if got := succeed(t, env, "", append(withExec, "dxauth", "whoami")...); got != "alice\n" {
		t.Errorf("with SSL_CERT_FILE, whoami prints %q", got)
	}
	if got := invoke(t, env, "", append(withExec, "-u", "SSL_CERT_FILE", "dxauth", "whoami")...); got.code != 3 || !strings.Contains(got.stderr, "certificate") {
		t.Errorf("without the variables, the exit code is %d: %s", got.code, got.stderr)
	}
	succeed(t, env, "", append(withExec, "-u", "SSL_CERT_FILE", "curl", "--silent", "--show-error", secure.URL)...)

	// So does a program in a shell with the variables of env.
	if got := succeed(t, env, "", "--ca-cert", authority, "env", "--bash"); !strings.Contains(got, "export DX_CA_CERT='"+authority+"'\n") {
		t.Error("env --bash does not export DX_CA_CERT")
	}
}
