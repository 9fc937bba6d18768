package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

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

// outputAfterEnd is how long to wait for the end of the output of processes that were killed.
const outputAfterEnd = 5 * time.Second

// run runs the command with a folder for temporary files. When ctx ends, it kills the command
// and what that started.
func (c command) run(ctx context.Context, temporary string, out, progress io.Writer) error {
	args := c.args()
	for i := range args {
		args[i] = strings.Trim(args[i], "'")
	}
	test := exec.CommandContext(ctx, args[0], args[1:]...)
	test.Stdout, test.Stderr = io.MultiWriter(out, progress), progress
	test.Env = append(os.Environ(), "TMPDIR="+temporary)
	if c.env != "" {
		test.Env = append(test.Env, c.env)
	}
	killWithDescendants(test)
	test.WaitDelay = outputAfterEnd
	return test.Run()
}
