package servecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// newSandbox makes the command sandbox.
func newSandbox() *cobra.Command {
	var fixtureName string
	cmd := &cobra.Command{
		Use:   "sandbox [flags] [-- COMMAND [ARGUMENT...]]",
		Short: "Run a command or a shell with a platform of its own",
		Long: `Run COMMAND, or a shell, with a platform of its own: a reference server in
memory, and an environment in which dxauth and clients like dx use it. Who can
sign in is told at the start.

When the command ends, however it ends, the server, the session and the folder
with the settings are gone. The exit code is the command's.`,
		Example: `  dxauth sandbox
  dxauth sandbox -- sh -c 'echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects && dxauth whoami'
  dxauth sandbox --fixture lab.yaml -- ./test-my-scripts`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSandbox(cmd.Context(), fixtureName, args, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&fixtureName, "fixture", fixture.Demo, "YAML `FILE` with users, orgs, projects and tokens, or \"demo\"")
	cmd.AddCommand(newSandboxCode(), newSandboxGuard())
	return cmd
}

// runSandbox serves until the child has ended. Ctrl-C is the child's business,
// so the context that ends with it is left behind.
func runSandbox(ctx context.Context, fixtureName string, command []string, stderr io.Writer) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	file, err := openFixture(fixtureName)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	server, err := refserver.Open(ctx, refserver.Config{Fixture: &file, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer server.Close()

	room, err := newRoom(fixtureName)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	showPeople(stderr, file, listener.Addr().String())
	err = runChild(room.command(command, listener.Addr().(*net.TCPAddr)), room.guard)
	stop()
	return errors.Join(err, <-served, room.close())
}

// showPeople tells who can sign in.
func showPeople(w io.Writer, file fixture.File, address string) {
	fmt.Fprintf(w, "A platform of your own is at http://%s; dxauth here uses it, and it ends with this command.\n", address)
	fmt.Fprintln(w, "Who can sign in, with which password:")
	for _, user := range file.Users {
		switch {
		case user.SSO || user.Password.IsZero() || user.Disabled:
			continue
		case !user.TOTPSecret.IsZero():
			fmt.Fprintf(w, "  %-12s %s  and a code: dxauth sandbox code %s\n", user.Username, user.Password.Reveal(), user.Username)
		default:
			fmt.Fprintf(w, "  %-12s %s\n", user.Username, user.Password.Reveal())
		}
	}
}

// room is the folder of a sandbox, and the guard that removes it when the
// sandbox itself is killed.
type room struct {
	dir     string
	fixture string
	guard   *guard
}

// folders of a room, each private.
var roomFolders = []string{"config", "state", "dx", "bin", "shell"}

func newRoom(fixtureName string) (*room, error) {
	dir, err := os.MkdirTemp("", "dxauth-sandbox-") // made with mode 0700
	if err != nil {
		return nil, err
	}
	r := &room{dir: dir, fixture: fixtureName}
	if r.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	for _, folder := range roomFolders {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	if fixtureName != fixture.Demo {
		if r.fixture, err = filepath.Abs(fixtureName); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	return r, nil
}

// close removes the folder and sends the guard home.
func (r *room) close() error {
	return errors.Join(os.RemoveAll(r.dir), r.guard.dismiss())
}

// command makes the child: what was asked for, or a shell that shows where one is.
func (r *room) command(args []string, address *net.TCPAddr) *exec.Cmd {
	env := r.environment(os.Environ(), address)
	var cmd *exec.Cmd
	if len(args) > 0 {
		cmd = exec.Command(args[0], args[1:]...)
		cmd.Env = env
	} else {
		cmd = r.shell(env)
	}
	if len(args) > 0 && args[0] == "dxauth" {
		// The name is looked up in this process's PATH, the program is known.
		if self, err := os.Executable(); err == nil {
			cmd.Path, cmd.Err = self, nil
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// runChild runs the child beside the server and passes its exit code on.
func runChild(cmd *exec.Cmd, g *guard) error {
	forward := forwardSignals()
	defer forward.stop()
	if err := cmd.Start(); err != nil {
		return fault.New(fault.Usage, "", "%s", err)
	}
	g.watch(cmd.Process.Pid)
	forward.to(cmd.Process)
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &fault.ExitError{Code: exitCode(exit)}
	}
	return err
}
