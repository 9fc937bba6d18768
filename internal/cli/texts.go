package cli

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// longestText is the longest argument or value of a flag, in bytes: that of a path on
// Linux. No name that a server knows is longer, and no message could show it.
const longestText = 4096

// wrongText returns a usage error for an argument or the value of a flag that can't be
// what was meant: one that is empty, as of a variable that is not set, which must not
// count as left out; and one that no server and no file of settings can have as a name.
// What is passed on to another program is its matter.
func wrongText(cmd *cobra.Command, args []string) error {
	for i, text := range args {
		name := argumentName(cmd.Use, i)
		if err := checkText("the argument "+inner(name), name, text); err != nil {
			return err.WithHint(cmp.Or(err.Hint, seeHelp(cmd)))
		}
	}
	var wrong *refusal.Error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if wrong == nil && isText(flag) {
			wrong = checkFlag(flag)
		}
	})
	if wrong != nil {
		return wrong.WithHint(cmp.Or(wrong.Hint, seeHelp(cmd)))
	}
	return nil
}

// isText reports whether the value of a flag is text of the user. The hidden ones are
// those of dx.
func isText(flag *pflag.Flag) bool {
	kind := flag.Value.Type()
	return !flag.Hidden && (kind == "string" || kind == "stringArray" || kind == "stringSlice")
}

// checkFlag checks the value, or each value, of a flag.
func checkFlag(flag *pflag.Flag) *refusal.Error {
	placeholder, _ := pflag.UnquoteUsage(flag)
	_, isClearable := flag.Annotations[kit.ClearableKey]
	texts := []string{flag.Value.String()}
	if list, isList := flag.Value.(pflag.SliceValue); isList {
		texts = list.GetSlice()
	}
	for _, text := range texts {
		if text == "" && isClearable {
			continue
		}
		if text == "" {
			return refusal.Usagef("--%s is empty", flag.Name).WithHint("give a value, or omit the flag")
		}
		if err := checkText("--"+flag.Name, placeholder, text); err != nil {
			return err
		}
	}
	return nil
}

// checkText checks a text by the name of what it stands for in the help.
func checkText(what, name, text string) *refusal.Error {
	isPath := strings.Contains(name, "FILE") || strings.Contains(name, "COMMAND") || name == "STORE"
	switch {
	case strings.Contains(name, "ARGUMENT..."):
		return nil
	case text == "":
		return refusal.Usagef("%s is empty", what)
	case strings.Contains(name, "JSON") || name == "TOKEN":
		return nil
	case len(text) > longestText:
		return refusal.Usagef("%s is longer than %d bytes", what, longestText)
	case isPath:
		return nil
	case !utf8.ValidString(text):
		return refusal.Usagef("%s is not UTF-8", what).Wrap(httpcall.ErrNotUTF8).WithHint("convert the names and values that you give to UTF-8")
	}
	if at := strings.IndexFunc(text, unicode.IsControl); at >= 0 {
		control, _ := utf8.DecodeRuneInString(text[at:])
		return refusal.Usagef("%s has the control character %U", what, control)
	}
	return nil
}

// argumentName returns the name of an argument in a usage line; the last one stands for
// all that follow.
func argumentName(use string, i int) string {
	names := arguments(use)
	if len(names) == 0 {
		return ""
	}
	return names[min(i, len(names)-1)]
}

// inner returns the name of an argument without the signs that say how often it may occur.
func inner(name string) string {
	if optional, isOptional := strings.CutPrefix(name, "["); isOptional {
		name = strings.TrimSuffix(optional, "]")
	}
	return strings.TrimSuffix(name, "...")
}
