package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// wrongValues are flags that every command has, with values that they can't have.
func wrongValues() []string {
	return []string{
		"--color=sometimes", "--type=floppy", "--server=ftp://x", "--auth-server=https://x.org/path", "--ca-cert=NOVERIFY",
		"--connect-timeout=3", "--json=perhaps", "--apiserver-port=80",
	}
}

// TestEveryCommandRefusesWrongFlags gives values that can't be right to the flags that
// every command has, also to commands that do not use the flag.
func TestEveryCommandRefusesWrongFlags(t *testing.T) {
	clitest.Isolate(t)
	for _, cmd := range everyCommand(Tree(servecmd.Commands()...)) {
		if !cmd.Runnable() {
			continue
		}
		for _, wrong := range wrongValues() {
			name, _, _ := strings.Cut(wrong, "=")
			if cmd.LocalNonPersistentFlags().Lookup(name[2:]) != nil {
				continue // a flag of its own
			}
			wantRefusal(t, name, callOf(cmd, wrong))
		}
	}
}

// TestOneOfSeveralValues gives a value that is none of those that a shell offers to each
// flag that has some. The command has nobody to act for, but the flag is the first mistake.
func TestOneOfSeveralValues(t *testing.T) {
	clitest.Isolate(t)
	checked := 0
	for _, cmd := range everyCommand(Tree(servecmd.Commands()...)) {
		cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if len(flag.Annotations[kit.CompletionValueKey])+len(config.Values(flag.Name)) == 0 {
				return
			}
			checked++
			wantRefusal(t, "--"+flag.Name, callOf(cmd, "--"+flag.Name, "neither-of-them"))
		})
	}
	if checked < 10 {
		t.Errorf("only %d flags have values", checked)
	}
}

// callOf returns the shortest command line of a command with flags.
func callOf(cmd *cobra.Command, flags ...string) []string {
	call := append(strings.Fields(cmd.CommandPath())[1:], flags...)
	if cmd.Name() == "add" && cmd.Parent().Name() == "trust" {
		call = append(call, "--issuer", "ci", "--claim", "ref=main", "--project", "Exome")
	}
	for range requiredArguments(cmd.Use) {
		call = append(call, "x")
	}
	return call
}

// wantRefusal runs a command line and checks that it is refused because of a flag. It
// is interrupted already, so that nothing is asked and no server starts.
func wantRefusal(t *testing.T, flag string, args []string) {
	t.Helper()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	var stdout, stderr bytes.Buffer
	env := kit.Env{Program: "dxauth", Version: "test", Stdout: &stdout, Stderr: &stderr, Getenv: os.Getenv, Now: clitest.Noon}
	code := Run(stopped, env, args, servecmd.Commands()...)
	if code != 2 || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 2 || !strings.Contains(stderr.String(), strings.TrimSuffix(flag, "-port")) {
		t.Errorf("%s: exit code %d, stdout %q, stderr %q", strings.Join(args, " "), code, &stdout, &stderr)
	}
}
