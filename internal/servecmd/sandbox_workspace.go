package servecmd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/refserver/clientenv"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// workspace is the folder of a sandbox, and the guard that removes it if the
// sandbox is killed.
type workspace struct {
	dir      string
	fixture  string
	platform string // a type of the reference server
	guard    *guard
	release  func() // of the lock that says that this sandbox runs
}

func newWorkspace(fixtureName, platform string) (*workspace, error) {
	parent, err := filepath.Abs(os.TempDir()) // the child may change its folder
	if err != nil {
		return nil, err
	}
	removeLeftovers(parent)
	dir, err := os.MkdirTemp(parent, folderPrefix) // made with mode 0700
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir, fixture: fixtureName, platform: platform, release: markFolder(dir)}
	if w.guard, err = startGuard(dir); err != nil {
		w.release()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := w.prepare(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// prepare makes the folders, each private, and makes the path of the fixture
// absolute, because the child may change its folder.
func (w *workspace) prepare() error {
	for _, folder := range append(clientenv.Folders(), "bin", "shell") {
		if err := os.Mkdir(filepath.Join(w.dir, folder), 0o700); err != nil {
			return err
		}
	}
	if w.fixture == fixture.Demo {
		return nil
	}
	var err error
	w.fixture, err = filepath.Abs(w.fixture)
	return err
}

// close removes the folder and ends the guard.
func (w *workspace) close() error {
	defer w.guard.dismiss()
	w.release() // some systems remove no locked file
	return os.RemoveAll(w.dir)
}

// command returns the child: the given command, or a shell.
func (w *workspace) command(args []string, address string) (*exec.Cmd, error) {
	env, err := w.environment(os.Environ(), address)
	if err != nil {
		return nil, err
	}
	cmd := w.shell(env)
	if len(args) > 0 {
		cmd = exec.Command(args[0], args[1:]...)
		cmd.Env = env
	}
	if len(args) > 0 && args[0] == "dxauth" {
		// dxauth is this program, whatever the PATH of this process says.
		if self, err := os.Executable(); err == nil {
			cmd.Path, cmd.Err = self, nil
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}
