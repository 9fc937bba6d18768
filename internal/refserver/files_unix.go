//go:build unix

package refserver

import "syscall"

// openFiles returns how many files the process may have open, or 0 if that is not
// known. The Go runtime has raised the limit as far as it may.
func openFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<30)) // the limit may be infinite
}
