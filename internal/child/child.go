// Package child runs another program beside this one, as a shell would: in the
// same process group, at the same terminal.
//
// It promises that the two share the signals as a person expects. What the
// terminal sends, INT and QUIT, reaches the child by itself and does not end
// this process before it; what is sent to this process as the one in charge,
// TERM and HUP, is passed on. When the child has ended, its exit code is told
// as a shell tells it: 128 and the number of the signal that ended it, 127 where
// there is no such program, and 126 for one that can't be run.
//
// What the program is, and what it may know, is the caller's matter.
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
	signals *forwarding
}

// Start starts a program, unless ctx has ended before. From then on, until Wait
// returns, this process leaves the signals to it. The error is a *[StartError]
// or that of ctx.
func Start(ctx context.Context, cmd *exec.Cmd) (*Child, error) {
	return start(ctx, cmd, holdSignals())
}

// StartShell is Start for an interactive shell, which ignores TERM: it gets HUP
// instead.
func StartShell(ctx context.Context, cmd *exec.Cmd) (*Child, error) {
	return start(ctx, cmd, holdSignalsForShell())
}

// start comes after the signals are held: none may end this process alone, or
// come too late to keep the program from starting.
func start(ctx context.Context, cmd *exec.Cmd, signals *forwarding) (*Child, error) {
	err := ctx.Err()
	if err == nil {
		err = startError(cmd)
	}
	if err != nil {
		signals.stop()
		return nil, err
	}
	signals.forwardTo(cmd.Process)
	return &Child{cmd: cmd, signals: signals}, nil
}

// StartError means that there is no child.
type StartError struct {
	Name   string // of the program, as it was given
	Code   int    // the exit code that a shell has for it
	Reason string
}

func (e *StartError) Error() string { return e.Name + ": " + e.Reason }

func startError(cmd *exec.Cmd) error {
	err := cmd.Start()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &StartError{Name: cmd.Args[0], Code: 127, Reason: "command not found"}
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		err = path.Err // without the system call's name
	}
	return &StartError{Name: cmd.Args[0], Code: 126, Reason: fmt.Sprintf("cannot execute: %s", err)}
}

// PID is the child's process ID.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Wait waits for the end of the child and returns its exit code. An error means
// that its end could not be learned.
func (c *Child) Wait() (code int, err error) {
	defer c.signals.stop()
	err = c.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitCode(exit), nil
	}
	return 0, err
}
