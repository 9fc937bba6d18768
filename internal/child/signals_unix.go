//go:build unix

package child

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// forwarding receives the signals of this process while a child runs, and passes
// some of them on.
type forwarding struct {
	signals chan os.Signal
	done    chan struct{}
	end     os.Signal // what TERM is passed on as
}

func holdSignals() *forwarding { return hold(syscall.SIGTERM) }

func holdSignalsForShell() *forwarding { return hold(syscall.SIGHUP) }

func hold(end os.Signal) *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8), done: make(chan struct{}), end: end}
	signal.Notify(f.signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP)
	return f
}

// hangUpAgain is the interval at which a shell gets another HUP: bash can miss one
// that arrives just before it reads a line.
const hangUpAgain = 100 * time.Millisecond

func (f *forwarding) forwardTo(child *os.Process) {
	go func() {
		var again <-chan time.Time
		for {
			select {
			case s := <-f.signals:
				f.pass(s, child)
				if s == syscall.SIGTERM && f.end == syscall.SIGHUP {
					again = time.Tick(hangUpAgain)
				}
			case <-again:
				f.pass(syscall.SIGHUP, child)
			case <-f.done:
				return
			}
		}
	}()
}

func (f *forwarding) pass(s os.Signal, child *os.Process) {
	switch s {
	case syscall.SIGTERM:
		s = f.end
	case syscall.SIGHUP:
	default:
		return
	}
	_ = child.Signal(s) // fails only if the child has ended
}

func (f *forwarding) stop() {
	signal.Stop(f.signals)
	close(f.done)
}

func exitCode(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
