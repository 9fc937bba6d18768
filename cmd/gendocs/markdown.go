package main

import (
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/cli"
)

// optionsPage is the page of the flags that every command has.
const optionsPage = "dxauth help options"

// markdown returns a page of the reference.
func markdown(p page) string {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n\n", p.title())
	if p.Long != "" {
		fmt.Fprintf(&out, "%s\n\n", p.Short)
	}
	if p.Runnable() {
		out.WriteString(fenced(p.UseLine() + "\n"))
	}
	for _, block := range p.description() {
		if block.isLines {
			out.WriteString(fenced(withoutIndent(block.text)))
		} else {
			fmt.Fprintf(&out, "%s\n", markdownText(block.text))
		}
	}
	if p.Example != "" {
		out.WriteString("### Examples\n\n" + fenced(withoutIndent(p.Example+"\n")))
	}
	if !p.isTopic() {
		out.WriteString("### Flags\n\n" + fenced(cli.FlagUsages(p.LocalNonPersistentFlags(), 0)))
		fmt.Fprintf(&out, "Every command also has the flags of [%s](%s).\n\n",
			optionsPage, strings.ReplaceAll(optionsPage, " ", "_")+".md")
	}
	if _, ok := results()[p.path()]; ok {
		fmt.Fprintf(&out, "### JSON\n\n[%s](../schema/%[1]s) describes what it prints with --json.\n\n", schemaName(p.path()))
	}
	out.WriteString("### See also\n\n")
	for _, other := range p.related() {
		fmt.Fprintf(&out, "* [%s](%s): %s\n", other.title(), other.markdownName(), other.Short)
	}
	return out.String()
}

func fenced(lines string) string { return "```\n" + lines + "```\n\n" }

// markdownText writes plain text so that Markdown takes nothing in it as markup.
func markdownText(text string) string {
	return strings.NewReplacer("*", `\*`, "<", `\<`, "`", "\\`").Replace(text)
}
