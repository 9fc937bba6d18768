package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/complete"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/refusal"
)

// shells lists the shells for which there is a completion script.
func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// completionCommand returns the command completion.
func completionCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells(), "|"),
		Short: "Print the completion script of a shell",
		Long: `Print a script with which the shell completes commands, flags and their values
on TAB. Load it at the start of each shell:

  bash        source <(` + env.Program + ` completion bash)    in ~/.bashrc
  zsh         source <(` + env.Program + ` completion zsh)     in ~/.zshrc, after compinit
  fish        ` + env.Program + ` completion fish | source     in ~/.config/fish/config.fish
  powershell  ` + env.Program + ` completion powershell | Out-String | Invoke-Expression
              in $PROFILE

Projects, folders, tokens, sessions and orgs are offered as the last list, menu
or select had them. Those names are stored for each account in a file that only
you can read. They are erased at the logout, and when the next command or TAB
finds that the session has ended. TAB contacts no server and opens no credential
store.`,
		Example:   `  source <(` + env.Program + ` completion bash)`,
		ValidArgs: shells(),
		Args:      cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeCompletion(cmd.Root(), args[0], cmd.OutOrStdout())
		},
	}
}

// writeCompletion writes the completion script of a shell.
func writeCompletion(root *cobra.Command, shell string, out io.Writer) error {
	if script := complete.Script(shell, root.Name()); script != "" {
		_, err := io.WriteString(out, script)
		return err
	}
	hint := suggest.Hint(shell, shells(), func(known string) string { return root.Name() + " completion " + known })
	if hint == "" {
		hint = "there are completion scripts for " + strings.Join(shells(), ", ")
	}
	return refusal.Usagef("unknown shell %q", shell).WithHint(hint)
}
