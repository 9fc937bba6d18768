package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func wantUsage(t *testing.T, err error, words string) {
	t.Helper()
	var failure *refusal.Error
	if !errors.As(err, &failure) || failure.Code != refusal.Usage || !strings.Contains(failure.Message, words) {
		t.Errorf("error %v, want a usage error that says %q", err, words)
	}
}

// setup is what a person has set: flags, variables ("NAME=value") and
// config.yaml.
type setup struct {
	args []string
	env  []string
	yaml string
}

func (s setup) app(t *testing.T) *app {
	t.Helper()
	dir := isolate(t)
	for _, pair := range s.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := pflag.NewFlagSet("dxauth", pflag.ContinueOnError)
	config.BindGlobalFlags(flags)
	if err := flags.Parse(s.args); err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(flags)
	if err != nil {
		t.Fatal(err)
	}
	return &app{
		Env:      kit.Env{Program: "dxauth", Version: "test", Now: func() time.Time { return noon }},
		settings: settings,
	}
}

// isolate empties every variable that the program heeds, and returns the folder
// of config.yaml; the state folder is state beside it.
func isolate(t *testing.T) (configDir string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "DX") || name == "CI" {
			t.Setenv(name, "")
		}
	}
	dir := t.TempDir()
	t.Setenv("DXAUTH_CONFIG_DIR", dir)
	t.Setenv("DXAUTH_STATE_DIR", filepath.Join(dir, "state"))
	return dir
}
