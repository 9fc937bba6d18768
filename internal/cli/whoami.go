package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/terminal"
)

func (a *app) whoamiCommand() *cobra.Command {
	var id bool
	cmd := &cobra.Command{
		Use:   "whoami",
		Short: "Print who is logged in",
		Long:  `Print the name of the user who is logged in, as the server knows it.`,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if id {
				return a.whoami(cmd.Context(), func(answer whoamiJSON) string { return answer.UserID })
			}
			return a.whoami(cmd.Context(), func(answer whoamiJSON) string { return answer.User })
		},
	}
	cmd.Flags().BoolVar(&id, "id", false, "print the user's ID")
	return cmd
}

// whoamiJSON is what whoami prints with --json.
type whoamiJSON struct {
	User   string `json:"user"`
	UserID string `json:"userId"`
	Server string `json:"server"`
}

// whoami asks the server, because the credential may be another's than noted.
func (a *app) whoami(ctx context.Context, plain func(whoamiJSON) string) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		user, err := in.Whoami(ctx)
		if err != nil {
			return err
		}
		answer := whoamiJSON{User: user.Name, UserID: user.ID, Server: in.account.Server}
		if a.settings.JSON {
			return a.printJSON(answer)
		}
		return a.term.Printf("%s\n", terminal.Clean(plain(answer)))
	})
}
