package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// page is the page of a command or a help topic.
type page struct{ *cobra.Command }

// pagesOf returns the pages of a command and of all below it.
func pagesOf(command *cobra.Command) []page {
	command.InitDefaultHelpFlag()
	pages := []page{{command}}
	for _, below := range (page{command}).below() {
		pages = append(pages, pagesOf(below.Command)...)
	}
	return pages
}

// below returns the pages of the commands and topics directly below a command.
func (p page) below() []page {
	var pages []page
	for _, command := range p.Commands() {
		if command.IsAvailableCommand() || command.IsAdditionalHelpTopicCommand() {
			pages = append(pages, page{command})
		}
	}
	return pages
}

func (p page) isTopic() bool { return p.IsAdditionalHelpTopicCommand() }

// title returns what shows the page at a terminal, without --help.
func (p page) title() string {
	if p.isTopic() {
		return p.Root().Name() + " help " + p.Name()
	}
	return p.CommandPath()
}

// path returns the words of a command below the root.
func (p page) path() string { return strings.TrimPrefix(p.CommandPath(), p.Root().Name()+" ") }

func (p page) markdownName() string { return strings.ReplaceAll(p.title(), " ", "_") + ".md" }
func (p page) manName() string      { return strings.ReplaceAll(p.CommandPath(), " ", "-") }

// section returns the section of the manual.
func (p page) section() string {
	if p.isTopic() {
		return "7"
	}
	return "1"
}

// related returns the pages to see also.
func (p page) related() []page {
	var pages []page
	if p.HasParent() {
		pages = append(pages, page{p.Parent()})
	}
	return append(pages, p.below()...)
}

// block is a part of a text: a paragraph, or lines that must stay lines.
type block struct {
	text    string
	isLines bool
}

// blocks splits a text at blank lines, and where indented lines begin and end.
func blocks(text string) []block {
	var list []block
	blank := true
	for line := range strings.Lines(strings.Trim(text, "\n") + "\n") {
		isBlank, isIndented := strings.TrimSpace(line) == "", strings.HasPrefix(line, " ")
		last := len(list) - 1
		switch {
		case isBlank:
		case last >= 0 && isIndented && list[last].isLines && blank:
			list[last].text += "\n" + line
		case last >= 0 && isIndented == list[last].isLines && !blank:
			list[last].text += line
		default:
			list = append(list, block{text: line, isLines: isIndented})
		}
		blank = isBlank
	}
	return list
}

// description returns the text of a page.
func (p page) description() []block {
	if p.Long == "" {
		return blocks(p.Short + ".")
	}
	return blocks(p.Long)
}

// withoutIndent removes the indent that all lines have.
func withoutIndent(text string) string {
	var indents []int
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			indents = append(indents, len(line)-len(strings.TrimLeft(line, " ")))
		}
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(line[min(slices.Min(indents), len(line)-1):])
	}
	return out.String()
}
