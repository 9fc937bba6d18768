// Package child runs another program beside this one, as a shell would: in the
// same process group, at the same terminal.
//
// It promises that both handle signals as a user expects. The terminal sends INT
// and QUIT to the child directly, and they do not end this process before the
// child; TERM and HUP, which are sent to this process, are passed on. The exit code
// is the one that a shell reports: the child's own, 128 plus the number of the
// signal that ended it, 127 for a program that is not found, and 126 for one that
// can't be run.
//
// On Windows, where a killed process leaves its children running, the program ends
// with this process in any case. Batch files get their arguments unchanged or do not
// start: cmd.exe would take parts of them for commands.
//
// The caller decides which program runs and what its environment is.
package child

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
)

// Child is a program that runs beside this one.
type Child struct {
	cmd     *exec.Cmd
	ended   func()
	signals *forwarding
}

// Start starts a program, unless ctx has already ended. From then on, until Wait
// returns, signals go to the program. The error is a *[StartError] or that of ctx.
func Start(ctx context.Context, cmd *exec.Cmd) (*Child, error) {
	return start(ctx, cmd, holdSignals())
}

// StartShell is Start for an interactive shell, which ignores TERM: it gets HUP
// instead.
func StartShell(ctx context.Context, cmd *exec.Cmd) (*Child, error) {
	return start(ctx, cmd, holdSignalsForShell())
}

// start is called after signal handling is set up, so that no signal ends this
// process alone or is missed before the program starts.
func start(ctx context.Context, cmd *exec.Cmd, signals *forwarding) (*Child, error) {
	if err := ctx.Err(); err != nil {
		signals.stop()
		return nil, err
	}
	ended, err := startProcess(cmd)
	if err != nil {
		signals.stop()
		return nil, startError(cmd, err)
	}
	signals.forwardTo(cmd.Process)
	return &Child{cmd: cmd, ended: ended, signals: signals}, nil
}

// Find returns a *[StartError] if there is no program of a name that could be started.
func Find(name string) error {
	if _, err := exec.LookPath(name); err != nil {
		return startError(exec.Command(name), err)
	}
	return nil
}

// StartError means that the program could not be started.
type StartError struct {
	Name   string // of the program, as it was given
	Code   int    // the exit code that a shell reports
	Reason string
}

func (e *StartError) Error() string { return e.Name + ": " + e.Reason }

func startError(cmd *exec.Cmd, err error) error {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &StartError{Name: cmd.Args[0], Code: 127, Reason: "command not found"}
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // without the system call's name
	}
	if search, ok := errors.AsType[*exec.Error](err); ok {
		err = search.Err // without the name, which the message has already
	}
	return &StartError{Name: cmd.Args[0], Code: 126, Reason: fmt.Sprintf("cannot execute: %s", err)}
}

// PID is the child's process ID.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Wait waits for the child to end and returns its exit code. An error means that
// waiting failed.
func (c *Child) Wait() (code int, err error) {
	defer c.signals.stop()
	defer c.ended()
	err = c.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitCode(exit), nil
	}
	return 0, err
}
