package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/terminal"
)

// helpWidth is the width of help texts, in columns; on a narrower terminal they are wrapped.
const helpWidth = 80

// writeUsage writes what the help of a command says below its description.
func writeUsage(cmd *cobra.Command) error {
	_, err := io.WriteString(cmd.OutOrStderr(), usage(cmd, helpWidth))
	return err
}

// helpTo returns what writes the help of a command to standard output, in the width of its
// terminal. An error is that of the output.
func helpTo(env kit.Env) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, _ []string) {
		width := terminal.New(terminal.Config{Stdout: env.Stdout}).Columns()
		if width == 0 {
			width = helpWidth
		}
		_, _ = io.WriteString(cmd.OutOrStdout(), help(cmd, max(width, leastHelpWidth)))
	}
}

// help returns the page of a command or topic for a width.
func help(cmd *cobra.Command, width int) string {
	page := strings.TrimRight(cmp.Or(cmd.Long, cmd.Short), " \n") + "\n"
	if cmd.Runnable() || cmd.HasSubCommands() {
		page += "\n" + usage(cmd, width)
	}
	return fit(page, width)
}

// usage returns the part of the help below the description. The flags that every command
// has are in a topic of their own: repeated on each page they would hide those of the
// command.
func usage(cmd *cobra.Command, width int) string {
	var page sections
	page.add("Usage:", usageLines(cmd, width))
	if len(cmd.Aliases) > 0 {
		page.add("Aliases:", "  "+cmd.NameAndAliases())
	}
	page.add("Examples:", cmd.Example)
	for _, group := range append(cmd.Groups(), &cobra.Group{Title: "Commands:"}) {
		page.add(group.Title, list(cmd, "", func(below *cobra.Command) bool {
			return below.GroupID == group.ID && (below.IsAvailableCommand() || below.Name() == "help")
		}))
	}
	page.add("Flags:", FlagUsages(cmd.LocalNonPersistentFlags(), helpWidth))
	program := cmd.Root().Name()
	page.add("Topics:", list(cmd, program+" help ", (*cobra.Command).IsAdditionalHelpTopicCommand))
	if cmd.HasAvailableSubCommands() {
		page.addLine(fmt.Sprintf("Use %q for more about a command.", cmd.CommandPath()+" COMMAND --help"))
	}
	page.addLine(fmt.Sprintf("Use %q for the flags that every command has.", program+" help "+topicOptions))
	return page.String()
}

func usageLines(cmd *cobra.Command, width int) string {
	var lines []string
	if cmd.Runnable() {
		lines = append(lines, usageLine(cmd.UseLine(), width))
	}
	if cmd.HasAvailableSubCommands() {
		lines = append(lines, usageLine(cmd.CommandPath()+" COMMAND", width))
	}
	return strings.Join(lines, "\n")
}

// usageLine wraps how a command is called.
func usageLine(call string, width int) string {
	const first, others = "  ", "      "
	return first + strings.TrimPrefix(strings.Join(hanging(others, call, width), "\n"), others)
}

// list lists the commands below a command that are wanted.
func list(cmd *cobra.Command, prefix string, wanted func(*cobra.Command) bool) string {
	var lines strings.Builder
	for _, below := range cmd.Commands() {
		if wanted(below) {
			fmt.Fprintf(&lines, "  %s%-*s  %s\n", prefix, below.NamePadding(), below.Name(), below.Short)
		}
	}
	return lines.String()
}

// sections is a page of sections that have a blank line between them.
type sections struct{ strings.Builder }

// add adds a section unless it is empty.
func (s *sections) add(title, body string) {
	if body = strings.TrimRight(body, "\n"); body != "" {
		fmt.Fprintf(s, "%s\n%s\n\n", title, body)
	}
}

func (s *sections) addLine(line string) { fmt.Fprintln(s, line) }

// FlagUsages describes flags, wrapped to a width; 0 is none.
func FlagUsages(flags *pflag.FlagSet, width int) string {
	shown := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.VisitAll(func(flag *pflag.Flag) {
		described := *flag
		if flag.Value.Type() == "bool" {
			described.Value = withoutValue{flag.Value}
		}
		shown.AddFlag(&described)
	})
	return shown.FlagUsagesWrapped(width)
}

// withoutValue is a boolean that pflag describes without its "[=true|false]".
type withoutValue struct{ pflag.Value }

func (withoutValue) Type() string { return "boolfunc" }
