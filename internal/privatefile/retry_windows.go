package privatefile

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// How long and how often a call is repeated.
const (
	patience  = 2 * time.Second
	firstWait = time.Millisecond
	lastWait  = 5 * time.Millisecond
)

// retry repeats a call while another process has the file open. Windows then
// refuses to replace or to remove it, and to open a file that is being removed or
// replaced. The other process may be ours, a virus scanner or an indexer.
func retry(call func() error) error {
	limit := time.Now().Add(patience)
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := call()
		if !isBusy(err) || time.Now().After(limit) {
			return err
		}
		time.Sleep(wait)
	}
}

// isBusy reports whether an error may be that of a file which is in use. Windows
// reports missing permissions in the same way.
func isBusy(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) ||
		errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION)
}
