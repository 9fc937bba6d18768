package servecmd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dxauth/dxauth/internal/refserver/clientenv"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// room is the folder of a sandbox, and the guard that removes it when the
// sandbox itself is killed.
type room struct {
	dir      string
	fixture  string
	platform string // a type of the reference server
	guard    *guard
}

func newRoom(fixtureName, platform string) (*room, error) {
	parent, err := filepath.Abs(os.TempDir()) // the child may go elsewhere
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "dxauth-sandbox-") // made with mode 0700
	if err != nil {
		return nil, err
	}
	r := &room{dir: dir, fixture: fixtureName, platform: platform}
	if r.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := r.furnish(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// furnish makes the folders, each private, and finds the fixture again from
// wherever the child goes.
func (r *room) furnish() error {
	for _, folder := range append(clientenv.Folders(), "bin", "shell") {
		if err := os.Mkdir(filepath.Join(r.dir, folder), 0o700); err != nil {
			return err
		}
	}
	if r.fixture == fixture.Demo {
		return nil
	}
	var err error
	r.fixture, err = filepath.Abs(r.fixture)
	return err
}

// close removes the folder and sends the guard home.
func (r *room) close() error {
	defer r.guard.dismiss()
	return os.RemoveAll(r.dir)
}

// command makes the child: what was asked for, or a shell that shows where one is.
func (r *room) command(args []string, address string) (*exec.Cmd, error) {
	env, err := r.environment(os.Environ(), address)
	if err != nil {
		return nil, err
	}
	cmd := r.shell(env)
	if len(args) > 0 {
		cmd = exec.Command(args[0], args[1:]...)
		cmd.Env = env
	}
	if len(args) > 0 && args[0] == "dxauth" {
		// The name is looked up in this process's PATH, the program is known.
		if self, err := os.Executable(); err == nil {
			cmd.Path, cmd.Err = self, nil
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd, nil
}
