package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the compiler finds for a target, the check finds, in files that only this target
// builds and in those of its tests; and nothing in files of others.
func TestCheck(t *testing.T) {
	const clean = "package m\n\nimport \"runtime\"\n\nfunc System() string { return runtime.GOOS }\n"
	for name, tt := range map[string]struct{ file, content, want string }{
		"nothing wrong":               {"m.go", clean, ""},
		"a body":                      {"m_windows.go", "package m\n\nfunc one() int { return \"1\" }\n", "m_windows.go:3:25: cannot use \"1\""},
		"a name of another system":    {"m_windows.go", "package m\n\nimport \"syscall\"\n\nvar _ = syscall.Getuid2\n", "undefined: syscall.Getuid2"},
		"a body for another system":   {"m_darwin.go", "package m\n\nfunc one() int { return \"1\" }\n", ""},
		"a test":                      {"m_windows_test.go", "package m\n\nimport \"os\"\n", "\"os\" imported and not used"},
		"a test in a package apart":   {"m_test.go", "package m_test\n\nimport \"example.org/m\"\n\nvar _ int = m.System()\n", "cannot use m.System()"},
		"a test of what only it sees": {"m_test.go", "package m\n\nvar Exported = 1\n", ""},
		"a file that does not parse":  {"m_windows.go", "package m\n\nfunc {\n", "m_windows.go:3:6"},
		"an import that is missing":   {"m_windows.go", "package m\n\nimport _ \"example.org/m/missing\"\n", "example.org/m/missing"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range map[string]string{"go.mod": "module example.org/m\n\ngo 1.27\n", "base.go": clean, tt.file: tt.content} {
				if file == "base.go" && tt.file == "m.go" {
					continue
				}
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			count, err := check("windows/arm64", dir)
			switch {
			case tt.want == "" && (err != nil || count == 0):
				t.Errorf("%d packages, %v", count, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWrongTargets(t *testing.T) {
	for target, want := range map[string]string{"windows": "not a target", "linux/vax86": "go list"} {
		if _, err := check(target, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
}
