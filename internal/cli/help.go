package cli

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The help topics are separate text files, so that they read like documents.
var (
	//go:embed help/environment.txt
	helpEnvironment string
	//go:embed help/exit-codes.txt
	helpExitCodes string
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

// helpWidth is the width of help texts, in columns.
const helpWidth = 80

func showEnvHelp(cmd *cobra.Command) error {
	_, err := io.WriteString(cmd.OutOrStdout(), helpDXFlags)
	return err
}

// narrowFlags wraps the flags in a usage template to the width of the help text.
func narrowFlags(template string) string {
	return strings.ReplaceAll(template, ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth))
}

// helpTopics returns the help topics: commands that can't be run.
func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "environment", Short: "Variables and the settings file", Long: helpEnvironment},
		{Use: "exit-codes", Short: "Exit codes and the names of failures", Long: helpExitCodes},
		{Use: "stores", Short: "Where the credential is stored", Long: helpStores},
		{Use: "fixtures", Short: "The format of the files that fill a reference server", Long: helpFixtures},
	}
}
