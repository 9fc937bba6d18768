package config

import (
	"fmt"
	"path/filepath"
	"testing"
)

// TestEverySettingInEveryLayer: each layer beats all that are weaker, and value
// and origin are of the same layer. Viper finds the one, our code the other.
func TestEverySettingInEveryLayer(t *testing.T) {
	// Per setting, values in their normal form, for the layers in turn.
	values := map[string][]string{
		"server": {"https://a.org", "https://b.org"}, "auth_server": {"https://a.org", "https://b.org"},
		"type": {"emx2", "dnanexus"}, "store": {"age", "kernel"}, "color": {"never", "always"},
		"idle_timeout": {"1m0s", "2m0s"}, "connect_timeout": {"1s", "2m0s"}, "json": {"true", "false"}, "quiet": {"true", "false"}, "debug": {"true", "false"},
		"no_input": {"true", "false"}, "insecure_http": {"true", "false"},
		"shell_tools": {"a=P=VIEW", "b=Q; c=*"},
	}
	for _, o := range options() {
		choices, ok := values[o.name]
		if !ok {
			choices = []string{"one", "two"}
		}
		var s setup
		strength := 0
		wantFrom := func(kind, name string) {
			t.Helper()
			want := choices[strength%len(choices)]
			strength++
			settings, err := s.load(t)
			if err != nil {
				t.Fatalf("%s: %v", o.name, err)
			}
			origin := settings.Origin(o.name)
			if got := value(t, settings, o.name); got != want || origin.Kind != kind || kind != KindFile && origin.Name != name {
				t.Errorf("%s is %q from %s, want %q from %s %s", o.name, got, origin, want, kind, name)
			}
			if kind == KindFile && filepath.Base(origin.Name) != FileName {
				t.Errorf("%s: the file is %q", o.name, origin.Name)
			}
		}
		next := func() string { return choices[strength%len(choices)] }
		if o.inFile {
			s.yaml = fmt.Sprintf("%s: %q", o.name, next())
			wantFrom(KindFile, "")
		}
		for i := len(o.env) - 1; i >= 0; i-- { // the last variable is the weakest
			s.env = append(s.env, o.env[i]+"="+next())
			wantFrom(KindEnvironment, o.env[i])
		}
		if o.flag != "" {
			s.args = []string{"--" + o.flag + "=" + next()}
			wantFrom(KindFlag, "--"+o.flag)
		}
	}
}
