package main

import (
	"fmt"
	"io"
	"strings"
)

// part is what one run writes of the page.
type part struct {
	name     string // as an argument of the program; empty: that of "make bench"
	title    string // of what is above its sections
	about    string
	versions []modules // beside what every part names
	sections []section
}

// target returns how make calls it.
func (p part) target() string {
	return strings.TrimSuffix("make bench-"+p.name, "-")
}

// mark is the line where the part begins, which a reader does not see.
func (p part) mark() string { return "<!-- " + p.target() + " -->" }

const intro = `# Performance

What dxauth costs beside the simplest program that does the same, how that grows, and beside other servers. Each part of this page is
written by one run on one machine. Programs that are compared run in turns, so that what else the machine does slows all; each
figure is a median. An aim in bold is missed.
`

// replacePart returns a page with a new text of one part; the others stay as they are.
func replacePart(page string, replaced part, text string) string {
	var out strings.Builder
	out.WriteString(intro)
	for _, p := range parts() {
		kept := textOf(page, p)
		if p.name == replaced.name {
			kept = strings.TrimSpace(text)
		}
		if kept != "" {
			fmt.Fprintf(&out, "\n%s\n\n%s\n", p.mark(), kept)
		}
	}
	return out.String()
}

// textOf returns what a page has of a part, empty if there is nothing.
func textOf(page string, p part) string {
	_, text, _ := strings.Cut(page, p.mark()+"\n")
	text, _, _ = strings.Cut(text, "<!-- make ")
	return strings.TrimSpace(text)
}

// writeFacts writes what is above the sections of a part.
func writeFacts(out io.Writer, p part, facts []string) {
	fmt.Fprintf(out, "## %s\n\n%s Written by `%s`, from one run:\n\n", p.title, p.about, p.target())
	for _, fact := range facts {
		fmt.Fprintf(out, "- %s\n", fact)
	}
}

func writeSection(out io.Writer, s section, results map[string]result) {
	fmt.Fprintf(out, "\n### %s\n\n%s\n\n", s.title, s.about)
	writeTable(out, s, results)
	for _, command := range s.commands {
		fmt.Fprintf(out, "\n    %s", command)
	}
	fmt.Fprintln(out)
}
