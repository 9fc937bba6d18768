package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
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
