package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The page of what many users need is arithmetic from figures that it shows. A run writes
// them anew, and all that follows from them.
const (
	scalingName = "scaling" // as an argument of the program
	scalingPath = "docs/scaling.md"
)

// measuredFigures are the names on the page of what BenchmarkCost reports, by unit.
func measuredFigures() map[string]string {
	return map[string]string{
		"whoami-server-µs": "whoami, server", "whoami-database-µs": "whoami, database",
		"change-server-µs": "change, server", "change-database-µs": "change, database",
		"sign-in-server-µs": "sign-in, server", "sign-in-database-µs": "sign-in, database",
		"audit-bytes": "audit row", "tokens-bytes": "token row",
	}
}

// refreshScaling measures, and writes the page.
func refreshScaling(ctx context.Context, temporary string, progress io.Writer) error {
	cost := command{folder: programs, match: "^BenchmarkCost$", benchtime: "1x"}
	machine := processor() // before it is busy with the benchmark
	fmt.Fprintf(progress, "%s\n", cost)
	var output bytes.Buffer
	if err := cost.run(ctx, temporary, &output, progress); err != nil {
		return fmt.Errorf("%s is as it was: %s: %w", scalingPath, cost, err)
	}
	file := filepath.FromSlash(scalingPath)
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	page, err := withMeasured(string(before), readResults(output.String())["Cost"])
	if err != nil {
		return fmt.Errorf("%s is as it was: %w", scalingPath, err)
	}
	page = regexp.MustCompile(`(?m)^Measured on .*$`).ReplaceAllLiteralString(page,
		"Measured on "+time.Now().UTC().Format("2006-01-02")+" with "+machine+"; "+postgresVersion()+".")
	return os.WriteFile(file, []byte(recomputed(page)), 0o644)
}

// withMeasured returns the page with the figures of a run.
func withMeasured(page string, measured result) (string, error) {
	var missing []error
	for unit, name := range measuredFigures() {
		value, found := measured[unit]
		if !found {
			missing = append(missing, fmt.Errorf("BenchmarkCost reported no %s", unit))
		}
		page = withRow(page, name, []string{rounded(value, 3)})
	}
	return page, errors.Join(missing...)
}

// recomputed returns the page with what follows from the figures on it.
func recomputed(page string) string {
	f := figuresOf(page)
	for name, value := range map[string]func(users float64) float64{
		"requests a second":                f.requests,
		"last uses written a second":       f.uses,
		"changes a second":                 f.changes,
		"sign-ins a second":                f.signIns,
		"transactions that write a second": func(n float64) float64 { return f.uses(n) + f.changes(n) + 2*f.signIns(n) },
		"processors of servers":            func(n float64) float64 { return f.spent(n, "server") },
		"of these for password hashes":     func(n float64) float64 { return f.signIns(n) * f["sign-in, server"] / 1e6 },
		"processors of PostgreSQL":         func(n float64) float64 { return f.spent(n, "database") },
		"of these for last uses":           func(n float64) float64 { return f.uses(n) * f["change, database"] / 1e6 },
		"audit rows a year, GB": func(n float64) float64 {
			return n * (f["changes of a user a day"] + f["sign-ins of a user a day"]) * 365 * f["audit row"] / 1e9
		},
	} {
		var cells []string
		for _, users := range []float64{1e4, 1e5, 1e6, 1e7} {
			cells = append(cells, rounded(value(users), 2))
		}
		page = withRow(page, name, cells)
	}
	return regexp.MustCompile(`A sign-in takes \S+ ms`).ReplaceAllLiteralString(page, "A sign-in takes "+rounded(f["sign-in, server"]/1000, 2)+" ms")
}

// withRow returns the page with other cells in the row of a table.
func withRow(page, name string, cells []string) string {
	row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(name) + ` \|.*$`)
	return row.ReplaceAllLiteralString(page, "| "+name+" | "+strings.Join(cells, " | ")+" |")
}

// figures are the numbers of the page by name.
type figures map[string]float64

// figuresOf reads the rows of two columns whose second begins with a number.
func figuresOf(page string) figures {
	found := figures{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([0-9.]+)[^|]* \|$`).FindAllStringSubmatch(page, -1) {
		if value, err := strconv.ParseFloat(row[2], 64); err == nil {
			found[row[1]] = value
		}
	}
	return found
}

// active returns how many users have a session in use in the busiest hour.
func (f figures) active(users float64) float64 {
	return users * f["users at work in the busiest hour"] / 100
}

func (f figures) requests(users float64) float64 {
	return f.active(users) / f["seconds between requests of a user at work"]
}

func (f figures) uses(users float64) float64 {
	return f.active(users) / f["seconds between last uses written"]
}

func (f figures) signIns(users float64) float64 {
	return users * f["sign-ins of a user a day"] / f["hours in which a day's work comes"] / 3600
}

func (f figures) changes(users float64) float64 {
	return users * f["changes of a user a day"] / f["hours in which a day's work comes"] / 3600
}

// spent returns how many processors of one side are busy.
func (f figures) spent(users float64, side string) float64 {
	return (f.requests(users)*f["whoami, "+side] + (f.uses(users)+f.changes(users))*f["change, "+side] + f.signIns(users)*f["sign-in, "+side]) / 1e6
}

// rounded returns a number with some significant digits.
func rounded(value float64, digits int) string {
	short, err := strconv.ParseFloat(strconv.FormatFloat(value, 'e', digits-1, 64), 64)
	if err != nil {
		return err.Error()
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}
