package cli

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// The help topics are texts of their own, so that they read like documents.
var (
	//go:embed help/environment.txt
	helpEnvironment string
	//go:embed help/exit-codes.txt
	helpExitCodes string
	//go:embed help/stores.txt
	helpStores string
	//go:embed help/fixtures.txt
	helpFixtures string
)

// helpWidth is for how many columns help texts are written.
const helpWidth = 80

// narrowFlags has the flags of a usage template wrapped to the width of the text
// above them.
func narrowFlags(template string) string {
	return strings.ReplaceAll(template, ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth))
}

// helpTopics are commands without anything to run, which makes them topics.
func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "environment", Short: "Variables and the settings file", Long: helpEnvironment},
		{Use: "exit-codes", Short: "Exit codes and the names of failures", Long: helpExitCodes},
		{Use: "stores", Short: "Where the credential is stored", Long: helpStores},
		{Use: "fixtures", Short: "The format of the files that fill a reference server", Long: helpFixtures},
	}
}
