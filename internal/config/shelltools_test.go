package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShellTools(t *testing.T) {
	for value, test := range map[string]struct {
		want []ShellTool
		err  string
	}{
		"":                      {},
		" ; ":                   {},
		"nextflow=Exome 2026":   {want: []ShellTool{{"nextflow", []string{"Exome 2026"}}}},
		"a=P=VIEW; b = *=VIEW;": {want: []ShellTool{{"a", []string{"P=VIEW"}}, {"b", []string{"*=VIEW"}}}},
		"a=P; b=Q; a=R=UPLOAD":  {want: []ShellTool{{"a", []string{"P", "R=UPLOAD"}}, {"b", []string{"Q"}}}},
		"a=it's $(x)":           {want: []ShellTool{{"a", []string{"it's $(x)"}}}},
		"nextflow":              {err: "nextflow needs the project"},
		"nextflow=":             {err: "nextflow needs the project"},
		"a=P\nQ":                {err: "a needs the project"},
		"=P":                    {err: `"" is not the name of a program`},
		"a b=P":                 {err: `"a b" is not the name`},
		"$(x)=P":                {err: `is not the name`},
		"-a=P":                  {err: `is not the name`},
		"é=P":                   {err: `is not the name`},
		"dx=P":                  {err: "dx needs no setting"},
		"dxauth=P":              {err: "dxauth needs no setting"},
	} {
		got, err := parseShellTools(value)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q: got %v, want %q", value, err, test.err)
		}
	}
}
