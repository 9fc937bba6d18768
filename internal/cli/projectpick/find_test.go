package projectpick

import (
	"strings"
	"testing"
)

func TestSplitPath(t *testing.T) {
	tests := map[string]struct{ argument, project, folder string }{
		"a name":                        {"Exome 2026", "Exome 2026", "/"},
		"a folder":                      {"Exome:/raw", "Exome", "/raw"},
		"a deep folder":                 {"Exome:/raw/batch 1", "Exome", "/raw/batch 1"},
		"the root":                      {"Exome:/", "Exome", "/"},
		"nothing after the colon":       {"Exome:", "Exome", "/"},
		"no slash":                      {"Exome:raw", "Exome", "/raw"},
		"a slash too many":              {"Exome://raw//", "Exome", "/raw"},
		"a colon in the folder":         {"Exome:/a:b", "Exome", "/a:b"},
		"an escape in the folder":       {`Exome:/a\:b`, "Exome", `/a\:b`},
		"a colon in the name":           {`Run 12\:30:/raw`, "Run 12:30", "/raw"},
		"a backslash before the end":    {`Exome\\:/raw`, `Exome\`, "/raw"},
		"a backslash at the very end":   {`Exome\`, `Exome\`, "/"},
		"a backslash that is no escape": {`C\temp`, `C\temp`, "/"},
		"an ID":                         {"project-1:/raw", "project-1", "/raw"},
		"no name":                       {":/raw", "", "/raw"},
		"nothing":                       {"", "", "/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if project, folder := splitPath(tt.argument); project != tt.project || folder != tt.folder {
				t.Errorf("%q is %q and %q, want %q and %q", tt.argument, project, folder, tt.project, tt.folder)
			}
		})
	}
}

// FuzzSplitPath checks that every name can be escaped, and that the folder is an
// absolute path.
func FuzzSplitPath(f *testing.F) {
	for _, seed := range [][2]string{{"Exome 2026", "/raw"}, {`Run 12:30`, "/"}, {`a\`, "b/"}, {`\:`, "//:"}, {"", ""}, {"\xff:", "\x00"}} {
		f.Add(seed[0], seed[1])
	}
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`)
	f.Fuzz(func(t *testing.T, name, tail string) {
		project, folder := splitPath(escape.Replace(name) + ":" + tail)
		if project != name {
			t.Errorf("the name %q became %q", name, project)
		}
		if want := "/" + strings.Trim(tail, "/"); folder != want {
			t.Errorf("the folder is %q, want %q", folder, want)
		}
		if alone, root := splitPath(escape.Replace(name)); alone != name || root != "/" {
			t.Errorf("without a folder, %q became %q and %q", name, alone, root)
		}
	})
}
