package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// manual returns a page of the manual in the language of man.
func manual(p page) string {
	var out strings.Builder
	fmt.Fprintf(&out, ".TH \"%s\" %s \"\" \"dxauth\" \"dxauth\"\n.nh\n.ad l\n", strings.ToUpper(roff(p.manName())), p.section())
	fmt.Fprintf(&out, ".SH NAME\n%s \\- %s\n", roff(p.manName()), roff(p.Short))
	if p.Runnable() {
		fmt.Fprintf(&out, ".SH SYNOPSIS\n\\fB%s\\fR\n", roff(p.UseLine()))
	}
	out.WriteString(".SH DESCRIPTION\n")
	for i, block := range p.description() {
		if i > 0 {
			out.WriteString(".PP\n")
		}
		if block.isLines {
			out.WriteString(asLines(block.text))
		} else {
			out.WriteString(roff(block.text))
		}
	}
	if !p.isTopic() {
		out.WriteString(".SH OPTIONS\n")
		p.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) { out.WriteString(manFlag(flag)) })
		out.WriteString(".PP\nEvery command also has the options of \\fBdxauth\\-options\\fR(7).\n")
	}
	if p.Example != "" {
		out.WriteString(".SH EXAMPLES\n" + asLines(p.Example+"\n"))
	}
	out.WriteString(".SH SEE ALSO\n")
	var others []string
	for _, other := range p.related() {
		others = append(others, fmt.Sprintf("\\fB%s\\fR(%s)", roff(other.manName()), other.section()))
	}
	return out.String() + strings.Join(others, ",\n") + "\n"
}

// manFlag describes a flag; a hidden one not at all.
func manFlag(flag *pflag.Flag) string {
	if flag.Hidden {
		return ""
	}
	name := `\fB` + roff("--"+flag.Name) + `\fR`
	if flag.Shorthand != "" {
		name = `\fB` + roff("-"+flag.Shorthand) + `\fR, ` + name
	}
	placeholder, usage := pflag.UnquoteUsage(flag)
	if placeholder != "" {
		name += ` \fI` + roff(placeholder) + `\fR`
	}
	if !strings.Contains("false 0 0s []", flag.DefValue) {
		usage += " (default " + flag.DefValue + ")"
	}
	return fmt.Sprintf(".TP\n%s\n%s\n", name, roff(usage))
}

// asLines writes lines as they are.
func asLines(text string) string { return ".EX\n" + roff(text) + ".EE\n" }

// roff writes plain text so that man takes nothing in it as a command or a
// typographic character: what is copied from a page must work.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`).Replace(text)
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ".") {
			out.WriteString(`\&`)
		}
		out.WriteString(line)
	}
	return out.String()
}
