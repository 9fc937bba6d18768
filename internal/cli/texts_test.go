package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// wrongTexts are texts that no name can be, and how the error about them ends.
func wrongTexts() map[string]string {
	return map[string]string{
		"":                          " is empty",
		"l\xe4bel":                  " is not UTF-8",
		"a\x1b[31mb":                " has the control character U+001B",
		"a\nb":                      " has the control character U+000A",
		"a\x00b":                    " has the control character U+0000",
		"a\u0085b":                  " has the control character U+0085",
		strings.Repeat("x", 10_000): " is longer than 4096 bytes",
	}
}

// TestWrongTextsAreRefused gives wrong texts to every argument and flag of every command.
func TestWrongTextsAreRefused(t *testing.T) {
	checked := 0
	for _, cmd := range everyCommand(Tree(servecmd.Commands()...)) {
		if cmd.HasSubCommands() || !cmd.Runnable() {
			continue
		}
		for i, name := range arguments(cmd.Use) {
			for text, ending := range wrongTexts() {
				args := make([]string, max(i+1, len(requiredArguments(cmd.Use))))
				for at := range args {
					args[at] = "x"
				}
				args[i] = text
				want := "the argument " + inner(name) + ending
				if err := cmd.Args(cmd, args); !isRefused(err, want) && !mayBe(name, text) || mayBe(name, text) && err != nil {
					t.Errorf("%s, %s %.20q: %v, want %s", cmd.CommandPath(), name, text, err, want)
				}
				checked++
			}
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if !isText(flag) {
				return
			}
			placeholder, _ := pflag.UnquoteUsage(flag)
			for text, ending := range wrongTexts() {
				set(flag, text)
				want, allowed := "--"+flag.Name+ending, mayBe(placeholder, text) || text == "" && slices.Contains(clearable(), cmd.CommandPath()+" --"+flag.Name)
				if err := checkFlag(flag); err == nil != allowed || !allowed && err.Error() != want {
					t.Errorf("%s --%s %.20q: %v, want %s", cmd.CommandPath(), flag.Name, text, err, want)
				}
				checked++
			}
		})
	}
	if checked < 500 {
		t.Errorf("only %d texts were tried", checked)
	}
}

// clearable are the flags whose text an empty value removes.
func clearable() []string {
	return []string{"dxauth account update --first", "dxauth account update --middle", "dxauth account update --last", "dxauth token edit --name"}
}

// set gives a flag a value that it need not accept.
func set(flag *pflag.Flag, text string) {
	if list, isList := flag.Value.(pflag.SliceValue); isList {
		_ = list.Replace([]string{text}) // never fails for texts
		return
	}
	_ = flag.Value.Set(text) // never fails for texts
}

func isRefused(err error, want string) bool {
	refused, ok := errors.AsType[*refusal.Error](err)
	return ok && refused.Code == refusal.Usage && refused.Message == want && refused.Hint != ""
}

// mayBe reports whether what an argument or a flag names can be such a text: a path can
// have any bytes, and a token or what another program gets is not checked here.
func mayBe(name, text string) bool {
	switch {
	case strings.Contains(name, "ARGUMENT..."):
		return true
	case strings.Contains(name, "JSON"), name == "TOKEN":
		return text != ""
	case strings.Contains(name, "FILE"), strings.Contains(name, "COMMAND"), name == "STORE":
		return text != "" && len(text) <= longestText
	default:
		return false
	}
}

// TestWrongTextsInFlags checks that flags are checked with the arguments.
func TestWrongTextsInFlags(t *testing.T) {
	c := newClient(t)
	for _, args := range [][]string{
		{"whoami", "--account", ""},
		{"login", "--username", "a\x07"},
		{"token", "new", "x", "--project", "Exome\xff"},
		{"--server", "", "whoami"},
	} {
		code, stdout, stderr := c.run(t, args...)
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 2 {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
}
