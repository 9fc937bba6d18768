//go:build !linux

package session

import "os"

// Ancestors lists the immediate parent: further ones are not known here.
func Ancestors() []Process { return []Process{{PID: os.Getppid()}} }

// isRunning reports whether a process can be found. On Unix one always can, so
// that leftovers stay there; they hold no secret.
func isRunning(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = process.Release()
	return true
}
