//go:build unix

package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// interruptible reads from a terminal or pipe until its context ends. It waits in
// select(2), which takes /dev/tty on every Unix; poll and kqueue don't on macOS.
type interruptible struct {
	ctx           context.Context
	in            *os.File
	wake, trigger *os.File // closing trigger makes wake readable
	stop          func() bool
}

func newInterruptible(ctx context.Context, in *os.File) (*interruptible, error) {
	wake, trigger, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = trigger.Close() })
	return &interruptible{ctx: ctx, in: in, wake: wake, trigger: trigger, stop: stop}, nil
}

// Read waits until there is something to read, so that it never blocks once the
// context has ended.
func (r *interruptible) Read(p []byte) (int, error) {
	if err := waitReadable(r.in, r.wake); err != nil {
		return 0, fmt.Errorf("wait for input: %w", err)
	}
	if r.ctx.Err() != nil {
		return 0, endedBy(r.ctx)
	}
	return r.in.Read(p)
}

// Close ends the waiting; the terminal itself stays open.
func (r *interruptible) Close() error {
	r.stop()
	_ = r.trigger.Close() // by a context that has ended, it is closed already
	return r.wake.Close()
}

// waitReadable waits until one of the files can be read.
func waitReadable(files ...*os.File) error {
	for {
		var set unix.FdSet
		highest := 0
		for _, f := range files {
			fd := int(f.Fd())
			if fd >= unix.FD_SETSIZE {
				return fmt.Errorf("file descriptor %d: %w", fd, unix.EMFILE)
			}
			set.Set(fd)
			highest = max(highest, fd)
		}
		_, err := unix.Select(highest+1, &set, nil, nil, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
