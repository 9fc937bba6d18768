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

// columnsOrOne returns the columns of a table with figures.
func (s section) columnsOrOne() []column {
	if len(s.columns) == 0 {
		return []column{{title: "measured"}}
	}
	return s.columns
}

// hasAims returns whether a row has one.
func (s section) hasAims() bool {
	for _, row := range s.rows {
		if row.aim != 0 {
			return true
		}
	}
	return false
}

func writeTable(out io.Writer, s section, results map[string]result) {
	head, line := "| what |", "|---|"
	for _, column := range s.columnsOrOne() {
		head += " " + column.title + " |"
		line += "---|"
	}
	if s.hasAims() {
		head += " aim |"
		line += "---|"
	}
	fmt.Fprintf(out, "%s\n%s\n", head, line)
	for _, row := range s.rows {
		if _, _, found := row.value(results); !found && row.isOptional {
			continue
		}
		text := "| " + row.what + " |"
		isMissed := false
		for _, column := range s.columnsOrOne() {
			cell := row.in(column)
			text += " " + cell.measured(results) + " |"
			isMissed = isMissed || cell.isMissed(results)
		}
		if s.hasAims() {
			text += " " + row.aimed(isMissed) + " |"
		}
		fmt.Fprintln(out, text)
	}
}

// in returns the row as it is in one column.
func (r row) in(c column) row {
	r.benchmark += c.suffix
	if c.unit != "" {
		r.unit, r.aim = c.unit, 0
	}
	return r
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
		return "not measured"
	case name != "":
		return fmt.Sprintf("%s (%s)", r.words(value), strings.ReplaceAll(name, "-", " "))
	default:
		return r.words(value)
	}
}

// isMissed returns whether a figure is worse than its aim.
func (r row) isMissed(results map[string]result) bool {
	value, _, found := r.value(results)
	return r.aim != 0 && found && value != r.aim && value > r.aim != r.isMinimum
}

func (r row) aimed(isMissed bool) string {
	if r.aim == 0 {
		return ""
	}
	text := "≤ " + r.words(r.aim)
	if r.isMinimum {
		text = "≥ " + r.words(r.aim)
	}
	if isMissed {
		return "**" + text + "**"
	}
	return text
}

// words returns a figure with its unit, as a reader says it: a benchmark's unit says more,
// since it stands alone.
func (r row) words(value float64) string {
	switch {
	case strings.HasPrefix(r.unit, "of-"):
		return figure(100*value) + " %"
	case strings.HasPrefix(r.unit, "times"):
		return figure(value) + " times"
	default:
		unit, _, _ := strings.Cut(r.unit, "-")
		unit, _, _ = strings.Cut(unit, "/")
		return figure(value) + " " + unit
	}
}

// figure has three digits.
func figure(value float64) string {
	if value >= 100 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 3, 64)
}
