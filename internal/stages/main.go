// Command stages runs targets of a Makefile and prints at the end how long each took, by the
// clock and of the processor.
//
// It promises that targets run in the order in which they are given, and none after one that
// failed; and that a failure is named last.
//
// usage: stages MAKE TARGET...
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: stages MAKE TARGET...")
		os.Exit(2)
	}
	r := runner{command: os.Args[1], output: os.Stdout}
	err := r.run(os.Args[2:])
	r.report()
	if err != nil {
		fmt.Fprintln(os.Stderr, "stages:", err)
		os.Exit(1)
	}
}

// runner runs targets with a command.
type runner struct {
	command string
	output  io.Writer
	took    []took
	clock   time.Duration
}

// took is how long a target took, by the clock and of the processor.
type took struct {
	target           string
	clock, processor time.Duration
}

// run runs targets until one fails.
func (r *runner) run(targets []string) error {
	defer func(start time.Time) { r.clock = time.Since(start) }(time.Now())
	for _, target := range targets {
		command := exec.Command(r.command, "--no-print-directory", target)
		command.Stdout, command.Stderr = r.output, r.output
		start := time.Now()
		err := command.Run()
		t := took{target: target, clock: time.Since(start)}
		if ended := command.ProcessState; ended != nil { // otherwise it was not started
			t.processor = ended.UserTime() + ended.SystemTime()
		}
		r.took = append(r.took, t)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
	}
	return nil
}

// report prints how long everything took.
func (r *runner) report() {
	fmt.Fprint(r.output, "\n==> seconds, and those of the processor\n")
	all := took{target: "all", clock: r.clock}
	for _, t := range r.took {
		all.processor += t.processor
	}
	for _, t := range append(r.took, all) {
		fmt.Fprintf(r.output, "%6.0f %6.0f  %s\n", t.clock.Seconds(), t.processor.Seconds(), t.target)
	}
}
