package servecmd

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/clientenv"
)

// Variables by which the commands inside a sandbox find it.
const (
	sandboxDirVariable     = "DXAUTH_SANDBOX_DIR"
	sandboxFixtureVariable = "DXAUTH_SANDBOX_FIXTURE"
)

// environment returns that of the child: the given one, with the variables that
// lead to the server and without those that lead elsewhere.
func (w *workspace) environment(given []string, address string) ([]string, error) {
	more := map[string]string{
		sandboxDirVariable:     w.dir,
		sandboxFixtureVariable: w.fixture,
		"PATH":                 w.path(),
	}
	if w.platform == refserver.TypeMOLGENIS || w.platform == refserver.TypeEMX2 {
		more["MOLGENIS_URL"] = "http://" + address
	}
	return clientenv.For(given, address, w.dir, more)
}

// path puts this program first in PATH, under its own name.
func (w *workspace) path() string {
	path := os.Getenv("PATH")
	self, err := os.Executable()
	if err != nil {
		return path
	}
	first := filepath.Dir(self)
	if runtime.GOOS != "windows" {
		first = w.bin()
		if err := os.Symlink(self, filepath.Join(first, "dxauth")); err != nil {
			return path
		}
	}
	if path == "" {
		return first // an empty element would mean the current folder
	}
	return first + string(os.PathListSeparator) + path
}

func (w *workspace) bin() string { return filepath.Join(w.dir, "bin") }
