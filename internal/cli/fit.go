package cli

import (
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/terminal"
)

// leastHelpWidth is the width to which help is wrapped on a terminal that has less.
const leastHelpWidth = 30

// fit wraps a page of help, which is written for helpWidth columns, to fewer: text between
// words, and what is described below a column there. A command stays one line, so that it
// can be copied.
func fit(page string, width int) string {
	if width >= helpWidth {
		return page
	}
	var fitted strings.Builder
	for lines := strings.SplitAfter(page, "\n"); len(lines) > 0; {
		count := 1
		if indent(lines[0]) > 0 {
			described := parseRow(lines[0])
			for described.continuedBy(lines[count:]) {
				described.cells[1] += " " + strings.TrimSpace(lines[count])
				count++
			}
			fitted.WriteString(described.fit(strings.Join(lines[:count], ""), width))
		} else {
			for continues(lines[count-1:]) {
				count++
			}
			fitted.WriteString(fitText(strings.Join(lines[:count], ""), width))
		}
		lines = lines[count:]
	}
	return fitted.String()
}

// continues reports whether the second of the lines belongs to the sentence of the first.
func continues(lines []string) bool {
	if len(lines) < 2 || strings.TrimSpace(lines[1]) == "" || indent(lines[1]) > 0 {
		return false
	}
	line := strings.TrimSpace(lines[0])
	return line != "" && !strings.HasSuffix(line, ".") && !strings.HasSuffix(line, ":")
}

func fitText(text string, width int) string {
	if strings.TrimSpace(text) == "" {
		return text
	}
	return terminal.WrapLine(text, width) + lineEnd(text)
}

// lineEnd returns the line end of a text, or "" for a last line without one.
func lineEnd(text string) string {
	if strings.HasSuffix(text, "\n") {
		return "\n"
	}
	return ""
}

// row is a line of a table: what is described, and one or more descriptions.
type row struct {
	indent, column int // where the first and the second cell begin
	cells          []string
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// parseRow splits a line where it has two spaces or more.
func parseRow(line string) row {
	r := row{indent: indent(line)}
	rest := strings.TrimSpace(line)
	for {
		cell, behind, found := strings.Cut(rest, "  ")
		r.cells = append(r.cells, cell)
		if !found {
			return r
		}
		rest = strings.TrimLeft(behind, " ")
		if len(r.cells) == 1 {
			r.column = r.indent + utf8.RuneCountInString(strings.TrimSpace(line)) - utf8.RuneCountInString(rest)
		}
	}
}

// continuedBy reports whether the first of the lines belongs to the only description of
// the row.
func (r row) continuedBy(lines []string) bool {
	return len(r.cells) == 2 && len(lines) > 0 && indent(lines[0]) == r.column && len(parseRow(lines[0]).cells) == 1 &&
		strings.TrimSpace(lines[0]) != ""
}

// fit returns the lines of the row for a width. Without a description they stay.
func (r row) fit(lines string, width int) string {
	if len(r.cells) < 2 || widest(lines) <= width {
		return lines
	}
	const leastDescription = 20
	margin := strings.Repeat(" ", r.column)
	first := strings.Repeat(" ", r.indent) + r.cells[0]
	isBelow := width-r.column < leastDescription || utf8.RuneCountInString(first) >= r.column
	if isBelow {
		margin = strings.Repeat(" ", r.indent+4)
	}
	var described []string
	for _, cell := range r.cells[1:] {
		if comment, isComment := strings.CutPrefix(cell, "# "); isComment {
			described = append(described, hanging(margin+"# ", comment, width)...)
			continue
		}
		described = append(described, hanging(margin, cell, width)...)
	}
	if isBelow {
		return first + "\n" + strings.Join(described, "\n") + lineEnd(lines)
	}
	return first + strings.Join(described, "\n")[utf8.RuneCountInString(first):] + lineEnd(lines)
}

// hanging wraps a text behind a margin.
func hanging(margin, text string, width int) []string {
	lines := strings.Split(terminal.WrapLine(text, width-utf8.RuneCountInString(margin)), "\n")
	for i := range lines {
		lines[i] = margin + lines[i]
	}
	return lines
}

// widest returns the number of characters of the longest line.
func widest(lines string) int {
	most := 0
	for line := range strings.Lines(lines) {
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}
