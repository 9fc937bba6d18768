// Package testkeyctl runs keyctl, the program with which people look at the keys of
// the Linux kernel, for tests of what dxauth stores there.
//
// It promises to be another process of the same user: what it finds, other programs
// find, too. A test fails, and is not skipped, if the program is missing. The keys are
// those of the user who runs the tests, so a test names keys that nobody else has.
package testkeyctl

import (
	"os/exec"
	"strings"
	"testing"
)

// Run runs keyctl, and returns what it prints, without space around it.
func Run(t testing.TB, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath("keyctl")
	if err != nil {
		t.Fatal("keyctl is missing: install the Debian package keyutils")
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// Must is Run for a command that must not fail.
func Must(t testing.TB, args ...string) string {
	t.Helper()
	out, err := Run(t, args...)
	if err != nil {
		t.Fatalf("keyctl %q: %v: %s", args, err, out)
	}
	return out
}
