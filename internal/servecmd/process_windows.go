package servecmd

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// detach starts a process in a group of its own, so that Ctrl-C does not reach
// it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// hangUp does nothing: Windows has no such signal.
func hangUp(int) {}

// endProcess kills a process at once: Windows offers no gentler way.
func endProcess(pid int, _ time.Duration) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill()
	}
}
