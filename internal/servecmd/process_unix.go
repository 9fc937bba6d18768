//go:build unix

package servecmd

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// apart puts a process out of reach of the terminal's signals.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// endProcess tells a process that its terminal is gone.
func endProcess(pid int) { _ = syscall.Kill(pid, syscall.SIGHUP) }

// forwarding holds the signals of this process while a child runs. INT and QUIT
// come from the terminal and reach the child by themselves; TERM and HUP are
// meant for the whole and are passed on.
type forwarding struct {
	signals chan os.Signal
	done    chan struct{}
}

func forwardSignals() *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8), done: make(chan struct{})}
	signal.Notify(f.signals, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP)
	return f
}

func (f *forwarding) to(child *os.Process) {
	go func() {
		for {
			select {
			case s := <-f.signals:
				if s == syscall.SIGTERM || s == syscall.SIGHUP {
					_ = child.Signal(s) // it has ended otherwise
				}
			case <-f.done:
				return
			}
		}
	}()
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
