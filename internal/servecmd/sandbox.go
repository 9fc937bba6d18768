package servecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
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
// so the context that ends with it is left behind. What goes wrong after the
// child is told and leaves the child's exit code.
func runSandbox(asked context.Context, fixtureName string, command []string, stderr io.Writer) error {
	ctx, stop := context.WithCancel(context.WithoutCancel(asked))
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
	server, err := refserver.Open(ctx, refserver.Config{
		Fixture: &file, Log: slog.New(slog.DiscardHandler),
		// The cheapest hash: these passwords are on the screen.
		HashParams: identity.HashParams{MemoryKiB: 8, Time: 1, Threads: 1},
	})
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
	address := listener.Addr().String()
	child, err := room.command(command, address)
	if err == nil {
		showPeople(stderr, file, address)
		err = runChild(asked, child, room.guard, endSignal(command))
	}
	stop()
	if late := errors.Join(<-served, room.close()); late != nil {
		fmt.Fprintf(stderr, "dxauth: at the end of the sandbox: %s\n", late)
	}
	return err
}

// endSignal is what the child gets when this process is told to terminate: an
// interactive shell ignores TERM.
func endSignal(command []string) os.Signal {
	if len(command) == 0 {
		return syscall.SIGHUP
	}
	return syscall.SIGTERM
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

// runChild runs the child beside the server and passes its exit code on.
func runChild(asked context.Context, cmd *exec.Cmd, g *guard, end os.Signal) error {
	forward := forwardSignals(end)
	defer forward.stop()
	if err := asked.Err(); err != nil {
		return err // Ctrl-C came before the signals were the child's
	}
	if err := cmd.Start(); err != nil {
		return notStarted(cmd.Args[0], err, cmd.Stderr)
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

// notStarted tells that there is no child, with the exit code that a shell has
// for that.
func notStarted(name string, err error, stderr io.Writer) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(stderr, "dxauth: %s: command not found\n", name)
		return &fault.ExitError{Code: 127}
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // without the system call's name
	}
	fmt.Fprintf(stderr, "dxauth: %s: cannot execute: %s\n", name, err)
	return &fault.ExitError{Code: 126}
}
