//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli"
	"github.com/dxauth/dxauth/internal/servecmd"
)

// platformRow is a line of the table of commands and platforms: what was run, and
// for each platform the script that runs it.
type platformRow struct {
	command string // "token new", "exec --scope"
	scripts []string
}

var (
	tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)`[^|]*((?:\\|[^|]*`[a-z0-9-]+` )+)\\|$")
	inCode   = regexp.MustCompile("`([a-z0-9-]+)` \\|")
)

func platformTable(t *testing.T) []platformRow {
	t.Helper()
	page, err := os.ReadFile("../../docs/platforms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "| Command |")
	if !found {
		t.Fatal("the page has no table of commands")
	}
	var rows []platformRow
	for _, match := range tableRow.FindAllStringSubmatch(table, -1) {
		row := platformRow{command: match[1]}
		for _, script := range inCode.FindAllStringSubmatch(match[2]+"|", -1) {
			row.scripts = append(row.scripts, script[1])
		}
		rows = append(rows, row)
	}
	return rows
}

// Each cell of the table names a script, which runs the command.
func TestThePlatformTableIsTested(t *testing.T) {
	for _, row := range platformTable(t) {
		if len(row.scripts) != 3 {
			t.Errorf("%s: %d cells name a script, want 3", row.command, len(row.scripts))
		}
		for i, name := range row.scripts {
			script, err := os.ReadFile(filepath.Join("testdata", "script", name+".txtar"))
			if err != nil {
				t.Errorf("%s: %v", row.command, err)
				continue
			}
			if !runsCommand(string(script), row.command) {
				t.Errorf("%s does not run %s", name, row.command)
			}
			if prefix := []string{"", "molgenis-", "emx2-"}[i]; !strings.HasPrefix(name, prefix) {
				t.Errorf("%s: the script %s is not of that platform", row.command, name)
			}
		}
	}
}

// runsCommand looks for the words of a command on one line, with flags between.
func runsCommand(script, command string) bool {
	words := strings.Fields(command)
	return slices.ContainsFunc(strings.Split(script, "\n"), func(line string) bool {
		at := 0
		for _, word := range append([]string{"dxauth"}, words...) {
			next := slices.Index(strings.Fields(line)[at:], word)
			if next < 0 {
				return false
			}
			at += next + 1
		}
		return true
	})
}

// Every command has a line, so that a new one can't be forgotten.
func TestThePlatformTableIsComplete(t *testing.T) {
	rows := platformTable(t)
	without := []string{"completion", "config", "help", "version", "serve", "sandbox code", "sandbox guard"}
	for _, command := range leaves(cli.Tree(servecmd.Commands()...)) {
		inTable := slices.ContainsFunc(rows, func(row platformRow) bool {
			return row.command == command || strings.HasPrefix(command, row.command+" ")
		})
		if !inTable && !slices.ContainsFunc(without, func(known string) bool { return command == known || strings.HasPrefix(command, known+" ") }) {
			t.Errorf("docs/platforms.md has no line for %s", command)
		}
	}
}

// leaves lists the commands that do something, by their words.
func leaves(command *cobra.Command) []string {
	var list []string
	for _, below := range command.Commands() {
		if below.IsAdditionalHelpTopicCommand() || below.Hidden {
			continue
		}
		if !below.HasAvailableSubCommands() {
			list = append(list, strings.Join(strings.Fields(below.CommandPath())[1:], " "))
		}
		list = append(list, leaves(below)...)
	}
	return list
}
