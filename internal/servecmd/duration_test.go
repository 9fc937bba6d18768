package servecmd_test

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/servecmd"
)

// TestDurationFlags checks that every flag that takes a length of time reads the grammar
// of package duration, as the flags of the other commands do.
func TestDurationFlags(t *testing.T) {
	found := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(command *cobra.Command) {
		command.Flags().VisitAll(func(flag *pflag.Flag) {
			placeholder, _ := pflag.UnquoteUsage(flag)
			if placeholder != "TIME" && placeholder != "DURATION" && flag.Value.Type() != "duration" {
				return
			}
			found[command.Name()+" --"+flag.Name] = true
			for _, value := range []string{"90s", "5400s", "90m", "2h", "2h30m", "1.5h", "1d", "1d12h", "1w1d"} {
				if err := command.ParseFlags([]string{"--" + flag.Name, value}); err != nil {
					t.Errorf("%s: %v", command.CommandPath(), err)
				}
			}
			for _, value := range []string{"soon", "1.5d", "1d2w", "1h1", "-", "1d-1h", "99999999999999999999d", "", "2026-03-01"} {
				err := command.ParseFlags([]string{"--" + flag.Name, value})
				if err == nil || !strings.Contains(err.Error(), "--"+flag.Name) {
					t.Errorf("%s --%s %q: got %v, want an error that names the flag", command.CommandPath(), flag.Name, value, err)
				}
			}
		})
		for _, child := range command.Commands() {
			walk(child)
		}
	}
	for _, build := range servecmd.Commands() {
		walk(build())
	}
	for _, name := range []string{"serve --idle-timeout", "serve --session-max", "sandbox --session-max"} {
		if !found[name] {
			t.Errorf("%s takes no length of time", name)
		}
	}
}
