//go:build unix

package servecmd

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// prepared returns a workspace without a guard.
func prepared(t *testing.T, fixtureName string) *workspace {
	t.Helper()
	r := &workspace{dir: t.TempDir(), fixture: fixtureName}
	if err := r.prepare(); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFoldersArePrivate(t *testing.T) {
	r := prepared(t, "demo")
	folders, err := os.ReadDir(r.dir)
	if err != nil || len(folders) == 0 {
		t.Fatalf("%d folders, %v", len(folders), err)
	}
	for _, folder := range folders {
		if info, err := folder.Info(); err != nil || info.Mode() != fs.ModeDir|0o700 {
			t.Errorf("%s: %v, %v", folder.Name(), info.Mode(), err)
		}
	}
}

func TestFixturePathIsAbsolute(t *testing.T) {
	if r := prepared(t, "demo"); r.fixture != "demo" {
		t.Errorf("the demo is %q", r.fixture)
	}
	work := t.TempDir()
	t.Chdir(work)
	if r := prepared(t, "lab.yaml"); filepath.Base(r.fixture) != "lab.yaml" || !filepath.IsAbs(r.fixture) {
		t.Errorf("lab.yaml is %q", r.fixture)
	}
}

// An empty element of PATH would mean the current folder.
func TestPath(t *testing.T) {
	for _, test := range []struct{ outside, after string }{
		{"", ""},
		{"/usr/bin:/bin", ":/usr/bin:/bin"},
	} {
		r := prepared(t, "demo")
		t.Setenv("PATH", test.outside)
		if got, want := r.path(), r.bin()+test.after; got != want {
			t.Errorf("PATH=%q becomes %q, want %q", test.outside, got, want)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if target, err := os.Readlink(filepath.Join(r.bin(), "dxauth")); err != nil || target != self {
			t.Errorf("dxauth is %q, %v; want %q", target, err, self)
		}
	}
}

// Quoting is right if a shell reads the values back.
func TestExportsAreReadBack(t *testing.T) {
	r := prepared(t, "demo")
	for _, value := range []string{"plain", "", "two words", "it's", `"$HOME" \ ` + "`id`", "two\nlines", "''"} {
		script := r.exports([]string{"DX_VALUE=" + value, "OTHER=leaked"}) + `printf '%s|%s' "$DX_VALUE" "$OTHER"`
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		got, err := cmd.Output()
		if err != nil || string(got) != value+"|" {
			t.Errorf("%q is read as %q, %v", value, got, err)
		}
	}
}

func TestPrintUsers(t *testing.T) {
	file, err := fixture.Parse([]byte(`users:
  - {username: ann, password: first-2026}
  - {username: ben, password: second-2026, totp_secret: JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP}
  - {username: cid, password: third-2026, disabled: true}
  - {username: dot, sso: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	var shown strings.Builder
	printUsers(&shown, file, func(user fixture.User) string { return "a code of " + user.Username })
	want := `Users and passwords:
  ann          first-2026
  ben          second-2026
    code: a code of ben
`
	if shown.String() != want {
		t.Errorf("got\n%s\nwant\n%s", shown.String(), want)
	}
}
