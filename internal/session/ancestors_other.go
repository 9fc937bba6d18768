//go:build !linux

package session

import "os"

// Ancestors lists only the parent: this system does not report others.
func Ancestors() []Process { return []Process{{PID: os.Getppid()}} }

// isRunning reports whether a process can be found. On Unix this is always true, so
// files of ended shells are never removed there; they hold no secret.
func isRunning(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = process.Release()
	return true
}
