// Package kit holds what the commands share.
//
// It promises that nothing in it changes after it was made: the process gives
// an [Env], the flags of a command make an [Invocation] of it, and from that a
// command makes the few things that it uses:
//
//   - [Console]: where it prints, says and asks;
//   - [Accounts]: who is signed in here, and their credential stores;
//   - [Servers]: the servers that are meant, and connections to them;
//   - [Client]: the account that the command acts for, connected.
//
// The way of a failure to its exit code and its words is here as well
// ([Classify], [Report]), so that it is one for all commands.
package kit

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Env is what a command gets from its process.
type Env struct {
	Program        string // how the program was called: dxauth, or dx through a link
	Version        string
	Stdin          *os.File
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
}

// Invocation is one run of a command: its process, and its settings.
type Invocation struct {
	Env
	Settings config.Settings
}

// RunE makes the RunE of a command: it reads the settings once the flags are
// known, and runs the command with them.
func (e Env) RunE(run func(ctx context.Context, inv Invocation, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		settings, err := config.Load(cmd.Flags())
		if err != nil {
			return UsageError(err)
		}
		return failedAs(settings.JSON, run(cmd.Context(), Invocation{Env: e, Settings: settings}, args))
	}
}

// RunSalvagedE is [Env.RunE] for a command that goes on with broken settings.
// The error says what is broken; nil: nothing is.
func (e Env) RunSalvagedE(run func(ctx context.Context, inv Invocation, broken error) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		settings, err := config.Load(cmd.Flags())
		if err != nil {
			settings = config.Salvage(cmd.Flags())
		}
		return failedAs(settings.JSON, run(cmd.Context(), Invocation{Env: e, Settings: settings}, UsageError(err)))
	}
}

// ReportByFlag has the failures of a command, and of those below it, reported
// as its flag --json says. It is for commands that read no settings.
func ReportByFlag(command *cobra.Command) {
	if run := command.RunE; run != nil {
		command.RunE = func(cmd *cobra.Command, args []string) error {
			asJSON, err := cmd.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return failedAs(asJSON, run(cmd, args))
		}
	}
	for _, below := range command.Commands() {
		ReportByFlag(below)
	}
}

// failure is an error of a command that knows how it is to be reported.
type failure struct {
	error
	json bool
}

func (f *failure) Unwrap() error { return f.error }

func failedAs(json bool, err error) error {
	if err == nil {
		return nil
	}
	return &failure{err, json}
}

// HowToReport returns what a command failed with, and whether that is reported
// as JSON. An error from before the settings were read, which may be what failed,
// goes by the arguments.
func HowToReport(err error, args []string) (cause error, asJSON bool) {
	if failed, ok := errors.AsType[*failure](err); ok {
		return failed.error, failed.json
	}
	return err, slices.Contains(args, "--json")
}

// UsageError makes a wrong use of an error; nil stays nil.
func UsageError(err error) error {
	if err == nil {
		return nil
	}
	return refusal.Usagef("%s", err).Wrap(err)
}
