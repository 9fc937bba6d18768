package kit

import "github.com/spf13/cobra"

// InsteadOfArgumentsKey is the annotation of a command with the hint for an argument that
// it does not take.
const InsteadOfArgumentsKey = "dxauth_instead"

// InsteadOfArguments says what to give a command in place of an argument that users of
// other programs expect it to take.
func InsteadOfArguments(cmd *cobra.Command, hint string) {
	cmd.Annotations = map[string]string{InsteadOfArgumentsKey: hint}
}
