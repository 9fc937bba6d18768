//go:build unix

package webbrowser

import (
	"os/exec"
	"syscall"
)

// startDetached starts a program that Ctrl-C at the terminal does not reach.
func startDetached(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // its exit code says nothing about the page
	return nil
}
