// Package kit holds what the commands share.
//
// It promises that its values do not change after their creation. The process
// provides an [Env], which becomes an [Invocation] with the settings of a command;
// from that a command creates the few things that it uses:
//
//   - [Console]: results, messages and prompts;
//   - [Accounts]: the accounts that are signed in here, and their credential stores;
//   - [connect.Servers]: the servers that the settings name, and connections to them;
//   - [Client]: the account that the command acts for, connected.
//
// [Env.Report] shows a failure in the same way for all commands; package failure says
// which exit code and hint an error has.
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
)

// Env is what a command gets from its process.
type Env struct {
	Program        string // name that the program was called by: dxauth, or dx through a link
	Version        string
	Stdin          *os.File
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
}

// with returns the environment in which dx's flags of a command override dx's
// variables.
func (e Env) with(cmd *cobra.Command) Env {
	if getenv := e.Getenv; getenv != nil {
		e.Getenv = config.WithDXFlags(cmd.Root().PersistentFlags(), getenv)
	}
	return e
}

// Invocation is one run of a command: its process, and its settings.
type Invocation struct {
	Env
	Settings    config.Settings
	Interrupted <-chan struct{} // closed by the signal that ends the program
}

// RunE returns a function for the RunE field of a command: it loads the settings
// once the flags are parsed, and runs the command with them.
func (e Env) RunE(run func(ctx context.Context, inv Invocation, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		settings, err := config.Load(cmd.Flags())
		if err != nil {
			return err
		}
		return failedAs(styleOf(settings), run(cmd.Context(), Invocation{Env: e.with(cmd), Settings: settings, Interrupted: cmd.Context().Done()}, args))
	}
}

// RunSalvagedE is [Env.RunE] for a command that also runs with broken settings, with
// the defaults in their place. The errors passed to run say what is broken.
func (e Env) RunSalvagedE(run func(ctx context.Context, inv Invocation, broken []error) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		settings, _ := config.Load(cmd.Flags()) // the error is one of the problems
		inv := Invocation{Env: e.with(cmd), Settings: settings.Salvaged(), Interrupted: cmd.Context().Done()}
		return failedAs(styleOf(settings), run(cmd.Context(), inv, settings.Problems()))
	}
}

// ReportByFlag makes the flag --json decide how failures of a command and its
// subcommands are reported. It is for commands that read no settings.
func ReportByFlag(command *cobra.Command) {
	if run := command.RunE; run != nil {
		command.RunE = func(cmd *cobra.Command, args []string) error {
			asJSON, err := cmd.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return failedAs(Style{JSON: asJSON}, run(cmd, args))
		}
	}
	for _, below := range command.Commands() {
		ReportByFlag(below)
	}
}

// Style says how to report a failure.
type Style struct {
	JSON  bool
	Color string // auto, always or never; "" is auto
}

func styleOf(settings config.Settings) Style {
	return Style{JSON: settings.JSON, Color: settings.Color}
}

// styledError is an error of a command, with the style in which to report it.
type styledError struct {
	error
	style Style
}

func (e *styledError) Unwrap() error { return e.error }

func failedAs(style Style, err error) error {
	if err == nil {
		return nil
	}
	return &styledError{err, style}
}

// HowToReport returns how to report the error of a command, and the error. If the settings
// were not loaded, which may be the failure, the arguments before "--" decide.
func HowToReport(err error, args []string) (style Style, cause error) {
	if failed, ok := errors.AsType[*styledError](err); ok {
		return failed.style, failed.error
	}
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return Style{JSON: slices.Contains(args, "--json")}, err
}
