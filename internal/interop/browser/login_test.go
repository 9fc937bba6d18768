package browser

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/dxauth/dxauth/internal/testprogram"
)

// login runs "dxauth login" until it has written a line that matches. It returns the
// match, and a function that waits for the end and returns everything that was written.
func login(b *browser, pattern string, flags ...string) (match []string, wait func() string) {
	b.Helper()
	command := exec.CommandContext(b.Context, program, append([]string{"--server", b.server, "--store", "plaintext", "login", "--noprojects"}, flags...)...)
	command.Env = b.environment()
	stderr, err := command.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	ended, err := testprogram.Start(command)
	if err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	lines := bufio.NewScanner(stderr)
	for match == nil && lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		match = regexp.MustCompile(pattern).FindStringSubmatch(lines.Text())
	}
	return match, func() string {
		for lines.Scan() {
			text.WriteString(lines.Text() + "\n")
		}
		if err := ended(); err != nil {
			b.Errorf("login: %v: %s", err, text.String())
		}
		return text.String()
	}
}

// A user of the command signs in on the page that it opens, and lets it in. The browser
// goes back to the command, although the policy of the page lets its form lead to few
// places.
func TestLoginOfTheCommand(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*browser) *browser{
		"with scripts":    func(b *browser) *browser { return b },
		"without scripts": (*browser).withoutScripts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := prepare(open(t, serve(t, "testdata/world.yaml")))
			match, wait := login(b, `(http://\S+/oauth2/authorize\S+)`, "--no-browser")
			if match == nil {
				t.Fatal(wait())
			}
			b.visit(strings.TrimPrefix(match[1], b.server))
			b.fill(map[string]string{"username": "alice", "password": password})
			b.press("Sign in", "Log in on the command line?")
			b.says("alice")
			b.picture("consent")
			b.do(chromedp.Click(`//main//button[normalize-space()="Log in"]`), chromedp.WaitVisible("body"))
			if text := wait(); !strings.Contains(text, "as alice") {
				t.Errorf("login wrote %s", text)
			}
		})
	}
}

// A user types the code of a terminal, compares it, and approves.
func TestLoginOfADevice(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml"))
	b.signIn()
	match, wait := login(b, `([B-Z]{4}-[B-Z]{4})`, "--device")
	if match == nil {
		t.Fatal(wait())
	}
	b.visit("/oauth2/device")
	b.picture("device-code")
	b.fill(map[string]string{"user_code": "BBBB-BBBB"})
	b.press("Continue", "Log in on another device")
	b.says("No device waits with this code")
	b.picture("device-wrong")
	b.fill(map[string]string{"user_code": strings.ToLower(match[1])})
	b.press("Continue", "Log in on this device?")
	b.says(match[1])
	b.picture("device-approve")
	b.press("The codes are the same: log in", "Approved")
	b.picture("device-done")
	if text := wait(); !strings.Contains(text, "as alice") {
		t.Errorf("login wrote %s", text)
	}
}

// A program may wait at either loopback address, and the browser gets to both.
func TestRedirectsToLoopback(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml"))
	b.signIn()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan url.Values, 1)
		program := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/callback" {
				got <- r.URL.Query()
			}
			_, _ = w.Write([]byte("<!DOCTYPE html><title>done</title><p>done"))
		})}
		go func() { _ = program.Serve(listener) }()
		t.Cleanup(func() { _ = program.Close() })
		hash := sha256.Sum256([]byte(strings.Repeat("a", 43)))
		b.visit("/oauth2/authorize?" + url.Values{
			"response_type": {"code"}, "client_id": {"dxauth-cli"}, "redirect_uri": {"http://" + listener.Addr().String() + "/callback"},
			"code_challenge": {base64.RawURLEncoding.EncodeToString(hash[:])}, "code_challenge_method": {"S256"},
		}.Encode())
		b.do(chromedp.Click(`//main//button[normalize-space()="Log in"]`), chromedp.WaitVisible("//p[.='done']"))
		if response := <-got; response.Get("code") == "" || response.Get("iss") != b.server {
			t.Errorf("%s got %v", address, response)
		}
	}
}
