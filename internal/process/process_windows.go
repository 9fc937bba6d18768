package process

import (
	"errors"
	"io/fs"
	"strconv"
	"time"

	"golang.org/x/sys/windows"
)

// LookUp returns the start time of a process in a form that tells it from a later process
// with the same number, and no parent. A process that is not there is fs.ErrNotExist, also
// one that has ended while another process has it open.
func LookUp(pid int) (parent int, started string, err error) {
	const access = windows.PROCESS_QUERY_LIMITED_INFORMATION | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(access, false, uint32(pid))
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return 0, "", fs.ErrNotExist
	}
	if err != nil { // it belongs to another user
		return 0, "", err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	event, err := windows.WaitForSingleObject(process, 0)
	if err != nil {
		return 0, "", err
	}
	if event == windows.WAIT_OBJECT_0 {
		return 0, "", fs.ErrNotExist
	}
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &created, &exited, &kernel, &user); err != nil {
		return 0, "", err
	}
	return 0, strconv.FormatInt(created.Nanoseconds(), 10), nil
}

// IsRunning reports whether there is a process with this number.
func IsRunning(pid int) bool {
	_, _, err := LookUp(pid)
	return !errors.Is(err, fs.ErrNotExist)
}

func boot() string { return "" }

func space() string { return "" }

func booted(time.Time) time.Time { return time.Time{} }
