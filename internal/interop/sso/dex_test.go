//go:build dex

package sso

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dexVariable is the environment variable with the path of the program dex.
const dexVariable = "DXAUTH_TEST_DEX"

// dexConfig is the provider's file. The password of its user is "verysecure".
func dexConfig(address, server string) string {
	return `
issuer: http://` + address + `/dex
storage: {type: memory}
web: {http: ` + address + `}
oauth2: {skipApprovalScreen: true}
enablePasswordDB: true
staticClients:
  - {id: dxauth, name: dxauth, secret: secret, redirectURIs: ["` + server + `/sso/callback/dex"]}
staticPasswords:
  - email: test-user@zitadel.ch
    username: test-user
    userID: 08a8684b-db88-4b73-90a9-3cd1661f5466
    hash: "$2a$10$sB6gQLXWGcaDhO15bQkldOd795OBM3RQkeRxtLAka2evYwvS6kqOe"
`
}

// dex runs the program until the test ends, and returns its issuer.
func dex(t *testing.T, server string) string {
	t.Helper()
	address, file := freePort(t), filepath.Join(t.TempDir(), "dex.yaml")
	if err := os.WriteFile(file, []byte(dexConfig(address, server)), 0o600); err != nil {
		t.Fatal(err)
	}
	provider := exec.Command(os.Getenv(dexVariable), "serve", file)
	stderr, err := provider.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := provider.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = provider.Process.Signal(os.Interrupt)
		_ = provider.Wait()
	})
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "listening on") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }() // it waits where nobody reads
	issuer := "http://" + address + "/dex"
	for range 50 {
		if response, err := http.Get(issuer + "/healthz"); err == nil {
			response.Body.Close()
			return issuer
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("dex did not start: %s", said.String())
	return ""
}

// Dex, a provider that others run, signs a user in to the account with the same address
// after its password was given once, and "login --sso" ends logged in.
func TestDex(t *testing.T) {
	address := freePort(t)
	issuer := dex(t, "http://"+address)
	server := serve(t, address, alice, "providers:\n  - {name: dex, issuer: \""+issuer+"\", client_id: dxauth, client_secret_file: secret}\n")
	p := person{
		Provider: "dex", Server: server, Username: "test-user@zitadel.ch", Password: "verysecure",
		ServerPass: "wonderland-2026", Log: filepath.Join(t.TempDir(), "pages"),
	}
	home := t.TempDir()
	dxauth(t, home, p, "login", "--store", "plaintext", "--sso", "--noprojects")
	if stdout, _ := dxauth(t, home, p, "whoami"); stdout != "alice\n" {
		t.Errorf("whoami says %q", stdout)
	}
	last, seen, err := p.walk(newClient(), server+"/console/")
	if err != nil || !strings.Contains(last, "You are signed in as <strong>alice</strong>") || strings.Contains(seen, "Password of alice") {
		t.Errorf("the second sign-in: %v\n%s", err, seen)
	}
}
