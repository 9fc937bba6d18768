//go:build unix

package run

import (
	"os/exec"
	"strings"
	"testing"
)

// FuzzShellQuote: a real shell gives the same bytes back.
func FuzzShellQuote(f *testing.F) {
	for _, seed := range []string{"", "plain", "it's", "'", `\`, "a\nb", "$(id) `id` $HOME", "\x00a\x00", "--", "\xff\xfe", "é \t!*?[]{}~#&|;<>\""} {
		f.Add(seed)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		f.Fatalf("no sh (Debian: install dash): %v", err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted := shellQuote(text)
		if strings.ContainsRune(quoted, 0) {
			t.Fatalf("%q holds a NUL, which ends an argument", quoted)
		}
		if len(quoted) > 64<<10 {
			return // longer than some systems take as one argument
		}
		got, err := exec.Command(shell, "-c", "value="+quoted+`; printf %s "$value"; printf %s `+quoted).Output()
		if err != nil {
			t.Fatalf("sh does not read %s: %v", quoted, err)
		}
		want := strings.ReplaceAll(text, "\x00", "")
		if string(got) != want+want {
			t.Errorf("%s gives %q, want twice %q", quoted, got, want)
		}
	})
}

// A real fish gives the same bytes back.
func TestFishQuote(t *testing.T) {
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Fatalf("no fish (Debian: install fish): %v", err)
	}
	texts := []string{
		"", "plain", "it's", "'", `\`, `\\`, `\'`, `ends in \`, "a\nb", "(id) $HOME $(id)", "\x00a\x00", "--", "é \t!*?[]{}~#&|;<>\"", "%self", "it\u2019s",
	}
	var script, want strings.Builder
	for _, text := range texts {
		script.WriteString("printf '%s|' " + fishQuote(text) + "\n")
		want.WriteString(strings.ReplaceAll(text, "\x00", "") + "|")
	}
	cmd := exec.Command(fish, "--no-config", "--command", script.String())
	cmd.Env = append(cmd.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8")
	got, err := cmd.CombinedOutput()
	if err != nil || string(got) != want.String() {
		t.Errorf("fish prints %q, %v; want %q", got, err, want.String())
	}
}
