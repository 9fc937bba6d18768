//go:build !linux

package testprogram

import "os/exec"

// Start starts a program. The caller calls wait, once, in place of the command's Wait. If
// this process is killed, the program goes on: only Linux can end it then.
func Start(command *exec.Cmd) (wait func() error, err error) {
	if err := command.Start(); err != nil {
		return nil, err
	}
	return command.Wait, nil
}
