//go:build unix

package servecmd

import (
	"os/exec"
	"syscall"
	"time"
)

// apart puts a process out of reach of the terminal's signals.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// hangUp tells a process that its terminal is gone, also one that was stopped.
func hangUp(pid int) {
	_ = syscall.Kill(pid, syscall.SIGHUP)
	_ = syscall.Kill(pid, syscall.SIGCONT)
}

// endProcess waits for the end of a process, and kills it when that takes
// longer than a time. It need not be a child of this one, so it is asked for.
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
