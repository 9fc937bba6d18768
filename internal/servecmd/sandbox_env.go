package servecmd

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/clientenv"
)

// Variables by which the commands inside find their sandbox.
const (
	sandboxDirVariable     = "DXAUTH_SANDBOX_DIR"
	sandboxFixtureVariable = "DXAUTH_SANDBOX_FIXTURE"
)

// environment is that of the child: the given one, with the way to the server
// at an address and without what leads elsewhere.
func (r *room) environment(given []string, address string) ([]string, error) {
	more := map[string]string{
		sandboxDirVariable:     r.dir,
		sandboxFixtureVariable: r.fixture,
		"PATH":                 r.path(),
	}
	if r.platform == refserver.TypeMOLGENIS || r.platform == refserver.TypeEMX2 {
		more["MOLGENIS_URL"] = "http://" + address
	}
	return clientenv.For(given, address, r.dir, more)
}

// path puts this program first, under its own name.
func (r *room) path() string {
	path := os.Getenv("PATH")
	self, err := os.Executable()
	if err != nil {
		return path
	}
	first := filepath.Dir(self)
	if runtime.GOOS != "windows" {
		first = r.bin()
		if err := os.Symlink(self, filepath.Join(first, "dxauth")); err != nil {
			return path
		}
	}
	if path == "" {
		return first // an empty element would mean the current folder
	}
	return first + string(os.PathListSeparator) + path
}

func (r *room) bin() string { return filepath.Join(r.dir, "bin") }
