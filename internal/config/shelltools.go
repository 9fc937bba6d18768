package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ShellTool is a program for which shell-init defines a function, beside those that it
// knows.
type ShellTool struct {
	Name  string
	Scope []string // what its token reaches, as for exec --scope
}

// ShellTools returns the programs of the settings, in their order.
func (s Settings) ShellTools() ([]ShellTool, error) {
	value, err := s.value("shell_tools")
	if err != nil {
		return nil, err
	}
	return parseShellTools(value)
}

// cleanShellTools refuses a program without a scope: a program that dxauth does not know
// gets no more than it needs.
func cleanShellTools(value string) (string, error) {
	_, err := parseShellTools(value)
	return value, err
}

// parseShellTools reads NAME=PROJECT[=LEVEL], separated by semicolons. A name may be
// there several times, each with another project.
func parseShellTools(value string) ([]ShellTool, error) {
	var list []ShellTool
	for entry := range strings.SplitSeq(value, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		name, scope, found := strings.Cut(entry, "=")
		name, scope = strings.TrimSpace(name), strings.TrimSpace(scope)
		switch {
		case !isToolName(name):
			return nil, fmt.Errorf("%q is not the name of a program: letters, digits and ._+- only", name)
		case slices.Contains(builtInTools(), name):
			return nil, fmt.Errorf("%s needs no setting", name)
		case !found || scope == "" || strings.ContainsFunc(scope, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return nil, errors.New(name + " needs the project that it reaches: " + name + "=PROJECT[=LEVEL]")
		}
		at := slices.IndexFunc(list, func(t ShellTool) bool { return t.Name == name })
		if at < 0 {
			list, at = append(list, ShellTool{Name: name}), len(list)
		}
		list[at].Scope = append(list[at].Scope, scope)
	}
	return list, nil
}

// builtInTools are the programs that shell-init knows, and dxauth itself.
func builtInTools() []string { return []string{"dx", "dxfuse", "dxda", "ua", appName} }

// isToolName reports whether a text can be the name of a function in every shell.
func isToolName(name string) bool {
	isLetter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	if name == "" || !isLetter(rune(name[0])) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !isLetter(r) && (r < '0' || r > '9') && !strings.ContainsRune("._+-", r)
	})
}
