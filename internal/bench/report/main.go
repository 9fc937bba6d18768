// Report runs the benchmarks that have an aim and writes docs/performance.md: what each of
// them measured, beside its aim, with the machine, the versions and the commands.
//
//	go run ./internal/bench/report          the part of "make bench"
//	go run ./internal/bench/report growth   that of "make bench-growth"
//	go run ./internal/bench/report peers    that of "make bench-peers"
//	go run ./internal/bench/report scaling  what costs follow from many users, in docs/scaling.md
//
// It promises that every figure of a part comes from one run of it. Where a benchmark failed
// or a row has no figure, or the run is interrupted, it says so, and the page stays as it was;
// of a run that was interrupted no process and no temporary file is left. The figures are ratios
// to a program that does the same in the simplest way, in turns with ours, so that they hold
// on other machines.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// pagePath is the file that is written.
const pagePath = "docs/performance.md"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, progress io.Writer) error {
	temporary, err := os.MkdirTemp("", "dxauth-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if strings.Join(args, " ") == scalingName {
		return refreshScaling(ctx, temporary, progress)
	}
	chosen, err := partOf(args)
	if err != nil {
		return err
	}
	return chosen.refresh(ctx, temporary, progress)
}

// refresh runs the benchmarks of a part, and writes the page.
func (p part) refresh(ctx context.Context, temporary string, progress io.Writer) error {
	facts, err := p.facts()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	writeFacts(&text, p, facts)
	var failures []error
	results := map[string]result{}
	for _, section := range p.sections {
		if ctx.Err() != nil {
			return fmt.Errorf("interrupted: %s is as it was", pagePath)
		}
		measured, err := section.measure(ctx, temporary, progress)
		maps.Copy(results, measured)
		failures = append(failures, err)
		failures = append(failures, section.missing(results)...)
		writeSection(&text, section, results)
	}
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("%s is as it was:\n%w", pagePath, err)
	}
	file := filepath.FromSlash(pagePath)
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(replacePart(string(before), p, text.String())), 0o644)
}

// partOf returns the part that the arguments of the program name.
func partOf(args []string) (part, error) {
	name := strings.Join(args, " ")
	names := []string{scalingName}
	for _, p := range parts() {
		if p.name == name {
			return p, nil
		}
		names = append(names, p.name)
	}
	return part{}, fmt.Errorf("there is no part %q: choose one of %q", name, names)
}

// measure runs the commands of a section, until ctx ends.
func (s section) measure(ctx context.Context, temporary string, progress io.Writer) (map[string]result, error) {
	var output bytes.Buffer
	var failures []error
	for _, command := range s.commands {
		fmt.Fprintf(progress, "%s\n", command)
		if err := command.run(ctx, temporary, &output, progress); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w%s", command, err, failed(output.String())))
		}
	}
	return readResults(output.String()), errors.Join(failures...)
}

// missing returns an error for each figure of a table that nothing measured.
func (s section) missing(results map[string]result) (list []error) {
	for _, row := range s.rows {
		for _, column := range s.columnsOrOne() {
			if _, _, found := row.in(column).value(results); !found && !row.isOptional {
				list = append(list, fmt.Errorf("%s, %s: no benchmark %s reported %s", s.title, row.what, row.in(column).benchmark, row.unit))
			}
		}
	}
	return list
}

// failed returns the names of the benchmarks that the output of go test says failed.
func failed(output string) (names string) {
	for line := range strings.Lines(output) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); is {
			names += "\n    " + name
		}
	}
	return names
}
