//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/jsonschema"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// Variables of the program in a script: the folder of the schemas, and one in which it
// leaves a file for each schema that its output was checked with.
const (
	schemasVariable = "TEST_SCHEMAS"
	checkedVariable = "TEST_CHECKED"
)

// wrongOutput is the exit code of a program whose JSON does not have the form of
// docs/schema.
const wrongOutput = 97

// results returns what the commands print with --json.
func results() map[string][]any { return cli.Results(servecmd.Results()) }

// printsNoJSON lists the commands that print nothing else with --json, and why.
func printsNoJSON() map[string]string {
	return map[string]string{
		"exec":          "it prints what its command prints",
		"api":           "it prints what the platform sends",
		"shell-init":    "it prints a script",
		"completion":    "it prints a script",
		"serve backup":  "it has no result",
		"serve restore": "it has no result",
		"serve export":  "it prints a fixture",
		"serve migrate": "it has no result",
		"sandbox code":  "it prints a code",
	}
}

// Each command that can be run has a schema, or is listed with the reason.
func TestEachCommandHasASchema(t *testing.T) {
	exempt := printsNoJSON()
	for _, command := range runnable(cli.Tree(servecmd.Commands()...)) {
		path := pathOf(command)
		_, hasSchema := results()[path]
		if hasSchema == (exempt[path] != "") {
			t.Errorf("%s: has a schema: %t; %q", path, hasSchema, exempt[path])
		}
		delete(exempt, path)
	}
	for path := range exempt {
		t.Errorf("there is no command %q", path)
	}
}

// runnable returns the commands that help shows, without those that have others below
// them: most of these only list them.
func runnable(command *cobra.Command) []*cobra.Command {
	var list []*cobra.Command
	for _, below := range command.Commands() {
		switch {
		case !below.IsAvailableCommand() || below.Name() == "help":
		case below.HasSubCommands():
			list = append(list, runnable(below)...)
		default:
			list = append(list, below)
		}
	}
	return list
}

func pathOf(command *cobra.Command) string {
	return strings.TrimPrefix(command.CommandPath(), command.Root().Name()+" ")
}

// The script runs each command that has a schema, and program checks what it prints.
func TestOutputOfEachCommand(t *testing.T) {
	seen := t.TempDir()
	passed := t.Run("script", func(t *testing.T) {
		params := scriptParams(t, "testdata/json")
		setup := params.Setup
		params.Setup = func(env *testscript.Env) error {
			env.Setenv(checkedVariable, seen)
			return setup(env)
		}
		testscript.Run(t, params)
	})
	if !passed {
		return
	}
	for path := range results() {
		if _, err := os.Stat(filepath.Join(seen, path)); err != nil {
			t.Errorf("no output of %q was checked: run it with --json in testdata/json", path)
		}
	}
}

// checked runs the program, and returns its exit code. If it prints JSON that does not
// have the form of docs/schema, it says so and returns another one.
func checked(run func() int) int {
	if os.Getenv(schemasVariable) == "" || !isPipe(os.Stdout) || !slices.Contains(os.Args, "--json") {
		return run()
	}
	path, asked := asksJSON(os.Args[1:])
	if !asked || printsNoJSON()[path] != "" {
		return run()
	}
	code, stdout, stderr := copied(run)
	if err := check(path, code, stdout, stderr); err != nil {
		fmt.Fprintf(os.Stderr, "%s --json: %v\n", path, err)
		return wrongOutput
	}
	return code
}

// isPipe distinguishes what a script captures from devices, where the program behaves
// differently.
func isPipe(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeNamedPipe != 0
}

// asksJSON returns the command that arguments with --json name, and whether it is to print
// JSON. One with others below it, and without a schema, prints help.
func asksJSON(args []string) (path string, asked bool) {
	command, _, err := cli.Tree(servecmd.Commands()...).Find(args)
	if err != nil {
		return "", false
	}
	path = pathOf(command)
	_, hasSchema := results()[path]
	isGroup := command.HasSubCommands() && !hasSchema
	isHelp := slices.ContainsFunc(args, func(arg string) bool { return arg == "--help" || arg == "-h" })
	return path, command.IsAvailableCommand() && !isGroup && !isHelp
}

// copied runs the program, and returns its exit code and what it printed, which it prints
// nonetheless.
func copied(run func() int) (code int, stdout, stderr []byte) {
	out, err := duplicate(&os.Stdout)
	if err != nil {
		panic(err)
	}
	failures, err := duplicate(&os.Stderr)
	if err != nil {
		panic(err)
	}
	code = run()
	return code, out(), failures()
}

// duplicate puts a pipe in the place of a file. The function that it returns puts the file
// back, and returns what was written meanwhile.
func duplicate(file **os.File) (restore func() []byte, err error) {
	original := *file
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.MultiWriter(original, &text), read)
	}()
	*file = write
	return func() []byte {
		*file = original
		write.Close()
		<-done
		return text.Bytes()
	}, nil
}

// check returns an error if the output of a command does not have the form of its schema.
// A failure is one line on stderr, after warnings; what was printed before it has to have
// the form, too.
func check(path string, code int, stdout, stderr []byte) error {
	if code != 0 && len(bytes.TrimSpace(stdout)) == 0 {
		lines := bytes.Split(bytes.TrimSpace(stderr), []byte("\n"))
		return validate(cli.FailureResult, lines[len(lines)-1])
	}
	if path != "serve audit" {
		return validate(path, stdout)
	}
	for line := range bytes.Lines(stdout) { // it prints a value on each
		if err := validate(path, line); err != nil {
			return err
		}
	}
	return nil
}

func validate(path string, text []byte) error {
	name := strings.ReplaceAll(path, " ", "-") + ".json"
	schema, err := os.ReadFile(filepath.Join(os.Getenv(schemasVariable), name))
	if err != nil {
		return err
	}
	if err := jsonschema.Validate(schema, text); err != nil {
		return fmt.Errorf("docs/schema/%s: %w in %s", name, err, text)
	}
	if checked := os.Getenv(checkedVariable); checked != "" {
		return os.WriteFile(filepath.Join(checked, path), nil, 0o600)
	}
	return nil
}
