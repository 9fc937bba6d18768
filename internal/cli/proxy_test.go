package cli

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestMalformedProxy checks that every command that sends requests is stopped by a proxy
// that its server would be reached through, and sends none; no other command is.
func TestMalformedProxy(t *testing.T) {
	c := newClient(t)
	c.lab.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("got a request for %s", r.URL) })
	remote := "DXAUTH_SERVER=https://platform.example"
	for _, wrong := range []broken{
		{env: []string{remote, "HTTPS_PROXY=http://alice:open/sesame@" + c.lab.Listener.Addr().String()}, names: "https_proxy: "},
		{env: []string{remote, "https_proxy=socks4://alice:sesame@127.0.0.1:9"}, names: "https_proxy: "},
		{env: []string{remote, "HTTPS_PROXY=" + c.lab.URL, "no_proxy=http://sesame"}, names: "no_proxy: "},
	} {
		for need, lines := range commandsByNeed() {
			for _, line := range lines {
				setProxies(t)
				c.isolate(t, wrong)
				code, stdout, stderr := c.run(t, strings.Fields(line)...)
				stopped := code == 2 && strings.Contains(strings.ToLower(stderr), wrong.names)
				uses := slices.Contains([]string{connected, unknown, ending, selecting, signingIn}, need)
				if line != "doctor" && stopped != uses || strings.Contains(stdout+stderr, "sesame") {
					t.Errorf("%s, %s: exit code %d, stdout %q, stderr %q; want it stopped: %t", wrong.names, line, code, stdout, stderr, uses)
				}
			}
		}
	}
}

// TestMalformedProxyOnThisMachine checks that a server on this machine needs no proxy.
func TestMalformedProxyOnThisMachine(t *testing.T) {
	c := newClient(t)
	setProxies(t)
	c.isolate(t, broken{env: []string{"HTTP_PROXY=ftp://x", "HTTPS_PROXY=ftp://x", "NO_PROXY=a b"}})
	if code, stdout, stderr := c.run(t, "whoami"); code != 0 || stdout != "alice\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// setProxies empties the variables of proxies. Windows ignores their case.
func setProxies(t *testing.T) {
	t.Helper()
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy"} {
		t.Setenv(name, "")
		t.Setenv(strings.ToUpper(name), "")
	}
}
