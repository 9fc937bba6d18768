package cli

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

func TestSplitPath(t *testing.T) {
	tests := map[string]struct{ argument, project, folder string }{
		"a name":                      {"Exome 2026", "Exome 2026", "/"},
		"a folder":                    {"Exome:/raw", "Exome", "/raw"},
		"a deep folder":               {"Exome:/raw/batch 1", "Exome", "/raw/batch 1"},
		"the root":                    {"Exome:/", "Exome", "/"},
		"nothing behind the colon":    {"Exome:", "Exome", "/"},
		"no slash":                    {"Exome:raw", "Exome", "/raw"},
		"a slash too many":            {"Exome://raw//", "Exome", "/raw"},
		"a colon in the folder":       {"Exome:/a:b", "Exome", "/a:b"},
		"an escape in the folder":     {`Exome:/a\:b`, "Exome", `/a\:b`},
		"a colon in the name":         {`Run 12\:30:/raw`, "Run 12:30", "/raw"},
		"a backslash before the end":  {`Exome\\:/raw`, `Exome\`, "/raw"},
		"a backslash at the very end": {`Exome\`, `Exome\`, "/"},
		"a backslash that means none": {`C\temp`, `C\temp`, "/"},
		"an ID":                       {"project-1:/raw", "project-1", "/raw"},
		"no name":                     {":/raw", "", "/raw"},
		"nothing":                     {"", "", "/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if project, folder := splitPath(tt.argument); project != tt.project || folder != tt.folder {
				t.Errorf("%q is %q and %q, want %q and %q", tt.argument, project, folder, tt.project, tt.folder)
			}
		})
	}
}

// FuzzSplitPath: every name can be written, and a folder is a clean path.
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

// FuzzEscapeUnseen: what a terminal might obey is written as an escape, and the
// JSON means the same.
func FuzzEscapeUnseen(f *testing.F) {
	for _, seed := range []string{
		`{"name":"Exome"}`, `"\u001b[31m"`, "\"\u202egnp.exe\"", "\"\u009b31m\x7f\"", "[1,\t2]", "\"\xff\"",
		"\"\U000e0041\"", "\"\\\u202e\"", "{}\r\n", "{\"\u200b\":[\"\u2066\"]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		var value json.RawMessage
		if json.Unmarshal(answer, &value) != nil {
			return
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, value, "", "    "); err != nil {
			t.Fatal(err)
		}
		escaped := escapeUnseen(indented.String())
		if !reflect.DeepEqual(decoded(t, escaped), decoded(t, indented.String())) {
			t.Errorf("%q means something else than %q", escaped, indented.String())
		}
		for _, r := range escaped {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Bidi_Control)) {
				t.Errorf("%q still holds %U", escaped, r)
			}
		}
	})
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%q is no JSON: %v", text, err)
	}
	return value
}

func TestProgramName(t *testing.T) {
	for invoked, want := range map[string]string{
		"dxauth": "dxauth", "/usr/bin/dxauth": "dxauth", "./dxauth.exe": "dxauth",
		"dx": "dx", "/home/alice/bin/dx": "dx", "dx.exe": "dx",
		"": "dxauth", "cli.test": "dxauth", "dx2": "dxauth", "/opt/dx/dxauth": "dxauth",
	} {
		if got := ProgramName(invoked); got != want {
			t.Errorf("started as %q it is %q, want %q", invoked, got, want)
		}
	}
}
