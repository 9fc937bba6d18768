package child

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// forwarding keeps Ctrl-C and the closing of the console, which the child gets as
// well, from ending this process before it.
type forwarding struct{ signals chan os.Signal }

func holdSignals() *forwarding {
	f := &forwarding{signals: make(chan os.Signal, 8)}
	signal.Notify(f.signals, os.Interrupt, syscall.SIGTERM)
	return f
}

func holdSignalsForShell() *forwarding { return holdSignals() }

func (f *forwarding) forwardTo(*os.Process) {}

func (f *forwarding) stop() { signal.Stop(f.signals) }

func exitCode(exit *exec.ExitError) int { return exit.ExitCode() }
