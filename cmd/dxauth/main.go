// Command dxauth signs users and scripts in to DNAnexus-like and MOLGENIS
// platforms, and runs a reference server for tests.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// version is set by "make build" and when a release is built.
var version string

func main() { os.Exit(run()) }

func run() int {
	log.SetOutput(io.Discard) // package net/http quotes answers there, which may hold a token
	return cli.Run(untilSignal(), kit.Env{
		Program: cli.ProgramName(os.Args[0]), Version: programVersion(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now,
	}, os.Args[1:], servecmd.Commands()...)
}

// programVersion returns the version that was set or, after "go install", that of the
// module.
func programVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}

// untilSignal returns a context that ends with the first signal to end. From then on,
// before anything that follows from it can be seen, the process has no handler: the second
// signal ends it.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		first := <-signals
		signal.Stop(signals)
		cancel(signalError{first})
	}()
	return ctx
}

// signalError is the cause of a context that a signal has ended. It is also the context's
// own error, which distinguishes an interruption from a failure.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() + " signal received" }

func (signalError) Unwrap() error { return context.Canceled }
