package cli

import (
	"cmp"
	_ "embed"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/refusal"
)

// The help topics are separate text files, so that they read like documents.
var (
	//go:embed help/environment.txt
	helpEnvironment string
	//go:embed help/exit-codes.txt
	helpExitCodes string
	//go:embed help/options.txt
	helpOptions string
	//go:embed help/stores.txt
	helpStores string
	//go:embed help/fixtures.txt
	helpFixtures string
	//go:embed help/dx-flags.txt
	helpDXFlags string
)

// flagEnvHelp asks every command for the flags of dx, which its own help leaves out.
const flagEnvHelp = "env-help"

// asksEnvHelp reports whether a command was given that flag.
func asksEnvHelp(cmd *cobra.Command) bool {
	asked, err := cmd.Flags().GetBool(flagEnvHelp)
	return err == nil && asked
}

func showEnvHelp(cmd *cobra.Command) error {
	_, err := io.WriteString(cmd.OutOrStdout(), helpDXFlags)
	return err
}

// topicOptions is the topic that describes the flags of every command.
const topicOptions = "options"

// helpTopics returns the help topics: commands that can't be run. The flags are those
// of every command.
func helpTopics(flags *pflag.FlagSet) []*cobra.Command {
	return []*cobra.Command{
		{Use: "environment", Short: "Variables and the settings file", Long: helpEnvironment},
		{Use: "exit-codes", Short: "Exit codes and the names of failures", Long: helpExitCodes},
		{Use: topicOptions, Short: "Flags that every command has", Long: helpOptions + "\n" + FlagUsages(flags, helpWidth)},
		{Use: "stores", Short: "Where the credential is stored", Long: helpStores},
		{Use: "fixtures", Short: "The format of the files that fill a reference server", Long: helpFixtures},
	}
}

// helpCommand returns the command help, which cobra's would run without an error for a
// topic that does not exist.
func helpCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND|TOPIC...]",
		Short: "Show the help of a command or a topic",
		Long:  "Show the help of a command, as --help does, or a text about a topic.",
		Example: `  ` + env.Program + ` help token new
  ` + env.Program + ` help exit-codes`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeTopics,
		RunE: func(cmd *cobra.Command, args []string) error {
			page, unknown, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(unknown) > 0 {
				return unknownTopic(page, unknown[0])
			}
			page.InitDefaultHelpFlag()
			return page.Help()
		},
	}
}

// completeTopics offers the commands and topics below those that were typed.
func completeTopics(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
	var offered []string
	page, unknown, err := cmd.Root().Find(given)
	if err != nil || len(unknown) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, below := range page.Commands() {
		if !below.Hidden && below.Name() != cobra.ShellCompRequestCmd && strings.HasPrefix(below.Name(), typed) {
			offered = append(offered, cobra.CompletionWithDesc(below.Name(), below.Short))
		}
	}
	return offered, cobra.ShellCompDirectiveNoFileComp
}

func unknownTopic(page *cobra.Command, name string) error {
	command := page.CommandPath()
	program := page.Root().Name()
	hint := suggest.Hint(name, subcommands(page), func(known string) string {
		return program + " help" + strings.TrimPrefix(command, program) + " " + known
	})
	return refusal.Usagef("unknown help topic %q", name).WithHint(cmp.Or(hint, seeHelp(page)))
}
