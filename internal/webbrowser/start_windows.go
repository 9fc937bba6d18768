package webbrowser

import (
	"os/exec"
	"syscall"
)

// startDetached starts a program that Ctrl-C in the console does not reach.
func startDetached(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // its exit code says nothing about the page
	return nil
}
