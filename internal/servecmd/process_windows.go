package servecmd

import (
	"os"
	"os/exec"
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
