package kit_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
)

// TestHowToReport checks that the settings decide whether a failure is JSON, or
// the arguments if the settings were not loaded.
func TestHowToReport(t *testing.T) {
	failure := errors.New("failure")
	tests := map[string]struct {
		yaml string
		args []string
		json bool
		want error // nil: any other error
	}{
		"text":                         {"", nil, false, failure},
		"by the flag":                  {"", []string{"--json"}, true, failure},
		"by the settings file":         {"json: true", nil, true, failure},
		"after the end of the flags":   {"", []string{"--", "--json"}, false, failure},
		"a broken settings file":       {"json: [", nil, false, nil},
		"a broken file, and the flag":  {"json: [", []string{"--json"}, true, nil},
		"an unknown flag before it":    {"", []string{"--frobnicate", "--json"}, true, nil},
		"a wrong value":                {"", []string{"--color", "green"}, false, nil},
		"a wrong value, and the flag":  {"", []string{"--color", "green", "--json"}, true, nil},
		"an unknown flag, as text too": {"", []string{"--frobnicate"}, false, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := clitest.Isolate(t)
			if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(tt.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			env := kit.Env{Now: clitest.Noon}
			cmd := &cobra.Command{
				SilenceErrors: true, SilenceUsage: true,
				RunE: env.RunE(func(context.Context, kit.Invocation, []string) error { return failure }),
			}
			config.BindGlobalFlags(cmd.Flags())
			cmd.SetArgs(tt.args)
			style, err := kit.HowToReport(cmd.ExecuteContext(t.Context()), tt.args)
			if style.JSON != tt.json || tt.want != nil && err != tt.want || err == nil {
				t.Errorf("%v, as JSON: %t; want %t", err, style.JSON, tt.json)
			}
		})
	}
}

// TestSalvagedSettings checks that the command runs with broken settings, and
// gets the error.
func TestSalvagedSettings(t *testing.T) {
	dir := clitest.Isolate(t)
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte("server: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := false
	cmd := &cobra.Command{RunE: kit.Env{Now: clitest.Noon}.RunSalvagedE(func(_ context.Context, inv kit.Invocation, broken []error) error {
		ran = true
		if len(broken) != 1 || !inv.Settings.JSON {
			t.Errorf("broken is %v, and JSON %t", broken, inv.Settings.JSON)
		}
		return nil
	})}
	config.BindGlobalFlags(cmd.Flags())
	cmd.SetArgs([]string{"--json"})
	if err := cmd.ExecuteContext(t.Context()); err != nil || !ran {
		t.Errorf("ran: %t, %v", ran, err)
	}
}
