package sso

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// freePort returns an address of this machine at which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// serve runs "dxauth serve" with a fixture and providers until the test ends, and returns
// its URL.
func serve(t *testing.T, address, fixture, providers string) string {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"lab.yaml": fixture, "oidc.yaml": providers, "secret": "secret\n"}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return testprogram.Serve(t, program, "--listen", address,
		"--fixture", filepath.Join(folder, "lab.yaml"), "--oidc-config", filepath.Join(folder, "oidc.yaml"))
}

// dxauth runs the program with a home of its own, in which a person's browser is the test
// binary, and returns what it printed.
func dxauth(t *testing.T, home string, p person, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, err := try(t, home, p, args...)
	if err != nil {
		seen, _ := os.ReadFile(p.Log)
		t.Fatalf("dxauth %s: %v\n%s\n%s", strings.Join(args, " "), err, stderr, seen)
	}
	return stdout, stderr
}

// try is dxauth for a command that may fail.
func try(t *testing.T, home string, p person, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errors strings.Builder
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := command(ctx, t, home, p, args...)
	command.Stdout, command.Stderr = &out, &errors
	err = command.Run()
	return out.String(), errors.String(), err
}

// command returns the program for [dxauth], which has not started.
func command(ctx context.Context, t *testing.T, home string, p person, args ...string) *exec.Cmd {
	t.Helper()
	described, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, program, append([]string{"--server", p.Server}, args...)...)
	command.Env = testprogram.Env(home, "BROWSER="+os.Args[0], "DISPLAY=:0", personVariable+"="+string(described))
	return command
}
