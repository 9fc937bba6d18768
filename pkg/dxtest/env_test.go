package dxtest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dxtest"
)

// asDxauth makes the test binary be dxauth. It has no prefix that Env drops.
const asDxauth = "TEST_AS_DXAUTH"

func TestMain(m *testing.M) {
	if os.Getenv(asDxauth) == "" {
		os.Exit(m.Run())
	}
	os.Exit(cli.Run(context.Background(), kit.Env{
		Program: "dxauth", Version: "test",
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now,
	}, os.Args[1:]))
}

// Real processes find the server and each other's session, whatever the test's
// own environment says, and leave no trace outside of the server's folders.
func TestEnv(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t, dxtest.User("alice", password))
	home := t.TempDir()
	base := append(os.Environ(),
		asDxauth+"=1", "GORACE=atexit_sleep_ms=0", // else each child stays a second
		"HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "DXAUTH_NO_INPUT=1",
		"DXAUTH_SERVER=https://outside.example.org", "DX_APISERVER_HOST=outside.example.org", "DX_AUTHSERVER_HOST=outside.example.org",
		"DX_API_TOKEN=outside", "DX_USERNAME=mallory", "DXAUTH_STORE=keyring",
		"HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1")
	dxauth := func(stdin string, args ...string) string {
		t.Helper()
		child := exec.CommandContext(t.Context(), os.Args[0], args...)
		child.Env = srv.Env(base)
		child.Stdin = strings.NewReader(stdin)
		output, err := child.CombinedOutput()
		if err != nil {
			t.Fatalf("dxauth %v: %v\n%s", args, err, output)
		}
		return string(output)
	}

	dxauth(password+"\n", "login", "--username", "alice", "--password-stdin", "--noprojects")
	if got := dxauth("", "whoami"); !strings.Contains(got, "alice") {
		t.Errorf("whoami says %q", got)
	}
	dxauth("", "logout")

	var routes []string
	for _, request := range srv.Requests() {
		routes = append(routes, strings.TrimPrefix(request.Path, "/system/"))
	}
	for _, route := range []string{"newAuthToken", "whoami", "destroyAuthToken"} {
		if !slices.Contains(routes, route) {
			t.Errorf("the children called %q, without %s", routes, route)
		}
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left outside: %v, %v", left, err)
	}
}

// Env keeps what is the caller's, drops what leads outside, and sets each of its
// variables once.
func TestEnvIsWhole(t *testing.T) {
	t.Parallel()
	srv := dxtest.New(t)
	base := []string{"PATH=/bin", "EMPTY=", "DXAUTH_DEBUG=1", "DXAUTH_TOKEN=x", "DX_SECURITY_CONTEXT={}", "DXAUTH_STORE=keyring", "DX_APISERVER_PORT=1"}
	given := slices.Clone(base)
	env := srv.Env(base)
	if !slices.Equal(base, given) {
		t.Errorf("the caller's own is changed: %q", base)
	}
	values := map[string]string{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if _, twice := values[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		values[name] = value
	}
	for name, want := range map[string]string{"PATH": "/bin", "EMPTY": "", "DXAUTH_DEBUG": "1", "DXAUTH_STORE": "plaintext"} {
		if got, found := values[name]; !found || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"DXAUTH_TOKEN", "DX_SECURITY_CONTEXT"} {
		if _, found := values[name]; found {
			t.Errorf("%s leads outside", name)
		}
	}
	if url := values["DX_APISERVER_PROTOCOL"] + "://" + values["DX_APISERVER_HOST"] + ":" + values["DX_APISERVER_PORT"]; url != srv.URL {
		t.Errorf("the API server is %s, want %s", url, srv.URL)
	}
	if url := values["DX_AUTHSERVER_HOST"] + ":" + values["DX_AUTHSERVER_PORT"]; url != srv.URL {
		t.Errorf("the auth server is %s, want %s", url, srv.URL)
	}
	for _, name := range []string{"DX_USER_CONF_DIR", "DXAUTH_CONFIG_DIR", "DXAUTH_STATE_DIR"} {
		if info, err := os.Stat(values[name]); err != nil || !info.IsDir() || !filepath.IsAbs(values[name]) {
			t.Errorf("%s is %q: %v", name, values[name], err)
		}
	}
	if other := dxtest.New(t).Env(base); slices.Equal(other, env) {
		t.Error("two servers have one environment")
	}
}
