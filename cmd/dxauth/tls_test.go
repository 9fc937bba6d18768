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
}
