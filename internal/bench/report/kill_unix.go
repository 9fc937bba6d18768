//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// killWithDescendants makes the end of a command's context kill all that the command started:
// "go test" alone would leave the test, and the test its servers.
func killWithDescendants(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
