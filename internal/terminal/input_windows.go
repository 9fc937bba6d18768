package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// interruptible reads from a console until its context ends. A read of a console
// can't be called back, so the one that is under way is left behind; it takes
// nothing from a later prompt, since ended prompts end the program.
type interruptible struct {
	ctx context.Context
	in  *os.File
}

func newInterruptible(ctx context.Context, in *os.File) (*interruptible, error) {
	return &interruptible{ctx: ctx, in: in}, nil
}

// Read returns as soon as there is input or the context ends.
func (r *interruptible) Read(p []byte) (int, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data := make([]byte, len(p))
		n, err := r.in.Read(data)
		done <- result{data: data[:n], err: err}
	}()
	select {
	case got := <-done:
		if errors.Is(got.err, io.EOF) && r.isInterrupted() {
			return 0, endedBy(r.ctx)
		}
		return copy(p, got.data), got.err
	case <-r.ctx.Done():
		return 0, endedBy(r.ctx)
	}
}

// interruptDelay bounds how long after the end of a read its Ctrl-C arrives.
const interruptDelay = 100 * time.Millisecond

// isInterrupted reports whether a read that returned nothing was ended by Ctrl-C: the
// console ends the read, and another thread handles Ctrl-C a moment later.
func (r *interruptible) isInterrupted() bool {
	if !isTerminal(r.in) {
		return false
	}
	select {
	case <-r.ctx.Done():
		return true
	case <-time.After(interruptDelay):
		return false
	}
}

// Close has nothing to release; the console itself stays open.
func (r *interruptible) Close() error { return nil }
