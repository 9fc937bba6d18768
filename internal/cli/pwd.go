package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
)

func (a *app) pwdCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "pwd",
		Short: "Print the selected project and folder",
		Long:  `Print the selected project and folder as NAME:/FOLDER.`,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.pwd(cmd.Context()) },
	}
}

func (a *app) pwd(ctx context.Context) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		if _, err := in.projects(); err != nil {
			return err
		}
		selected := a.project(in)
		if selected == nil {
			return refusal.New(refusal.NotFound, "no project is selected").
				WithHint("select one with " + a.Program + " select")
		}
		project, err := in.Project(ctx, selected.ID)
		if errors.Is(err, platform.ErrNotFound) {
			return refusal.New(refusal.NotFound, "the selected project %s does not exist any more", selected.ID).
				WithHint("select another with " + a.Program + " select")
		}
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(session.Project{ID: project.ID, Name: project.Name, Folder: selected.Folder})
		}
		return a.term.Printf("%s:%s\n", terminal.Clean(project.Name), terminal.Clean(selected.Folder))
	})
}
