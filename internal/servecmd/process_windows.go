package servecmd

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// apart puts a process out of reach of the console's Ctrl-C.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// hangUp does nothing: there is no such signal.
func hangUp(int) {}

// endProcess ends a process at once: it cannot be asked to.
func endProcess(pid int, _ time.Duration) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill()
	}
}

// forwarding keeps Ctrl-C, which the console sends to the child as well, from
// ending this process before it.
type forwarding struct{ signals chan os.Signal }

func forwardSignals(os.Signal) *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8)}
	signal.Notify(f.signals, os.Interrupt)
	return f
}

func (f *forwarding) to(*os.Process) {}

func (f *forwarding) stop() { signal.Stop(f.signals) }

func exitCode(exit *exec.ExitError) int { return exit.ExitCode() }
