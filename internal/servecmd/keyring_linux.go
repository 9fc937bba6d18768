package servecmd

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// withOwnKeyring calls start, whose processes have a new session keyring of the kernel.
// Where the kernel or a policy forbids that, they could not use the user's either.
func withOwnKeyring(start func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and not unlocked: the thread ends with this goroutine
		_, _ = unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0)
		start()
	}()
	<-done
}
