package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/servecmd"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	sessionToken = "0123456789abcdefghijABCDEFGHIJ01"
	apiToken     = "9876543210abcdefghijABCDEFGHIJ02"
)

// lab is a platform that accepts every token and records which ones it revokes.
type lab struct {
	*httptest.Server
	mu    sync.Mutex
	ended []string
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/system/destroyAuthToken" {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ended = append(l.ended, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		}
		_, _ = io.WriteString(w, `{"id":"user-alice","username":"alice","handle":"alice"}`)
	}))
	t.Cleanup(l.Close)
	return l
}

// client is a user's machine: its state folder, its platform and its clock.
type client struct {
	dir string // of the state
	lab *lab
	now time.Time
}

func newClient(t *testing.T) *client {
	t.Helper()
	clitest.Isolate(t)
	c := &client{dir: os.Getenv("DXAUTH_STATE_DIR"), lab: newLab(t), now: clitest.Noon()}
	t.Setenv("DXAUTH_SERVER", c.lab.URL)
	return c
}

// run runs a command and returns its exit code and output.
func (c *client) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return c.runWith(t, "", args...)
}

// runWith is run with a file as standard input.
func (c *client) runWith(t *testing.T, input string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	path := filepath.Join(t.TempDir(), "stdin")
	stdin, openErr := os.Create(path)
	if openErr != nil {
		t.Fatal(openErr)
	}
	defer stdin.Close()
	if _, openErr = stdin.WriteString(input); openErr != nil {
		t.Fatal(openErr)
	}
	if _, openErr = stdin.Seek(0, 0); openErr != nil {
		t.Fatal(openErr)
	}
	code = Run(t.Context(), kit.Env{
		Program: "dxauth", Version: "test", Stdin: stdin, Stdout: &out, Stderr: &err,
		Getenv: os.Getenv, Now: func() time.Time { return c.now },
	}, args, servecmd.Commands()...)
	return code, out.String(), err.String()
}

func (c *client) store(t *testing.T) credstore.Store {
	t.Helper()
	store, err := credstore.ByName(credstore.PlaintextName, credstore.Config{Dir: c.dir})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func (c *client) key() credstore.Key {
	return credstore.Key{Host: strings.TrimPrefix(c.lab.URL, "http://"), User: "alice"}
}

// signIn stores a session as a login with a password would.
func (c *client) signIn(t *testing.T) {
	t.Helper()
	accounts := session.NewAccountIndex(session.Config{
		Dir: c.dir, Now: func() time.Time { return c.now },
		OpenStore: func(string) (credstore.Store, error) { return c.store(t), nil },
	})
	account := session.Account{
		Server: c.lab.URL, AuthServer: c.lab.URL, Host: c.key().Host, User: "alice", UserID: "user-alice",
		Type: string(platform.TypeDNAnexus), Kind: session.Interactive, Store: credstore.PlaintextName, IdleSeconds: 900,
	}
	if _, err := accounts.Save(t.Context(), account, session.Credential{Token: secret.New(sessionToken), Type: "Bearer"}); err != nil {
		t.Fatal(err)
	}
}

// TestTokenReplacesSession checks that a login with a token ends the session
// that it replaces.
func TestTokenReplacesSession(t *testing.T) {
	c := newClient(t)
	c.signIn(t)
	code, _, stderr := c.run(t, "login", "--token", apiToken, "--store", "plaintext", "--noprojects")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if diff := cmp.Diff([]string{sessionToken}, c.lab.ended); diff != "" {
		t.Errorf("ended on the server (-want +got):\n%s", diff)
	}
}

// TestLoginWithSameToken checks that a second login does not revoke its own token.
func TestLoginWithSameToken(t *testing.T) {
	c := newClient(t)
	c.signIn(t)
	if code, _, stderr := c.run(t, "login", "--token", sessionToken, "--store", "plaintext", "--noprojects"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if len(c.lab.ended) != 0 {
		t.Errorf("ended %q on the server", c.lab.ended)
	}
}

// TestLogoutErasesForeignItem checks that logout also erases an item that is not
// a session of dxauth, so that the account does not stay signed in.
func TestLogoutErasesForeignItem(t *testing.T) {
	c := newClient(t)
	c.signIn(t)
	if err := c.store(t).Set(t.Context(), c.key(), secret.New("foreign")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := c.run(t, "logout"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if code, _, _ := c.run(t, "status", "--offline"); code != 3 {
		t.Errorf("status after logout: exit code %d, want 3", code)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "credentials.json")); !os.IsNotExist(err) {
		t.Errorf("the item is still there: %v", err)
	}
}

// TestUseCannotBeRecorded checks that a command still succeeds: it has done its
// work, and a script must not repeat it.
func TestUseCannotBeRecorded(t *testing.T) {
	c := newClient(t)
	c.signIn(t)
	lock := filepath.Join(c.dir, "accounts.lock")
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(lock, 0o700); err != nil { // a folder can't be opened as a lock
		t.Fatal(err)
	}
	c.now = clitest.Noon().Add(5 * time.Minute)
	code, stdout, stderr := c.run(t, "whoami")
	if code != 0 || stdout != "alice\n" || !strings.Contains(stderr, "warning: cannot record the use of the session: ") {
		t.Errorf("exit code %d, stdout %q, stderr %q; want success with a warning", code, stdout, stderr)
	}
}

// TestEarlyFailuresAsJSON covers failures before the settings are read, too.
func TestEarlyFailuresAsJSON(t *testing.T) {
	tests := map[string][]string{
		"an unknown flag":    {"whoami", "--frobnicate", "--json"},
		"an unknown command": {"--json", "frobnicate"},
		"too many arguments": {"--json", "whoami", "alice"},
		"too few arguments":  {"api", "--json", "system"},
		"a wrong setting":    {"--json", "--server", "ftp://a", "whoami"},
		"flags that exclude": {"login", "--json", "--host", "h"},
		"two inputs":         {"--json", "api", "system", "whoami", "{}", "--input", "-"},
		"an unknown level":   {"--json", "select", "--level", "OWNER"},
		"two output formats": {"--json", "env", "--bash", "--dx-flags"},
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			code, stdout, stderr := c.run(t, args...)
			var failure kit.FailureJSON
			if err := json.Unmarshal([]byte(stderr), &failure); err != nil {
				t.Fatalf("stderr %q is not a JSON object: %v", stderr, err)
			}
			if code != 2 || stdout != "" || failure.Error.Type != "usage" || failure.Error.Message == "" {
				t.Errorf("exit code %d, stdout %q, failure %+v; want a usage error", code, stdout, failure)
			}
		})
	}
}

// TestUsageErrorsSendNothing checks that wrong flags and missing input are found
// before any request.
func TestUsageErrorsSendNothing(t *testing.T) {
	c := newClient(t)
	c.lab.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("got a request for %s", r.URL) })
	for _, args := range [][]string{
		{"login", "--timeout", "soon"}, {"login", "--token", "a b"}, {"login", "--username", "alice"},
		{"login", "--password-stdin", "--username", "alice"}, {"login"}, {"whoami"}, {"select", "x", "--public"},
	} {
		if code, stdout, stderr := c.run(t, args...); code == 0 || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}
