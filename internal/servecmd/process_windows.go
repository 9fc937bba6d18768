package servecmd

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// apart puts a process out of reach of the console's Ctrl-C.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// endProcess ends a process.
func endProcess(pid int) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill()
	}
}

// forwarding keeps Ctrl-C, which the console sends to the child as well, from
// ending this process before it.
type forwarding struct{ signals chan os.Signal }

func forwardSignals() *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8)}
	signal.Notify(f.signals, os.Interrupt)
	return f
}

func (f *forwarding) to(*os.Process) {}

func (f *forwarding) stop() { signal.Stop(f.signals) }

func exitCode(exit *exec.ExitError) int { return exit.ExitCode() }
