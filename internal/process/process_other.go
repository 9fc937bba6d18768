//go:build unix && !linux

package process

import (
	"errors"
	"io/fs"
	"syscall"
	"time"
)

// LookUp returns neither parent nor start time: they are not read on this system. A
// process that is not there is fs.ErrNotExist.
func LookUp(pid int) (parent int, started string, err error) {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return 0, "", fs.ErrNotExist
	}
	return 0, "", nil
}

// IsRunning reports whether there is a process with this number.
func IsRunning(pid int) bool {
	_, _, err := LookUp(pid)
	return !errors.Is(err, fs.ErrNotExist)
}

func boot() string { return "" }

func space() string { return "" }

func booted(time.Time) time.Time { return time.Time{} }
