package signin

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// pwdOptions are what pwd uses.
type pwdOptions struct {
	*kit.Console
	accounts *kit.Accounts
}

// Pwd returns the command pwd.
func Pwd(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "pwd",
		Short: "Print the selected project and folder",
		Long:  `Print the selected project and folder as NAME:/FOLDER, which select accepts.`,
		Args:  cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			console := inv.Console()
			client := inv.Client(console)
			return client.Do(ctx, pwdOptions{Console: console, accounts: client.Accounts}.run)
		}),
	}
}

func (o pwdOptions) run(ctx context.Context, in kit.SignedIn) error {
	if err := in.RequireProjects(); err != nil {
		return err
	}
	selected := o.accounts.Project(in.Account)
	if selected == nil {
		return refusal.New(refusal.NotFound, "no project is selected").WithHint("select one with " + o.Program + " select")
	}
	project, err := in.Project(ctx, selected.ID)
	switch {
	case errors.Is(err, platform.ErrNotFound):
		return refusal.New(refusal.NotFound, "the selected project %s no longer exists", selected.ID).
			WithHint("select another with " + o.Program + " select")
	case err != nil:
		return err
	}
	current := session.Project{ID: project.ID, Name: project.Name, Folder: selected.Folder}
	if o.JSON {
		return o.PrintJSON(current)
	}
	return o.Printf("%s\n", projectpick.PathText(current))
}
