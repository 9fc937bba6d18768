package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/refusal"
)

// checkArgs makes a command and its subcommands return a usage error for a wrong
// number of arguments, and for arguments and flags that [wrongText] refuses. With
// --env-help they need none.
func checkArgs(command *cobra.Command) {
	if check := command.Args; check != nil {
		command.Args = func(cmd *cobra.Command, args []string) error {
			if asksEnvHelp(cmd) {
				return nil
			}
			if check(cmd, args) != nil {
				return wrongArguments(cmd, args)
			}
			return wrongText(cmd, args)
		}
	}
	if run := command.RunE; run != nil {
		command.RunE = func(cmd *cobra.Command, args []string) error {
			if asksEnvHelp(cmd) {
				return showEnvHelp(cmd)
			}
			return run(cmd, args)
		}
	}
	for _, below := range command.Commands() {
		checkArgs(below)
	}
}

// wrongArguments returns the error for arguments that are too few or too many: it
// names the one that is missing or not expected.
func wrongArguments(cmd *cobra.Command, args []string) error {
	if cmd.HasSubCommands() {
		return unknownCommand(cmd, args[0])
	}
	names := requiredArguments(cmd.Use)
	if len(args) < len(names) {
		usage := "usage: " + cmd.UseLine() + "; " + seeHelp(cmd)
		return refusal.Usagef("missing argument %s", names[len(args)]).WithHint(cmp.Or(twoInOne(cmd, args), usage))
	}
	extra := args[min(len(args)-1, mostArguments(cmd.Use))]
	return refusal.Usagef("unexpected argument %q", extra).
		WithHint(cmp.Or(otherDash(extra), cmd.Annotations[kit.InsteadOfArgumentsKey], seeHelp(cmd)))
}

// twoInOne returns the hint for two arguments that were given as one, as in NAME=VALUE; ""
// for others.
func twoInOne(cmd *cobra.Command, args []string) string {
	given := strings.Join(args, " ")
	name, value, found := strings.Cut(given, "=")
	if !found || name == "" || value == "" || strings.ContainsAny(given, " \t\"'") || checkText("", "", given) != nil {
		return ""
	}
	return "did you mean " + cmd.CommandPath() + " " + name + " " + value + "?"
}

// otherDash returns the hint for a flag that begins with another dash than the hyphen, as
// word processors and chats make it; "" for any other text.
func otherDash(text string) string {
	const dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
	name := strings.TrimLeft(text, "-"+dashes)
	if name == text || name == "" || !strings.ContainsAny(text[:len(text)-len(name)], dashes) {
		return ""
	}
	return "did you mean --" + name + "? It begins with another dash"
}

func seeHelp(cmd *cobra.Command) string { return "see " + cmd.CommandPath() + " --help" }

// unknownCommand returns the error for a subcommand that does not exist.
func unknownCommand(cmd *cobra.Command, name string) *refusal.Error {
	similar := suggest.Hint(name, subcommands(cmd), func(known string) string { return cmd.CommandPath() + " " + known })
	hint := cmp.Or(otherDash(name), suggest.OneOf(furtherDown(cmd, name)), similar, seeHelp(cmd))
	return refusal.Usagef("unknown command %q for %q", name, cmd.CommandPath()).WithHint(hint)
}

// furtherDown returns the commands below the subcommands of a command that have a name, in the
// singular or the plural, as "account sessions" for "session".
func furtherDown(cmd *cobra.Command, name string) []string {
	singular := strings.TrimSuffix(name, "s")
	var found []string
	var look func(*cobra.Command)
	look = func(below *cobra.Command) {
		for _, command := range below.Commands() {
			if command.Hidden {
				continue
			}
			if below != cmd && strings.EqualFold(strings.TrimSuffix(command.Name(), "s"), singular) {
				found = append(found, command.CommandPath())
			}
			look(command)
		}
	}
	look(cmd)
	return found
}

// subcommands lists the names under which the commands below a command can be called.
func subcommands(cmd *cobra.Command) []string {
	var names []string
	for _, below := range cmd.Commands() {
		if !below.Hidden {
			names = append(append(names, below.Name()), below.Aliases...)
		}
	}
	return names
}

// requiredArguments returns the arguments of a usage line that can't be left out, as in
// "api RESOURCE METHOD [JSON|-]".
func requiredArguments(use string) []string {
	return slices.DeleteFunc(arguments(use), func(name string) bool { return strings.HasPrefix(name, "[") })
}

// mostArguments returns how many arguments a usage line allows before the first that
// is one too many.
func mostArguments(use string) int { return len(arguments(use)) }

// arguments splits a usage line behind the name of the command.
func arguments(use string) []string {
	fields := strings.Fields(use)[1:]
	return slices.DeleteFunc(fields, func(field string) bool { return field == "[--]" || field == "[flags]" })
}

// wrongFlag turns an error in flags into a usage error. A flag of a command that does
// not exist is unknown, too, but the command is the mistake.
func wrongFlag(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); !cmd.HasParent() && len(words) > 0 {
		return noCommand(cmd, words)
	}
	hint := ""
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		hint = flagHint(cmd, unknown)
	}
	return refusal.Usagef("%s", err).WithHint(cmp.Or(hint, seeHelp(cmd)))
}

// flagHint suggests flags in place of one that does not exist. A name behind a single dash
// is read as the letters of flags, up to the first that is unknown.
func flagHint(cmd *cobra.Command, unknown *pflag.NotExistError) string {
	letters := unknown.GetSpecifiedShortnames()
	if letters == "" {
		return suggest.Hint(unknown.GetSpecifiedName(), flagNames(cmd), func(name string) string { return "--" + name })
	}
	for _, name := range flagNames(cmd) {
		known := cmd.Flags().Lookup(name)
		if len(letters) > 1 && (name == letters || name == known.Shorthand+letters) {
			return "did you mean --" + name + "?"
		}
	}
	return ""
}

// flagNames lists the flags of a command that its help shows.
func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			names = append(names, flag.Name)
		}
	})
	return names
}
