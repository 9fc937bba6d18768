package terminal

import "context"

// job does nothing: Windows has no job control.
type job struct{}

func newJob() *job { return &job{} }

func (*job) enterPrompt() {}

func (*job) leavePrompt() {}

func (*job) interrupt(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (*job) pause(context.Context) {}
