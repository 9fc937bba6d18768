package complete

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// offeringPrograms returns the function that offers what can be the words of another
// command: the programs of PATH whose names begin with what is typed, else files.
func offeringPrograms(env kit.Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if cmd.HasSubCommands() && len(given) == 0 && typed == "" {
			return nil, cobra.ShellCompDirectiveNoFileComp // their names are offered
		}
		isProgram := len(given) == 0 && typed != "" && !strings.ContainsAny(typed, `/\`)
		if !isProgram {
			return nil, cobra.ShellCompDirectiveFilterFileExt
		}
		if found := programs(env.Getenv("PATH"), typed); len(found) > 0 {
			return found, cobra.ShellCompDirectiveNoFileComp
		}
		return nil, cobra.ShellCompDirectiveFilterFileExt
	}
}

// programs lists the programs in the folders of a search path whose names have a prefix,
// sorted and each once.
func programs(path, prefix string) []string {
	var found []string
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue // it would not be searched for a command either
		}
		entries, _ := os.ReadDir(folder) // one that is missing has none
		for _, entry := range entries {
			name := entry.Name()
			if !strings.HasPrefix(name, prefix) || !isShown(name) {
				continue
			}
			if _, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
				found = append(found, name)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
