//go:build dex

package sso

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/testprogram"
	"github.com/dxauth/dxauth/pkg/secret"
)

// dexConfig is the provider's file. The password of its user is "verysecure".
func dexConfig(address, server, life string) string {
	return `
issuer: http://` + address + `/dex
storage: {type: memory}
web: {http: ` + address + `}
oauth2: {skipApprovalScreen: true, passwordConnector: local}
expiry: {idTokens: ` + life + `}
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

// dexProgram returns the path of the program dex. The Go command builds it on the first
// call, and keeps it in its cache.
func dexProgram(t *testing.T) string {
	t.Helper()
	build := exec.Command("go", "tool", "-n", "dex")
	build.Dir = "../dex"
	path, err := build.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(path))
}

// dex is the provider.
type dex struct {
	*testing.T
	Issuer  string
	config  string // file
	program *exec.Cmd
	wait    func() error
}

// startDex runs the provider of a server until the test ends. Its ID tokens end a time
// after they were made.
func startDex(t *testing.T, server, life string) *dex {
	t.Helper()
	address := freePort(t)
	d := &dex{T: t, Issuer: "http://" + address + "/dex", config: filepath.Join(t.TempDir(), "dex.yaml")}
	if err := os.WriteFile(d.config, []byte(dexConfig(address, server, life)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start()
	t.Cleanup(d.stop)
	return d
}

func (d *dex) start() {
	d.Helper()
	d.program = exec.Command(dexProgram(d.T), "serve", d.config)
	stderr, err := d.program.StderrPipe()
	if err != nil {
		d.Fatal(err)
	}
	if d.wait, err = testprogram.Start(d.program); err != nil {
		d.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening on") {
		said.WriteString(lines.Text() + "\n")
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }() // it waits where nobody reads
	for range 100 {
		if response, err := http.Get(d.Issuer + "/healthz"); err == nil {
			response.Body.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	d.Fatalf("dex did not start: %s", said.String())
}

func (d *dex) stop() {
	_ = d.program.Process.Signal(os.Interrupt) // it may have ended
	_ = d.wait()
}

// idToken returns a token of the provider's user.
func (d *dex) idToken() secret.Text {
	d.Helper()
	form := url.Values{"grant_type": {"password"}, "username": {"test-user@zitadel.ch"}, "password": {"verysecure"}, "scope": {"openid email"}}
	request, err := http.NewRequest(http.MethodPost, d.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth("dxauth", "secret")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.Fatal(err)
	}
	defer response.Body.Close()
	var body struct {
		IDToken string `json:"id_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.IDToken == "" {
		d.Fatalf("no ID token: %s, %v", response.Status, err)
	}
	return secret.New(body.IDToken)
}

// serveDex starts the provider, and a server whose user alice has an address there.
func serveDex(t *testing.T, life string) person {
	t.Helper()
	address := freePort(t)
	provider := startDex(t, "http://"+address, life)
	server := serve(t, address, alice, "providers:\n  - {name: dex, issuer: \""+provider.Issuer+"\", client_id: dxauth, client_secret_file: secret}\n")
	return person{
		Provider: "dex", Server: server, Username: "test-user@zitadel.ch", Password: "verysecure",
		ServerPass: "wonderland-2026", Log: filepath.Join(t.TempDir(), "pages"),
	}
}

// Dex, a provider that others run, signs a user in to the account with the same address
// after its password was given once, and "login --sso" ends logged in.
func TestDex(t *testing.T) {
	p, home := serveDex(t, "1h"), t.TempDir()
	dxauth(t, home, p, "login", "--store", "plaintext", "--sso", "--noprojects")
	if stdout, _ := dxauth(t, home, p, "whoami"); stdout != "alice\n" {
		t.Errorf("whoami says %q", stdout)
	}
	last, seen, err := p.walk(newClient(), p.Server+"/console/")
	if err != nil || !strings.Contains(last, "You are signed in as <strong>alice</strong>") || strings.Contains(seen, "Password of alice") {
		t.Errorf("the second sign-in: %v\n%s", err, seen)
	}
}

// The user of a terminal without a browser opens the address with the code elsewhere, and
// signs in with the provider there.
func TestDexOfADevice(t *testing.T) {
	p, home := serveDex(t, "1h"), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	login := command(ctx, t, home, p, "login", "--store", "plaintext", "--device", "--noprojects")
	stderr, err := login.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	wait, err := testprogram.Start(login)
	if err != nil {
		t.Fatal(err)
	}
	var said, seen string
	codes := regexp.MustCompile(`^ +Code +([B-Z]{4}-[B-Z]{4})$`)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if code := codes.FindStringSubmatch(lines.Text()); code != nil {
			if _, seen, err = p.walk(newClient(), p.Server+"/oauth2/device?user_code="+code[1]); err != nil {
				t.Error(err)
			}
		}
	}
	if err := wait(); err != nil || !strings.Contains(said, "as alice") {
		t.Fatalf("%v\n%s\n%s", err, said, seen)
	}
	if stdout, _ := dxauth(t, home, p, "whoami"); stdout != "alice\n" {
		t.Errorf("whoami says %q", stdout)
	}
}

// A sign-in with a token that has ended when the provider sends it is rejected.
func TestDexMakesEndedTokens(t *testing.T) {
	p := serveDex(t, "-2m")
	last, seen, err := p.walk(newClient(), p.Server+"/console/")
	if err != nil || !strings.Contains(last, "sent a response that this server cannot accept") || strings.Contains(seen, "Password of alice") {
		t.Errorf("%v\n%s", err, seen)
	}
}

// A new key of the provider is found, at most once a minute, and the one that it no longer
// publishes is of no use. So is a token that has ended.
func TestDexKeys(t *testing.T) {
	provider, now := startDex(t, "http://127.0.0.1:1", "1h"), time.Now()
	issuer, err := idtoken.New(idtoken.Config{Issuer: provider.Issuer, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	verified := func(token secret.Text) error {
		_, err := issuer.VerifyWorkload(t.Context(), token, "dxauth")
		return err
	}
	refused := func(why string, err error) {
		t.Helper()
		if _, invalid := errors.AsType[*idtoken.InvalidError](err); !invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want one with %q", err, why)
		}
	}
	before := provider.idToken()
	if err := verified(before); err != nil {
		t.Fatal(err)
	}
	provider.stop()
	provider.start() // its keys were in memory
	after := provider.idToken()
	refused("no key", verified(after))
	now = now.Add(2 * time.Minute)
	if err := verified(after); err != nil {
		t.Fatal(err)
	}
	refused("no key", verified(before))
	now = now.Add(time.Hour)
	refused("it expired at", verified(after))
}
