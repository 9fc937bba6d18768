// Report runs the benchmarks that have an aim and writes docs/performance.md: what each of
// them measured, beside its aim, with the machine, the versions and the commands.
//
//	go run ./internal/bench/report          the part of "make bench"
//	go run ./internal/bench/report growth   that of "make bench-growth"
//	go run ./internal/bench/report peers    that of "make bench-peers"
//
// It promises that every figure of a part comes from one run of it. Where a benchmark failed
// or a row has no figure, it names them, and the page stays as it was. The figures are ratios
// to a program that does the same in the simplest way, in turns with ours, so that they hold
// on other machines.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// pagePath is the file that is written.
const pagePath = "docs/performance.md"

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(args []string, progress io.Writer) error {
	chosen, err := partOf(args)
	if err != nil {
		return err
	}
	facts, err := chosen.facts()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	writeFacts(&text, chosen, facts)
	var failures []error
	results := map[string]result{}
	for _, section := range chosen.sections {
		measured, err := section.measure(progress)
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
	return os.WriteFile(file, []byte(replacePart(string(before), chosen, text.String())), 0o644)
}

// partOf returns the part that the arguments of the program name.
func partOf(args []string) (part, error) {
	name := strings.Join(args, " ")
	var names []string
	for _, p := range parts() {
		if p.name == name {
			return p, nil
		}
		names = append(names, p.name)
	}
	return part{}, fmt.Errorf("there is no part %q: choose one of %q", name, names)
}

// measure runs the commands of a section.
func (s section) measure(progress io.Writer) (map[string]result, error) {
	var output bytes.Buffer
	var failures []error
	for _, command := range s.commands {
		fmt.Fprintf(progress, "%s\n", command)
		if err := command.run(&output, progress); err != nil {
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
