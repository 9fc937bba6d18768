//go:build !linux

package testpostgres

import "os"

// stopAndKill kills a process. Its children notice that.
func stopAndKill(parent int) error {
	process, err := os.FindProcess(parent)
	if err != nil {
		return err
	}
	return process.Kill()
}
