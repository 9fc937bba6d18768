//go:build unix

package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Exit codes.
const (
	done    = 0
	refused = 3 // by the server, or the network failed
)

// The faults, as toxiproxy takes them. Downstream is from the server to the client: the
// request has arrived, and the response is lost.
const (
	slow       = `{"type": "latency", "stream": "downstream", "attributes": {"latency": 150, "jitter": 50}}`
	slowClose  = `{"type": "slow_close", "stream": "downstream", "attributes": {"delay": 300}}`
	reset      = `{"type": "reset_peer", "stream": "downstream", "attributes": {"timeout": 0}}`
	resetEarly = `{"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 0}}`
	swallowed  = `{"type": "timeout", "stream": "downstream", "attributes": {"timeout": 100}}`
	cut        = `{"type": "limit_data", "stream": "downstream", "attributes": {"bytes": 60}}`
)

// A user runs the program with files of its own.
type user struct {
	t    *testing.T
	dir  string
	url  string
	said string // on standard error by the last command
	out  string // on standard output by it
}

func newUser(t *testing.T, n network) *user {
	return &user{t: t, dir: t.TempDir(), url: "http://" + n.proxy.Listen}
}

// run runs a command with a line as standard input, and returns its exit code.
func (u *user) run(input string, args ...string) int {
	u.t.Helper()
	command := exec.CommandContext(u.t.Context(), program, args...)
	command.Env = []string{
		"HOME=" + u.dir, "PATH=" + os.Getenv("PATH"), "DXAUTH_SERVER=" + u.url, "DXAUTH_TYPE=dnanexus", "DXAUTH_STORE=plaintext",
		"DXAUTH_CONFIG_DIR=" + filepath.Join(u.dir, "config"), "DXAUTH_STATE_DIR=" + filepath.Join(u.dir, "state"),
	}
	command.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	u.said, u.out = stderr.String(), stdout.String()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode()
	}
	if err != nil {
		u.t.Fatal(err)
	}
	return done
}

// must runs a command that has to succeed.
func (u *user) must(input string, args ...string) {
	u.t.Helper()
	if code := u.run(input, args...); code != done {
		u.t.Fatalf("%s: exit code %d and %q", args[0], code, u.said)
	}
}

// login runs the login of alice.
func (u *user) login() int {
	u.t.Helper()
	return u.run("wonderland-2026\n", "--json", "login", "--username", "alice", "--password-stdin", "--noprojects")
}

// verifyNetwork checks that the last command reported the network, in JSON.
func (u *user) verifyNetwork() {
	u.t.Helper()
	var report struct {
		Error struct{ Type, Message, Hint string } `json:"error"`
	}
	if err := json.Unmarshal([]byte(u.said), &report); err != nil {
		u.t.Fatalf("%v: %q", err, u.said)
	}
	if report.Error.Type != "network" || report.Error.Message == "" || report.Error.Hint == "" {
		u.t.Errorf("got %q, want an error of the type network with a hint", u.said)
	}
}

// C-10: what a fault of the network does to each kind of command. A sign-in is
// sent once, a session stays stored, and all works when the fault is over.
func TestFaultsBetweenClientAndServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault string
		code  int
	}{
		"a slow network":                  {slow, done},
		"a connection that closes late":   {slowClose, done},
		"a reset instead of the response": {reset, refused},
		"a reset before the request":      {resetEarly, refused},
		"a response that is swallowed":    {swallowed, refused},
		"a response that is cut off":      {cut, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rounds(t, func(t *testing.T) { suffer(t, c.fault, c.code) })
		})
	}
}

// suffer runs commands during a fault, which has to give them an exit code, and after it.
func suffer(t *testing.T, fault string, code int) {
	s := serve(t, "--fixture", "testdata/lab.yaml")
	network := newNetwork(t, strings.TrimPrefix(s.url, "http://"))
	u := newUser(t, network)
	during := func(name string, command func() int) {
		t.Helper()
		network.suffer(fault)
		began := time.Now()
		if got := command(); got != code {
			t.Errorf("%s: exit code %d and %q, want %d", name, got, u.said, code)
		} else if code == refused {
			u.verifyNetwork()
		}
		if took := time.Since(began); took > patience {
			t.Errorf("%s took %s", name, took)
		}
		network.heal()
	}

	during("login", u.login)
	if sent := s.log.count("/system/newAuthToken"); sent > 1 {
		t.Errorf("a sign-in was sent %d times", sent)
	}
	if got := u.login(); got != done {
		t.Fatalf("login after the fault: exit code %d and %q", got, u.said)
	}
	during("whoami", func() int { return u.run("", "--json", "whoami") })
	u.must("", "whoami")
	if strings.TrimSpace(u.out) != "alice" {
		t.Errorf("after the fault the session is of %q", u.out)
	}

	// A logout erases the credential in any case, and says whether the server knows.
	network.suffer(fault)
	u.must("", "logout")
	network.heal()
	if warned := strings.Contains(u.said, "continues on the server"); warned != (code == refused) {
		t.Errorf("logout said %q", u.said)
	}
	if got := u.run("", "whoami"); got != refused || !strings.Contains(u.said, "not logged in") {
		t.Errorf("after the logout: exit code %d and %q", got, u.said)
	}
}

// C-10: a token is made once and shown, or the command fails. Wherever the connection is
// cut off, the request is not repeated, and a token that the server made nevertheless is
// in the list, under its name, so that it can be revoked.
func TestATokenWhoseResponseIsCutOff(t *testing.T) {
	t.Parallel()
	s := serve(t, "--fixture", "testdata/lab.yaml")
	network := newNetwork(t, strings.TrimPrefix(s.url, "http://"))
	u := newUser(t, network)
	if got := u.login(); got != done {
		t.Fatal(u.said)
	}
	var lost int // responses, to requests that were processed
	for bytes := 300; ; bytes += 300 {
		name := fmt.Sprintf("ci-%d", bytes)
		before := s.log.count("/system/newAuthToken")
		network.suffer(fmt.Sprintf(`{"type": "limit_data", "stream": "downstream", "attributes": {"bytes": %d}}`, bytes))
		code := u.run("", "--json", "token", "new", name)
		network.heal()
		made := s.log.count("/system/newAuthToken") - before
		if made > 1 {
			t.Errorf("cut off after %d bytes, the request was sent %d times", bytes, made)
		}
		if code == refused {
			u.verifyNetwork()
			lost += made
		}
		u.must("", "--json", "token", "list")
		if listed := strings.Count(u.out, `"`+name+`"`); listed != made {
			t.Errorf("cut off after %d bytes: %d requests made %d tokens", bytes, made, listed)
		}
		if code == done {
			break
		}
	}
	if lost == 0 {
		t.Error("no response was lost")
	}
}
