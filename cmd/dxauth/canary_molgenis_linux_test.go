package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
)

// The same as TestSecretsDoNotLeak for both generations of MOLGENIS, with their
// tokens and cookies.
func TestMOLGENISSecretsDoNotLeak(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{refserver.TypeMOLGENIS, refserver.TypeEMX2} {
		t.Run(kind, func(t *testing.T) {
			server := newPlatform(t, writeFixture(t, canaryFixture), func(config *refserver.Config) { config.Type = kind })
			root, env := home(t, server)
			c := &canary{
				t: t, server: server, root: root, env: env,
				secrets: []string{canaryPassword, canaryWrong, canaryRecovery, canaryToken, canaryBadToken},
			}
			arguments := watchArguments()
			c.runMOLGENIS()
			if kind == refserver.TypeMOLGENIS {
				c.runCookies()
			}
			c.runUntilSeen(arguments)
			processes := arguments.end()
			if !strings.Contains(c.out.String(), "debug: POST ") || server.logged() == "" {
				t.Fatal("there is nothing to look at")
			}
			for place, text := range map[string]string{
				"the output": c.out.String(), "the server's log": server.logged(), "the arguments of a process": processes,
			} {
				wantNone(t, place, text, c.secrets)
			}
			wantNotInFiles(t, root, c.secrets...)
		})
	}
}

// runMOLGENIS runs the commands that both generations support.
func (c *canary) runMOLGENIS() {
	c.t.Helper()
	dir := c.t.TempDir()
	alice := []string{"login", "--username", "alice", "--password-stdin"}
	c.run(0, canaryPassword+"\n", alice...)
	for _, args := range [][]string{{"whoami"}, {"status"}, {"env"}, {"--json", "env"}, {"account", "show"}, {"token", "list"}, {"doctor"}} {
		c.run(0, "", args...)
	}
	c.run(0, "", "token", "new", "ci-of-alice", "--out", filepath.Join(dir, "new"))
	c.learnFrom(filepath.Join(dir, "new"))
	c.run(1, "", "exec", "--", "sh", "-c", `printf %s "$MOLGENIS_TOKEN" > "$0"; exit 1`, filepath.Join(dir, "child"))
	c.learnFrom(filepath.Join(dir, "child"))
	c.run(0, "", "token", "revoke", "--yes", "ci-of-alice")
	c.run(3, canaryWrong+"\n", alice...)
	c.run(3, "", "select", "One")
	c.run(0, canaryToken+"\n", "login", "--token", "-")
	c.run(0, "", "logout", "--local-only")
	c.run(3, canaryBadToken+"\n", "login", "--token", "-")
	c.run(0, canaryPassword+"\n", alice...)
	c.server.advance(16 * time.Minute)
	c.run(3, "", "whoami")
	before := c.env
	c.env = append(before, "DXAUTH_TOKEN="+canaryToken)
	c.run(0, "", "whoami")
	c.env = append(before, "DXAUTH_TOKEN="+canaryBadToken)
	c.run(3, "", "whoami")
	c.env = before
}

// runCookies signs in through the web page's forms and learns the cookies' values.
func (c *canary) runCookies() {
	c.t.Helper()
	code, err := c.server.code(bobSeed)
	if err != nil {
		c.t.Fatal(err)
	}
	bob := []string{"login", "--username", "bob", "--password-stdin"}
	c.run(0, canaryPassword+"\n"+code+"\n", bob...)
	c.run(3, canaryPassword+"\n"+code+"\n", bob...)
	c.run(0, canaryPassword+"\n"+canaryRecovery+"\n", bob...)
	_, cookie, isCookie := strings.Cut(c.secrets[len(c.secrets)-1], "=")
	if !isCookie || len(cookie) < 16 {
		c.t.Fatal("the session of the web page is not a cookie")
	}
	c.secrets = append(c.secrets, cookie)
	for _, args := range [][]string{{"whoami"}, {"2fa", "status"}, {"token", "list"}, {"logout"}} {
		c.run(0, "", args...)
	}
}
