//go:build unix

package servecmd

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// apart puts a process out of reach of the terminal's signals.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// hangUp tells a process that its terminal is gone, also one that was stopped.
func hangUp(pid int) {
	_ = syscall.Kill(pid, syscall.SIGHUP)
	_ = syscall.Kill(pid, syscall.SIGCONT)
}

// endProcess waits for the end of a process, and kills it when that takes
// longer than a time. It need not be a child of this one, so it is asked for.
func endProcess(pid int, within time.Duration) {
	limit := time.Now().Add(within)
	for time.Now().Before(limit) {
		if syscall.Kill(pid, 0) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// forwarding holds the signals of this process while a child runs. INT and QUIT
// come from the terminal and reach the child by themselves; TERM and HUP are
// meant for the whole and are passed on.
type forwarding struct {
	signals chan os.Signal
	done    chan struct{}
	end     os.Signal // what TERM is passed on as
}

func forwardSignals(end os.Signal) *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8), done: make(chan struct{}), end: end}
	signal.Notify(f.signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP)
	return f
}

// hangUpAgain is the time after which a shell gets another HUP: bash may miss
// one that comes when it is about to read a line.
const hangUpAgain = 100 * time.Millisecond

func (f *forwarding) to(child *os.Process) {
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
	_ = child.Signal(s) // it has ended otherwise
}

func (f *forwarding) stop() {
	signal.Stop(f.signals)
	close(f.done)
}

// exitCode is that of a child, as a shell would tell it: 128 and the signal.
func exitCode(exit *exec.ExitError) int {
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
