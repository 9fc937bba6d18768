package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// durationFlags returns a command line for each flag that takes a length of time; its
// value is put at the end, or in place of TIME.
func durationFlags() map[string]string {
	return map[string]string{
		"dxauth login --timeout":                "login --username alice --password-stdin --timeout",
		"dxauth exec --ttl":                     "exec --scope x --ttl TIME -- true",
		"dxauth token new --expires":            "token new x --project y --expires",
		"dxauth token edit --expires":           "token edit x --expires",
		"dxauth token rotate --expires":         "token rotate x --expires",
		"dxauth token rotate --grace":           "token rotate x --grace",
		"dxauth token list --unused":            "token list --unused",
		"dxauth token revoke --unused":          "token revoke --yes --unused",
		"dxauth admin user add --code-lifetime": "admin user add bob --email bob@b.example --first Bob --last Bee --code-lifetime",
		"dxauth admin org policy --auto-logout": "admin org policy org-x --auto-logout",
		"dxauth admin org trust add --lifetime": "admin org trust add org-x --issuer ci --claim sub=x --project y --lifetime",
	}
}

// TestDurationFlags checks that every flag that takes a length of time reads one grammar:
// that of package duration, with the units of dx.
func TestDurationFlags(t *testing.T) {
	c := newClient(t)
	lines := durationFlags()
	for _, command := range everyCommand(Tree()) {
		command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			placeholder, _ := pflag.UnquoteUsage(flag)
			if placeholder != "TIME" && placeholder != "DURATION" && flag.Value.Type() != "duration" {
				return
			}
			name := command.CommandPath() + " --" + flag.Name
			line, known := lines[name]
			if !known {
				t.Errorf("%s is not in the table", name)
				return
			}
			delete(lines, name)
			run := func(value string) (code int, output string) {
				c.isolate(t, broken{env: []string{"CI=1"}})
				var args []string
				for _, word := range strings.Fields(line) {
					if word != "TIME" {
						args = append(args, word)
						continue
					}
					args = append(args, value)
				}
				if !strings.Contains(line, "TIME") {
					args = append(args, value)
				}
				code, stdout, stderr := c.run(t, args...)
				return code, stdout + stderr
			}
			for _, value := range []string{"90s", "5400s", "90m", "2h", "2h30m", "1.5h", "1d", "12h30m15s"} {
				if _, output := run(value); strings.Contains(output, "--"+flag.Name) {
					t.Errorf("%s %s: %s", name, value, output)
				}
			}
			if flag.Name != "ttl" { // at most a day
				for _, value := range []string{"1d12h", "1w", "1w1d", "6d23h59m"} {
					if _, output := run(value); strings.Contains(output, "--"+flag.Name) {
						t.Errorf("%s %s: %s", name, value, output)
					}
				}
			}
			for _, value := range []string{"soon", "1.5d", "1d2w", "1h1", "-", "1d-1h", "99999999999999999999d"} {
				if code, output := run(value); code != 2 || !strings.Contains(output, "--"+flag.Name) {
					t.Errorf("%s %s: exit code %d, %s; want a usage error that names the flag", name, value, code, output)
				}
			}
		})
	}
	for name := range lines {
		t.Errorf("%s is in the table only", name)
	}
}
