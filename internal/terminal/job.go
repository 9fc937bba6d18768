package terminal

import "errors"

// Why a hidden prompt is interrupted and asked again.
var (
	// errSuspended: the program shall stop (SIGTSTP, Ctrl-Z).
	errSuspended = errors.New("suspended")
	// errContinued: the program was stopped, by SIGSTOP perhaps, and goes on;
	// the shell may have changed the terminal meanwhile.
	errContinued = errors.New("continued")
)
