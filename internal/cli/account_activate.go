package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
)

func (a *app) accountActivateCommand() *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "activate",
		Short: "Set the first password of a new account",
		Long: `Set the first password of an account that somebody else made, with the code that
they handed on. The code works once; nobody has to be logged in.

Scripts give the code and the new password as two lines of standard input.`,
		Example: `  ` + a.Program + ` account activate --server https://platform.example.org
  printf '%s\n' "$CODE" "$PASSWORD" | ` + a.Program + ` account activate --code-stdin`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.activate(cmd.Context(), fromStdin) },
	}
	cmd.Flags().BoolVar(&fromStdin, "code-stdin", false, codeFromStdin)
	return cmd
}

func (a *app) activate(ctx context.Context, fromStdin bool) error {
	t, server, err := a.codeServer()
	if err != nil {
		return err
	}
	c, err := a.newCodeSignIn(fromStdin)
	if err != nil {
		return err
	}
	hint := "whoever made the account makes another code with " + a.Program + " admin user code"
	user, err := c.signIn(ctx, hint, func() (platform.User, error) { return server.Activate(ctx, c.code, c.wanted.text) })
	if err != nil {
		return err
	}
	return a.canLogIn(t, user, "has a password now")
}
