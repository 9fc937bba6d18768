package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

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
		Long: `Print a script with which the shell completes commands and flags on TAB. Load it
at the start of each shell:

  bash        source <(` + env.Program + ` completion bash)    in ~/.bashrc; it needs the
              package bash-completion
  zsh         source <(` + env.Program + ` completion zsh)     in ~/.zshrc, after compinit
  fish        ` + env.Program + ` completion fish | source     in ~/.config/fish/config.fish
  powershell  ` + env.Program + ` completion powershell | Out-String | Invoke-Expression
              in $PROFILE`,
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
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(out, true)
	case "zsh":
		return root.GenZshCompletion(out)
	case "fish":
		return root.GenFishCompletion(out, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(out)
	}
	hint := suggest.Hint(shell, shells(), func(known string) string { return root.Name() + " completion " + known })
	if hint == "" {
		hint = "there are completion scripts for " + strings.Join(shells(), ", ")
	}
	return refusal.Usagef("unknown shell %q", shell).WithHint(hint)
}
