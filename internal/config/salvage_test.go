package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
)

// TestSalvage: what can still be read is read.
func TestSalvage(t *testing.T) {
	tests := map[string]struct {
		server, color      string // DXAUTH_SERVER and --color
		wantServer, wantIs string // with the colour
	}{
		"the file is wrong":                {"https://a.example", "never", "https://a.example", "never"},
		"the environment is wrong as well": {"https://a.example/path", "never", "", "auto"},
		"a flag is wrong as well":          {"https://a.example", "purple", "", "auto"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, FileName), []byte("sever: x\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			t.Setenv("DXAUTH_CONFIG_DIR", dir)
			t.Setenv("DXAUTH_STATE_DIR", dir)
			t.Setenv("DXAUTH_SERVER", test.server)
			flags := pflag.NewFlagSet("doctor", pflag.ContinueOnError)
			BindGlobalFlags(flags)
			if err := flags.Parse([]string{"--json", "--color", test.color}); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(flags); err == nil {
				t.Fatal("nothing is wrong")
			}
			got := Salvage(flags)
			if got.Server != test.wantServer || got.Color != test.wantIs || !got.JSON || got.Dirs.State != dir || got.Store != "auto" {
				t.Errorf("got %+v", got)
			}
		})
	}
}
