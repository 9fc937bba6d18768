//go:build unix

package soak

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	alice, bob, carol = "user-alice", "user-bob", "user-carol"

	bobsPassword = "builder-2026"
	bobsSeed     = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

	carolsToken = "0123456789carolsTokenABCDEFGHI01" // of an account that no worker uses

	workers = 4
)

// workerToken returns the token of a worker; it belongs to alice.
func workerToken(n int) string { return fmt.Sprintf("0123456789abcdefghijABCDEFGHI%03d", n) }

func recoveryCode(n int) string { return fmt.Sprintf("code-%06d", n) }

// world returns a fixture with a token for each worker, and bob with that many recovery
// codes. Only bob has a password, because each costs a hash.
func world(recoveryCodes int) string {
	codes := make([]string, recoveryCodes)
	for n := range codes {
		codes[n] = recoveryCode(n)
	}
	var yaml strings.Builder
	fmt.Fprintf(&yaml, `users:
  - {username: alice, email: alice@example.org}
  - {username: bob, password: %s, totp_secret: %s, recovery_codes: [%s]}
  - {username: carol}
tokens:
`, bobsPassword, bobsSeed, strings.Join(codes, ", "))
	fmt.Fprintf(&yaml, "  - {user: carol, value: %s, label: laptop}\n", carolsToken)
	for n := range 2 * workers {
		fmt.Fprintf(&yaml, "  - {user: alice, value: %s, label: worker}\n", workerToken(n))
	}
	return yaml.String()
}

// newStore makes a store with the world in a new folder, and returns its file. No server
// uses it.
func newStore(t testing.TB, recoveryCodes int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "data", "platform.db")
	serve(t, file, "--fixture", worldFile(t, recoveryCodes)).stop()
	return file
}

func worldFile(t testing.TB, recoveryCodes int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(file, []byte(world(recoveryCodes)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
