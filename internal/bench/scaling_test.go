package bench

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The table of docs/scaling.md follows from its figures and assumptions.
func TestScalingFollowsFromItsFigures(t *testing.T) {
	content, err := os.ReadFile("../../docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	f := figuresOf(t, page)
	rows := map[string]func(users float64) float64{
		"requests a second":                func(n float64) float64 { return f.requests(n) },
		"last uses written a second":       func(n float64) float64 { return f.uses(n) },
		"changes a second":                 func(n float64) float64 { return f.changes(n) },
		"sign-ins a second":                func(n float64) float64 { return f.signIns(n) },
		"processors of servers":            func(n float64) float64 { return f.spent(n, "server") },
		"of these for password hashes":     func(n float64) float64 { return f.signIns(n) * f["sign-in, server"] / 1e6 },
		"processors of PostgreSQL":         func(n float64) float64 { return f.spent(n, "database") },
		"of these for last uses":           func(n float64) float64 { return f.uses(n) * f["change, database"] / 1e6 },
		"transactions that write a second": func(n float64) float64 { return f.uses(n) + f.changes(n) + 2*f.signIns(n) },
		"audit rows a year, GB": func(n float64) float64 {
			return n * (f["changes of a user a day"] + f["sign-ins of a user a day"]) * 365 * f["audit row"] / 1e9
		},
	}
	for name, value := range rows {
		want := "| " + name + " |"
		for _, users := range []float64{1e4, 1e5, 1e6, 1e7} {
			want += " " + rounded(value(users)) + " |"
		}
		if !strings.Contains(page, want+"\n") {
			t.Errorf("the page lacks the row\n%s", want)
		}
	}
}

// figures are the numbers of the page by name.
type figures map[string]float64

// figuresOf reads the rows of two columns whose second begins with a number.
func figuresOf(t *testing.T, page string) figures {
	t.Helper()
	found := figures{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([0-9.]+)[^|]* \|$`).FindAllStringSubmatch(page, -1) {
		value, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		found[row[1]] = value
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

// rounded returns two significant digits.
func rounded(value float64) string {
	two, err := strconv.ParseFloat(fmt.Sprintf("%.1e", value), 64)
	if err != nil {
		return err.Error()
	}
	return strconv.FormatFloat(two, 'f', -1, 64)
}
