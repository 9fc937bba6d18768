// Command dxauth signs users and scripts in to DNAnexus-like and MOLGENIS
// platforms, and runs a reference server for tests.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// version is set when a release is built.
var version = "dev"

func main() { os.Exit(run()) }

func run() int {
	log.SetOutput(io.Discard) // package net/http quotes answers there, which may hold a token
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal ends the process as if there were no handler
	return cli.Run(ctx, kit.Env{
		Program: cli.ProgramName(os.Args[0]), Version: version,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now,
	}, os.Args[1:], servecmd.Commands()...)
}
