//go:build unix

package terminal

import (
	"context"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// job is the program as the job control of a shell sees it. Once there is one,
// Ctrl-Z doesn't stop the program at once, so that a hidden prompt can put the
// terminal in order first.
//
// It stays for the rest of the program: the Go runtime can't give SIGTSTP its
// default action back, and without anybody listening the signal would be lost.
// So between prompts a goroutine does what the default action did.
type job struct {
	suspended, continued chan os.Signal
	endIdling            func()
}

func newJob() *job {
	j := &job{
		suspended: make(chan os.Signal, 1),
		continued: make(chan os.Signal, 1),
		endIdling: func() {},
	}
	signal.Notify(j.suspended, unix.SIGTSTP)
	signal.Notify(j.continued, unix.SIGCONT)
	return j
}

// enterPrompt gives the signals to a prompt until leavePrompt.
func (j *job) enterPrompt() {
	j.endIdling()
	j.forgetContinued()
}

// leavePrompt takes the signals back.
func (j *job) leavePrompt() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		j.idle(ctx)
	}()
	j.endIdling = func() {
		cancel()
		<-ended
	}
}

// idle stops the program on each SIGTSTP, until ctx ends.
func (j *job) idle(ctx context.Context) {
	for {
		select {
		case <-j.suspended:
			j.pause(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// interrupt returns a context that ends with ctx, and also with errSuspended or
// errContinued as its cause.
func (j *job) interrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-j.suspended:
			cancel(errSuspended)
		case <-j.continued:
			cancel(errContinued)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// pause stops the program and returns when it goes on.
//
// As with the default action of SIGTSTP, it does nothing where no shell could
// continue the program. That is the case in the process group of the session's
// leader (`ssh -t host dxauth login`, a container's first process): shells with
// job control give each job a group of its own.
func (j *job) pause(ctx context.Context) {
	session, err := unix.Getsid(0)
	if err != nil || unix.Getpgrp() == session {
		return
	}
	j.forgetContinued()
	if err := unix.Kill(unix.Getpid(), unix.SIGSTOP); err != nil {
		return
	}
	select {
	case <-j.continued:
	case <-ctx.Done():
	}
}

// forgetContinued drops a SIGCONT that nobody waited for.
func (j *job) forgetContinued() {
	select {
	case <-j.continued:
	default:
	}
}
