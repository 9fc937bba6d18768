// Package complete completes command lines for bash, zsh, fish and PowerShell.
//
// It promises that TAB neither reaches a server nor opens a credential store: what is
// offered comes from the command tree, and from names that earlier commands noted. It
// also promises that no name, which may come from a stranger's project, is ever read
// as shell syntax: the program itself splits the command line and quotes what is put
// into it, and the scripts evaluate neither. Names that a terminal can't show as they
// are, are not offered. File names are offered only where a file is meant.
//
// The scripts call the program with [Command] and the shell's name, and write the line
// up to the cursor to its standard input: it may hold a token, and arguments can be seen
// by other users. The first line of the reply says what else the shell is to do; the
// others are what it offers.
package complete

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// Command is the first argument with which a script asks for what to offer. The others
// are the name of the shell, and from bash the characters that divide words.
const Command = "__complete-line"

// IsRequest reports whether the arguments are those of a script.
func IsRequest(args []string) bool { return len(args) >= 2 && args[0] == Command }

// maxLine bounds the line that is read, in bytes.
const maxLine = 1 << 20

// ReadLine reads the command line of a request. Of a line that can't be read nothing is
// completed.
func ReadLine(stdin io.Reader) string {
	content, _ := io.ReadAll(io.LimitReader(stdin, maxLine))
	return strings.TrimRight(string(content), "\r\n") // fish and PowerShell end it
}

// powerShell is the name of the shell with rules and a form of its own.
const powerShell = "powershell"

// The first line of a reply.
const (
	asItIs  = "words"   // offer the words below
	noSpace = "nospace" // the same, without a blank after the word
	files   = "files"   // offer file names
)

// Reply returns the lines with which a request for a command line is answered. build
// returns a command tree that has at least the command which the words call.
func Reply(ctx context.Context, request []string, line string, build func(words []string) *cobra.Command) string {
	shell, breaks := request[1], ""
	if len(request) > 2 && shell == "bash" {
		breaks = request[2]
	}
	typed := parse(line, breaks)
	if shell == powerShell {
		typed = parsePowerShell(line)
	}
	for len(typed.words) > 0 && isAssignment(typed.words[0]) {
		typed.words = typed.words[1:]
	}
	if len(typed.words) == 0 {
		return asItIs + "\n" // the program's own name
	}
	words := typed.words[1:]
	offered, mode := ask(ctx, build(words), words, typed.current)
	offered = slices.DeleteFunc(offered, func(o offer) bool { return !strings.HasPrefix(o.value, typed.current) })
	if len(offered) == 1 && strings.ContainsRune(":=/", rune(offered[0].value[len(offered[0].value)-1])) {
		mode = noSpace
	}
	reply := []string{mode}
	for _, o := range offered {
		reply = append(reply, o.in(shell, typed))
	}
	return strings.Join(reply, "\n") + "\n"
}

// offer is one word that can be put in place of what is typed.
type offer struct{ value, description string }

// in returns the offer as a script takes it. Bash and PowerShell put it on the line as it
// is; the other shells quote it. PowerShell lists another text than it puts there.
func (o offer) in(shell string, typed line) string {
	switch {
	case shell == "bash":
		return quote(strings.TrimPrefix(o.value, typed.kept), typed.open)
	case shell == powerShell:
		return quotePowerShell(o.value) + "\t" + o.value + "\t" + cmp.Or(o.description, o.value)
	case o.description == "":
		return o.value
	default:
		return o.value + "\t" + o.description
	}
}

// ask lets cobra find what can follow the words. Its reply ends with a number that says
// how to offer it.
func ask(ctx context.Context, root *cobra.Command, words []string, current string) (offered []offer, mode string) {
	var reply bytes.Buffer
	root.SetArgs(slices.Concat([]string{cobra.ShellCompRequestCmd}, words, []string{current}))
	root.SetOut(&reply)
	root.SetErr(io.Discard)
	if err := root.ExecuteContext(ctx); err != nil {
		return nil, asItIs
	}
	lines := strings.Split(strings.TrimSuffix(reply.String(), "\n"), "\n")
	last := len(lines) - 1
	number, _ := strconv.Atoi(strings.TrimPrefix(lines[last], ":")) // 0 without one
	directive := cobra.ShellCompDirective(number)
	if directive&cobra.ShellCompDirectiveFilterFileExt != 0 {
		return nil, files
	}
	for _, text := range lines[:last] {
		value, description, _ := strings.Cut(text, "\t")
		description = strings.ReplaceAll(description, "`", "") // around the placeholder in the usage of a flag
		offered = append(offered, offer{flagOf(current) + value, description})
	}
	if directive&cobra.ShellCompDirectiveNoSpace != 0 {
		return offered, noSpace
	}
	return offered, asItIs
}

// flagOf returns the beginning of a word that is a flag and its value, as in
// --level=VIEW. cobra offers the value alone.
func flagOf(current string) string {
	if name, _, found := strings.Cut(current, "="); found && strings.HasPrefix(current, "-") {
		return name + "="
	}
	return ""
}
