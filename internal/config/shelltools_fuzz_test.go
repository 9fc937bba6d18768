package config

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// The names of the programs of a shell are names of functions in every shell, and each
// has a scope.
func FuzzParseShellTools(f *testing.F) {
	for _, seed := range []string{"nextflow=Exome=VIEW", "a=b;a=c;", "a", "=b", "dx=b", "a=b=c=d", "a;b", "$(a)=b", "a=b\n"} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		list, err := parseShellTools(value)
		if err != nil {
			return
		}
		for _, tool := range list {
			if tool.Name == "" || strings.ContainsAny(tool.Name, " \t\n;&|$`'\"\\(){}<>*?[]!#~=/") || len(tool.Scope) == 0 {
				t.Errorf("%q has the program %q with %q", value, tool.Name, tool.Scope)
			}
			for _, scope := range tool.Scope {
				if scope == "" || strings.ContainsAny(scope, "\n\r\x00\x1b;") {
					t.Errorf("%q has the scope %q", value, scope)
				}
			}
		}
	})
}
