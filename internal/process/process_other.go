//go:build !linux

package process

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// LookUp returns neither parent nor start time: this system does not report them. A
// process that is not there is fs.ErrNotExist.
func LookUp(pid int) (parent int, started string, err error) {
	process, err := os.FindProcess(pid)
	if err != nil {
		return 0, "", fs.ErrNotExist
	}
	defer func() { _ = process.Release() }()
	if isGone(process) {
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
