// Command stages runs targets of a Makefile and prints at the end how long each took, by the
// clock and of the processor.
//
// It promises that targets run in the order in which they are given, and none after one that
// failed; that lists of targets joined by "+" run at the same time, for tests that wait beside
// tests that work, each of them to its end; that the first list prints at once and the
// others when it has ended, so that no lines are mixed; and that a failure is named last.
//
// usage: stages MAKE STAGE..., where a stage is TARGET[,TARGET...][+TARGET[,TARGET...]...]
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
		fmt.Fprintln(os.Stderr, "usage: stages MAKE STAGE...")
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

// runner runs targets with a command. Its methods that note what took how long may be
// called at the same time.
type runner struct {
	command string
	output  io.Writer

	mutex sync.Mutex
	took  []took
	clock time.Duration
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
		if err := r.stage(strings.Split(stage, "+")); err != nil {
			return err
		}
	}
	return nil
}

// stage runs lists of targets at the same time.
func (r *runner) stage(lists []string) error {
	outputs, errs := make([]bytes.Buffer, len(lists)), make([]error, len(lists))
	var others sync.WaitGroup
	for i, list := range lists[1:] {
		others.Go(func() { errs[i+1] = r.targets(list, &outputs[i+1]) })
	}
	errs[0] = r.targets(lists[0], r.output)
	others.Wait()
	for i := range outputs {
		if _, err := outputs[i].WriteTo(r.output); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// targets runs the targets of a list one after the other.
func (r *runner) targets(list string, output io.Writer) error {
	for target := range strings.SplitSeq(list, ",") {
		command := exec.Command(r.command, "--no-print-directory", target)
		command.Stdout, command.Stderr = output, output
		start := time.Now()
		err := command.Run()
		r.note(target, time.Since(start), command.ProcessState)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
	}
	return nil
}

// note notes what a target took: an ended process, or nil if none was started.
func (r *runner) note(target string, clock time.Duration, ended *os.ProcessState) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var processor time.Duration
	if ended != nil {
		processor = ended.UserTime() + ended.SystemTime()
	}
	r.took = append(r.took, took{target, clock, processor})
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
