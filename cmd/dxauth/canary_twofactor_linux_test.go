package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// canaryNew is alice's new password.
const canaryNew = "canary tundra kayak harp"

// runTwoFactor sets an authenticator up, uses it, and changes settings. The key
// is on standard output of the one command that prints it, the recovery codes
// are in their files, and neither is anywhere else.
func (c *canary) runTwoFactor() {
	c.t.Helper()
	dir := c.t.TempDir()
	key := c.learnKey(filepath.Join(dir, "key.png"))
	code := func() string {
		c.server.advance(time.Minute)
		now, err := c.server.code(key)
		if err != nil {
			c.t.Fatal(err)
		}
		return now + "\n"
	}
	c.secrets = append(c.secrets, canaryNew)
	c.run(3, "000000\n", "2fa", "enable", "--confirm", "-")
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	c.run(0, code(), "2fa", "enable", "--confirm", "-", "--recovery-file", first)
	c.learnCodes(first)
	c.run(0, "", "2fa", "status")
	c.run(0, canaryPassword+"\n"+code(), "2fa", "recovery-codes", "--new", "--yes", "--password-stdin", "--recovery-file", second)
	recovery := c.learnCodes(second)
	c.run(0, canaryPassword+"\n"+code(), "login", "--username", "alice", "--password-stdin", "--noprojects")
	c.run(0, canaryPassword+"\n"+recovery+"\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	c.run(0, canaryPassword+"\n"+code(), "account", "update", "--first", "Alicia", "--password-stdin")
	c.run(0, canaryPassword+"\n"+code(), "account", "email", "alicia@example.org", "--password-stdin")
	c.run(0, "", "account", "show")
	c.run(0, canaryPassword+"\n"+canaryNew+"\n"+code(), "account", "password", "--password-stdin")
	c.run(3, canaryPassword+"\n"+canaryNew+"\n"+code(), "account", "password", "--password-stdin")
	c.run(0, canaryNew+"\n"+code(), "2fa", "disable", "--yes", "--password-stdin")
}

// learnKey starts an enrollment and adds its key to the secrets.
func (c *canary) learnKey(picture string) string {
	c.t.Helper()
	got := invoke(c.t, c.env, canaryPassword+"\n", "--debug", "2fa", "enable", "--begin", "--password-stdin", "--qr", "png:"+picture)
	uri, err := url.Parse(strings.TrimSpace(got.stdout))
	if err != nil || got.code != 0 || uri.Query().Get("secret") == "" {
		c.t.Fatalf("the first step ended with exit code %d and printed %q: %s", got.code, got.stdout, got.stderr)
	}
	key := uri.Query().Get("secret")
	c.secrets = append(c.secrets, key)
	c.out.WriteString(got.stderr)
	return key
}

// learnCodes adds the recovery codes of a file to the secrets, and returns one.
func (c *canary) learnCodes(path string) string {
	c.t.Helper()
	content, err := os.ReadFile(path)
	codes := shownCode.FindAllString(string(content), -1)
	if err != nil || len(codes) != 10 {
		c.t.Fatalf("%s has %d recovery codes: %v", path, len(codes), err)
	}
	c.secrets = append(c.secrets, codes...)
	return codes[0]
}
