// Package clitest helps to test the commands.
//
// It promises that a test uses neither the settings nor the credentials of the
// user who runs it, and knows nothing of the CI system that does: every variable but
// those of the operating system is empty, and its folders belong to the test. A test sets flags, variables and a settings file,
// which are loaded as in the real program.
package clitest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Noon is the time of the tests.
func Noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// Setup holds the settings of a test.
type Setup struct {
	Args []string // flags
	Env  []string // variables, as NAME=value
	YAML string   // config.yaml
}

// Invocation returns the invocation of a command at noon.
func (s Setup) Invocation(t *testing.T) kit.Invocation {
	t.Helper()
	dir := Isolate(t)
	for _, pair := range s.Env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(s.YAML), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("dxauth", pflag.ContinueOnError)
	config.BindGlobalFlags(flags)
	if err := flags.Parse(s.Args); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	return kit.Invocation{Env: kit.Env{Program: "dxauth", Version: "test", Getenv: s.getenv, Now: Noon}, Settings: settings}
}

// getenv returns the value of a variable of the test, or "".
func (s Setup) getenv(name string) (value string) {
	for _, pair := range s.Env {
		if set, to, _ := strings.Cut(pair, "="); set == name {
			value = to
		}
	}
	return value
}

// Isolate empties every variable but those that the operating system needs, and returns
// the folder of config.yaml, which has the state folder, state, in it.
func Isolate(t *testing.T) (configDir string) {
	t.Helper()
	needed := []string{
		"PATH", "HOME", "TMPDIR", // and on Windows:
		"SYSTEMROOT", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "PATHEXT", "COMSPEC",
	}
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); name != "" && !slices.Contains(needed, strings.ToUpper(name)) {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("DXAUTH_CONFIG_DIR", dir)
	t.Setenv("DXAUTH_STATE_DIR", filepath.Join(dir, "state"))
	return dir
}

// WantUsage fails the test unless err is a usage error whose message contains the
// words.
func WantUsage(t *testing.T, err error, words string) {
	t.Helper()
	failure, ok := errors.AsType[*refusal.Error](err)
	if !ok || failure.Code != refusal.Usage || !strings.Contains(failure.Message, words) {
		t.Errorf("error %v, want a usage error with %q", err, words)
	}
}

// Output is what a command wrote.
type Output struct{ Stdout, Stderr bytes.Buffer }

// Console returns a console that can't prompt, and its output. Standard input is
// the given text.
func (s Setup) Console(t *testing.T, stdin string) (*kit.Console, *Output) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stdin")
	if err := os.WriteFile(file, []byte(stdin), 0o600); err != nil {
		t.Fatal(err)
	}
	input, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = input.Close() })
	out := &Output{}
	inv := s.Invocation(t)
	inv.Stdin, inv.Stdout, inv.Stderr = input, &out.Stdout, &out.Stderr
	return inv.Console(), out
}
