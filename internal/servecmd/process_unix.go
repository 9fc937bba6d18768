//go:build unix

package servecmd

import (
	"os/exec"
	"syscall"
	"time"
)

// detach starts a process in a session of its own, so that the signals of the
// terminal do not reach it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// hangUp tells a process, even a stopped one, that its terminal has gone.
func hangUp(pid int) {
	_ = syscall.Kill(pid, syscall.SIGHUP)
	_ = syscall.Kill(pid, syscall.SIGCONT)
}

// endProcess waits for the end of a process, and kills it when that takes longer
// than a time. It polls because the process need not be a child of this one.
func endProcess(pid int, within time.Duration) {
	limit := time.Now().Add(within)
	for time.Now().Before(limit) {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}
