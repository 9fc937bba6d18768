//go:build unix

package privatefile

// retry makes one call: a file that is open can be replaced and removed.
func retry(call func() error) error { return call() }

// isBusy reports false: no call fails because a file is open.
func isBusy(error) bool { return false }
