// Command stages runs targets of a Makefile and prints at the end how long each took, by the
// clock and of the processor.
//
// It promises that stages run in the order in which they are given, and none after one that
// failed; that the targets of one stage, parted by +, run at the same time, and what each of
// them prints stays together; and that a failure is named last.
//
// usage: stages MAKE TARGET[+TARGET...]...
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: stages MAKE TARGET[+TARGET...]...")
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

// run runs stages until one fails.
func (r *runner) run(stages []string) error {
	defer func(start time.Time) { r.clock = time.Since(start) }(time.Now())
	for _, stage := range stages {
		if err := r.together(strings.Split(stage, "+")); err != nil {
			return err
		}
	}
	return nil
}

// together runs targets at the same time. The first prints as it goes, the others when all
// have ended.
func (r *runner) together(targets []string) error {
	outputs := make([]bytes.Buffer, len(targets))
	ended := make([]took, len(targets))
	errs := make([]error, len(targets))
	var running sync.WaitGroup
	for i, target := range targets {
		output := io.Writer(&outputs[i])
		if i == 0 {
			output = r.output
		}
		running.Go(func() { ended[i], errs[i] = r.target(target, output) })
	}
	running.Wait()
	for i := range outputs {
		_, _ = outputs[i].WriteTo(r.output)
	}
	r.took = append(r.took, ended...)
	return errors.Join(errs...)
}

// target runs one target.
func (r *runner) target(name string, output io.Writer) (took, error) {
	command := exec.Command(r.command, "--no-print-directory", name)
	command.Stdout, command.Stderr = output, output
	start := time.Now()
	err := command.Run()
	t := took{target: name, clock: time.Since(start)}
	if ended := command.ProcessState; ended != nil { // otherwise it was not started
		t.processor = ended.UserTime() + ended.SystemTime()
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
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
