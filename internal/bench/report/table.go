package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// result is the figures of a benchmark by their units.
type result map[string]float64

// readResults reads the output of go test by the names of the benchmarks, without the
// number of processors.
func readResults(output string) map[string]result {
	results := map[string]result{}
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			name = name[:i]
		}
		figures := result{}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				figures[fields[i+1]] = value
			}
		}
		results[name] = figures
	}
	return results
}

func writeHead(out io.Writer, facts []string) {
	fmt.Fprintf(out, `# Performance

What dxauth costs beside the simplest program that does the same. This page is written by "make bench", from one run on one machine:

`)
	for _, fact := range facts {
		fmt.Fprintf(out, "- %s\n", fact)
	}
	fmt.Fprintf(out, `
Both programs run in turns, so that what else the machine does slows both; each figure is a median. An aim in bold is missed.
`)
}

func writeTable(out io.Writer, s section, results map[string]result) {
	fmt.Fprintf(out, "| what | measured | aim |\n|---|---|---|\n")
	for _, row := range s.rows {
		fmt.Fprintf(out, "| %s | %s | %s |\n", row.what, row.measured(results), row.aimed(results))
	}
	for _, command := range s.commands {
		fmt.Fprintf(out, "\n    %s", command)
	}
	fmt.Fprintln(out)
}

// value returns the figure of a row, the worst of those whose names begin with its name if
// it ends with a slash.
func (r row) value(results map[string]result) (worst float64, name string, found bool) {
	for benchmark, figures := range results {
		isMeant := benchmark == r.benchmark || strings.HasSuffix(r.benchmark, "/") && strings.HasPrefix(benchmark, r.benchmark)
		value, has := figures[r.unit]
		if !isMeant || !has {
			continue
		}
		if isWorse := value > worst != r.isMinimum; !found || isWorse {
			worst, name, found = value, strings.TrimPrefix(benchmark, r.benchmark), true
		}
	}
	return worst, name, found
}

func (r row) measured(results map[string]result) string {
	value, name, found := r.value(results)
	switch {
	case !found:
		return "not measured here"
	case name != "":
		return fmt.Sprintf("%s %s (%s)", figure(value), r.unit, name)
	default:
		return figure(value) + " " + r.unit
	}
}

func (r row) aimed(results map[string]result) string {
	if r.aim == 0 {
		return ""
	}
	sign := "≤"
	if r.isMinimum {
		sign = "≥"
	}
	text := fmt.Sprintf("%s %g", sign, r.aim)
	value, _, found := r.value(results)
	if isMissed := value > r.aim != r.isMinimum && value != r.aim; found && isMissed {
		return "**" + text + "**"
	}
	return text
}

// figure has three digits.
func figure(value float64) string {
	if value >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
