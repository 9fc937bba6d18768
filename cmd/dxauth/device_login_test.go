//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testscreen"
)

// The user of a terminal without a browser reads the QR code with a phone, signs in there,
// compares the code, and approves.
func TestADeviceIsApprovedOnAPhone(t *testing.T) {
	t.Parallel()
	p, err := startReference("demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.http.Close)
	root, env := home(t, p)
	terminal := atTerminal(t, env, "login", "--device", "--noprojects")
	terminal.sees("waiting for the approval in a browser")
	shown := terminal.everything()
	address := testscreen.QR(t, testscreen.Draw(shown, 250, 50, testscreen.Dark))
	start, code, found := strings.Cut(address, "/oauth2/device?user_code=")
	if !found || start != p.URL || !strings.Contains(shown, code) {
		t.Fatalf("the QR code is %s", address)
	}
	pages := filepath.Join(root, "pages")
	phone := exec.Command("browse", address)
	phone.Env = append(env, "BROWSE_USERNAME=alice", "BROWSE_PASSWORD=wonderland-2026", "BROWSE_LOG="+pages)
	if err := phone.Run(); err != nil {
		t.Fatal(err)
	}
	seen, err := os.ReadFile(pages)
	if err != nil || !strings.Contains(string(seen), "<code>"+code+"</code>") || !strings.Contains(string(seen), "dxauth/") {
		t.Errorf("the phone showed %s, %v", seen, err)
	}
	terminal.sees("as alice. The session ends") // after the next poll
	terminal.exits(0)
	if got := succeed(t, env, "", "whoami"); got != "alice\n" {
		t.Errorf("whoami says %q", got)
	}
}

// S-73: neither the code of a login in the browser nor its token is in what the command
// writes with --debug, or in the log of the server.
func TestALoginInTheBrowserLeaksNothing(t *testing.T) {
	t.Parallel()
	p, err := startReference("demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.http.Close)
	root, env := home(t, p)
	pages := filepath.Join(root, "pages")
	env = append(env, "BROWSER=browse", "BROWSE_USERNAME=alice", "BROWSE_PASSWORD=wonderland-2026", "BROWSE_LOG="+pages)
	got := invoke(t, env, "", "--debug", "login", "--sso", "--noprojects")
	if got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	seen, err := os.ReadFile(pages)
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`/callback\?code=([0-9A-Za-z_-]{43})&`).FindSubmatch(seen)
	if code == nil {
		t.Fatalf("the browser brought no code: %s", seen)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, text := range map[string]string{"the command": got.stdout + got.stderr, "the server": p.log.String()} {
		if !strings.Contains(text, "/oauth2/token") {
			t.Errorf("%s does not mention the request: %s", name, text)
		}
		for _, secret := range []string{string(code[1]), tokenOf(t, env), "wonderland-2026"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s wrote a secret: %s", name, text)
			}
		}
	}
}
