package run

import (
	"fmt"
	"strings"
)

// shell is a language of commands that set variables.
type shell struct {
	set   func(v variable) string
	unset func(names []string) string
}

// posixShell is for bash, zsh and every other POSIX shell.
func posixShell() shell {
	return shell{
		set:   func(v variable) string { return "export " + v.name + "=" + shellQuote(v.value) },
		unset: func(names []string) string { return "unset " + strings.Join(names, " ") },
	}
}

func fishShell() shell {
	return shell{
		set:   func(v variable) string { return "set -gx " + v.name + " " + fishQuote(v.value) },
		unset: func(names []string) string { return "set -e " + strings.Join(names, " ") },
	}
}

func powerShell() shell {
	return shell{
		set: func(v variable) string { return "$env:" + v.name + " = " + powerShellQuote(v.value) },
		unset: func(names []string) string {
			return "Remove-Item -ErrorAction Ignore -Path Env:" + strings.Join(names, ",Env:")
		},
	}
}

// script returns commands that the shell can evaluate safely, for any values.
func (s shell) script(set []variable, unset []string) string {
	var script strings.Builder
	for _, v := range set {
		fmt.Fprintln(&script, s.set(v))
	}
	if len(unset) > 0 {
		fmt.Fprintln(&script, s.unset(unset))
	}
	return script.String()
}

// shellQuote quotes a text as one word for every POSIX shell. It drops NUL, which
// no variable can contain.
func shellQuote(text string) string {
	return "'" + strings.NewReplacer("\x00", "", "'", `'\''`).Replace(text) + "'"
}

// fishQuote quotes a text as one word for fish, which knows two escapes inside of single
// quotes.
func fishQuote(text string) string {
	return "'" + strings.NewReplacer("\x00", "", `\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// powerShellQuote quotes a text as one string for PowerShell, which takes typographic
// quotes for plain ones: it doubles each kind.
func powerShellQuote(text string) string {
	pairs := []string{"\x00", ""}
	for _, quote := range []string{"'", "\u2018", "\u2019", "\u201a", "\u201b"} {
		pairs = append(pairs, quote, quote+quote)
	}
	return "'" + strings.NewReplacer(pairs...).Replace(text) + "'"
}
