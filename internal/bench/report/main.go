// Report runs the benchmarks that have an aim and writes docs/performance.md: what each of
// them measured, beside its aim, with the machine, the versions and the commands.
//
//	go run ./internal/bench/report
//
// It promises that every figure of the page comes from one run of it, and that the page says
// so where a benchmark failed or has no figure. The figures are ratios to a program that does
// the same in the simplest way, in turns with ours, so that they hold on other machines.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// page is the file that is written.
const page = "docs/performance.md"

func main() {
	if err := run(os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(progress io.Writer) error {
	var out bytes.Buffer
	facts, err := machine()
	if err != nil {
		return err
	}
	writeHead(&out, facts)
	for _, section := range sections() {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n", section.title, section.about)
		var output bytes.Buffer
		for _, command := range section.commands {
			fmt.Fprintf(progress, "%s\n", command)
			if err := command.run(&output, progress); err != nil {
				fmt.Fprintf(progress, "%s: %v\n", command, err)
			}
		}
		writeTable(&out, section, readResults(output.String()))
	}
	return os.WriteFile(filepath.FromSlash(page), out.Bytes(), 0o644)
}

// command runs the benchmarks of a package whose names match.
type command struct {
	env       string // such as DXAUTH_TEST_STORE=postgres; empty: none
	folder    string
	match     string
	benchtime string
}

func (c command) args() []string {
	return []string{"go", "test", "-vet=off", "-timeout", "60m", "-run", "'^$'", "-bench", "'" + c.match + "'", "-benchtime", c.benchtime, c.folder}
}

// String returns the command as a shell takes it.
func (c command) String() string { return strings.TrimSpace(c.env + " " + strings.Join(c.args(), " ")) }

func (c command) run(out, progress io.Writer) error {
	args := c.args()
	for i := range args {
		args[i] = strings.Trim(args[i], "'")
	}
	test := exec.Command(args[0], args[1:]...)
	test.Stdout, test.Stderr = io.MultiWriter(out, progress), progress
	test.Env = os.Environ()
	if c.env != "" {
		test.Env = append(test.Env, c.env)
	}
	return test.Run()
}

// machine returns what the figures depend on.
func machine() (facts []string, err error) {
	text := func(name string, args ...string) string {
		if err != nil {
			return ""
		}
		var output []byte
		output, err = exec.Command(name, args...).Output()
		return strings.TrimSpace(string(output))
	}
	commit := text("git", "describe", "--tags", "--always", "--dirty")
	goVersion := text("go", "env", "GOVERSION", "GOOS", "GOARCH")
	modules := text("go", "list", "-m", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/spf13/cobra")
	return []string{
		"dxauth " + commit + ", " + time.Now().UTC().Format("2006-01-02"),
		processor(),
		strings.ReplaceAll(goVersion, "\n", " "),
		strings.ReplaceAll(modules, "\n", ", "),
		postgresVersion(),
	}, err
}
