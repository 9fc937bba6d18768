//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// newRunner returns a runner whose targets are cases of a shell script, with $there for
// files, and what it prints.
func newRunner(t *testing.T, cases string) (*runner, *strings.Builder) {
	t.Helper()
	folder := t.TempDir()
	script := "#!/bin/sh\nthere=" + folder + "\ncase $2 in\n" + cases + "\nesac\n"
	command := filepath.Join(folder, "make")
	if err := os.WriteFile(command, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	output := &strings.Builder{}
	return &runner{command: command, output: output}, output
}

func TestStages(t *testing.T) {
	t.Parallel()
	// Opening a pipe waits for the other end, so neither of left and right ends alone.
	const cases = "bad) echo cannot; exit 3 ;;\npipe) mkfifo $there/pipe ;;\n" +
		"left) echo 1; echo > $there/pipe; echo 2 ;;\nright) echo 3; read _ < $there/pipe; echo 4 ;;\n*) echo $2 ;;"
	for name, tt := range map[string]struct {
		stages []string
		want   string // printed
		err    string
	}{
		"in order":          {[]string{"one", "two"}, "one\ntwo\n", ""},
		"a failure ends it": {[]string{"one", "bad", "two"}, "one\ncannot\n", "bad: exit status 3"},
		"at the same time":  {[]string{"pipe", "left+right", "two"}, "1\n2\n3\n4\ntwo\n", ""},
		"one of two fails":  {[]string{"one+bad", "two"}, "one\ncannot\n", "bad: exit status 3"},
		"both fail":         {[]string{"bad+bad"}, "cannot\ncannot\n", "bad: exit status 3\nbad: exit status 3"},
	} {
		t.Run(name, func(t *testing.T) {
			r, output := newRunner(t, cases)
			err := r.run(tt.stages)
			if output.String() != tt.want {
				t.Errorf("printed %q, want %q", output, tt.want)
			}
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("%v, want %q", err, tt.err)
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	output := &strings.Builder{}
	r := runner{output: output, clock: 90 * time.Second, took: []took{
		{"lint", 30 * time.Second, 50 * time.Second}, {"unit", 59600 * time.Millisecond, 100 * time.Second},
	}}
	r.report()
	for _, line := range []string{`30 +50  lint`, `60 +100  unit`, `90 +150  all`} {
		if !regexp.MustCompile(`(?m)^ +` + line + `$`).MatchString(output.String()) {
			t.Errorf("no line like %q in\n%s", line, output)
		}
	}
}

// The processor time is that of everything that a target started.
func TestProcessorTime(t *testing.T) {
	t.Parallel()
	r, _ := newRunner(t, `busy) sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done' ;;`)
	if err := r.run([]string{"busy"}); err != nil {
		t.Fatal(err)
	}
	if len(r.took) != 1 || r.took[0].processor <= 0 || r.took[0].clock <= 0 || r.clock < r.took[0].clock {
		t.Errorf("it took %+v in %s", r.took, r.clock)
	}
}

func TestAMissingMake(t *testing.T) {
	t.Parallel()
	r := &runner{command: filepath.Join(t.TempDir(), "make"), output: &strings.Builder{}}
	if err := r.run([]string{"one"}); err == nil || !strings.Contains(err.Error(), "one: ") {
		t.Errorf("got %v", err)
	}
}
