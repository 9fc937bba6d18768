//go:build unix && !linux

package process

import (
	"errors"
	"os"
	"syscall"
)

func isGone(process *os.Process) bool {
	err := process.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}
