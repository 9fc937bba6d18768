package doctor

import (
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/terminal"
)

// report is what doctor prints with --json.
type report struct {
	Status   health    `json:"status"` // the worst of the findings
	Problems int       `json:"problems"`
	Warnings int       `json:"warnings"`
	Findings []finding `json:"findings"`
}

func reportOf(findings []finding) report {
	r := report{Status: healthy, Findings: findings}
	r.Problems, r.Warnings = count(findings)
	switch {
	case r.Problems > 0:
		r.Status = problem
	case r.Warnings > 0:
		r.Status = warning
	}
	return r
}

func count(findings []finding) (problems, warnings int) {
	for _, f := range findings {
		switch f.Status {
		case problem:
			problems++
		case warning:
			warnings++
		}
	}
	return problems, warnings
}

func (o doctorOptions) show(r report) error {
	if o.settings.JSON {
		return o.PrintJSON(r)
	}
	var text strings.Builder
	text.WriteString(o.paint(r.Status, r.summary()) + "\n")
	for _, status := range []health{problem, warning, healthy} {
		if status == healthy && !o.verbose {
			continue
		}
		for _, f := range r.Findings {
			if f.Status == status {
				text.WriteString(o.textOf(f))
			}
		}
	}
	if passed := len(r.Findings) - r.Problems - r.Warnings; !o.verbose {
		text.WriteString(format.Hanging("", counted(passed, "check", "checks")+" passed; --verbose shows them", o.Columns()))
	}
	return o.Print(text.String())
}

// summary says in one line whether all is well.
func (r report) summary() string {
	problems, warnings := counted(r.Problems, "problem", "problems"), counted(r.Warnings, "warning", "warnings")
	switch {
	case r.Problems > 0 && r.Warnings > 0:
		return problems + " and " + warnings + ":"
	case r.Problems > 0:
		return problems + ":"
	case r.Warnings > 0:
		return "No problem, but " + warnings + ":"
	default:
		return "No problem was found."
	}
}

func counted(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// textOf returns the lines of a finding: what it is, and what helps.
func (o doctorOptions) textOf(f finding) string {
	status := fmt.Sprintf("%-8s", f.Status)
	line := format.Hanging(fmt.Sprintf("%s %-12s ", status, f.Check), terminal.Clean(f.Detail), o.Columns())
	text := o.paint(f.Status, status) + strings.TrimPrefix(line, status)
	if f.Hint != "" {
		text += format.Hanging(o.beforeFix(), terminal.Clean(f.Hint), o.Columns())
	}
	return text
}

// beforeFix puts what helps below the detail, or near the margin of a narrow terminal.
func (o doctorOptions) beforeFix() string {
	const narrow = 60
	if columns := o.Columns(); columns > 0 && columns < narrow {
		return "  -> "
	}
	return fmt.Sprintf("%-21s -> ", "")
}

func (o doctorOptions) paint(status health, text string) string {
	switch status {
	case problem:
		return o.Paint(terminal.Red, text)
	case warning:
		return o.Paint(terminal.Magenta, text)
	default:
		return o.Paint(terminal.Green, text)
	}
}
