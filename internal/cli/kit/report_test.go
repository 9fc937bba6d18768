package kit_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

func TestReport(t *testing.T) {
	hostile := &refusal.Error{Code: refusal.NotFound, Message: "no \x1b[31m\u202eproject", Hint: "try \u009b31mproject-1"}
	tests := map[string]struct {
		json    bool
		failure *refusal.Error
		want    string
	}{
		"for people":        {false, refusal.New(refusal.Unauthenticated, "not logged in").WithHint("log in"), "dxauth: not logged in\nlog in\n"},
		"without a hint":    {false, refusal.Usagef("--level"), "dxauth: --level\n"},
		"for scripts":       {true, refusal.New(refusal.Unauthenticated, "not logged in").WithHint("log in"), `{"error":{"type":"not_logged_in","message":"not logged in","hint":"log in"}}` + "\n"},
		"always all fields": {true, refusal.Usagef("--level"), `{"error":{"type":"usage","message":"--level","hint":""}}` + "\n"},
		"hostile text":      {false, hostile, "dxauth: no project\ntry project-1\n"},
		"the same as JSON":  {true, hostile, `{"error":{"type":"not_found","message":"no project","hint":"try project-1"}}` + "\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			kit.Env{Program: "dxauth", Stderr: &stderr}.Report(kit.Style{JSON: tt.json}, tt.failure)
			if got := stderr.String(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if strings.Count(stderr.String(), "\n") > 2 {
				t.Error("more lines than a message and a hint")
			}
		})
	}
}

// TestReportInColor checks that the name of the program is red where there is color.
func TestReportInColor(t *testing.T) {
	for _, tt := range []struct{ color, noColor, want string }{
		{"always", "", "\x1b[31mdxauth:\x1b[0m no\n"},
		{"always", "1", "\x1b[31mdxauth:\x1b[0m no\n"}, // the flag was given, the variable is a preference
		{"never", "", "dxauth: no\n"},
		{"auto", "", "dxauth: no\n"}, // not a terminal
	} {
		var stderr bytes.Buffer
		env := kit.Env{Program: "dxauth", Stderr: &stderr, Getenv: func(string) string { return tt.noColor }}
		env.Report(kit.Style{Color: tt.color}, refusal.Usagef("no"))
		if got := stderr.String(); got != tt.want {
			t.Errorf("--color %s: %q, want %q", tt.color, got, tt.want)
		}
	}
}
