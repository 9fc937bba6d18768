package project

import (
	"context"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/refusal"
)

// cdOptions are what cd uses.
type cdOptions struct {
	projectpick.Picker
	folder string
}

// CD returns the command cd.
func CD(env kit.Env) *cobra.Command {
	var o cdOptions
	cmd := &cobra.Command{
		Use:   "cd [FOLDER]",
		Short: "Select a folder of the selected project",
		Long: `Select a folder of the selected project, as dx cd does: "raw" and ".." begin at
the selected folder, "/raw" at the root, and nothing stands for the root.
PROJECT:/FOLDER selects another project, as select does.`,
		Example: `  ` + env.Program + ` cd raw
  ` + env.Program + ` cd ..`,
		Args: cobra.MaximumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.folder = "/"
			if len(args) == 1 {
				o.folder = args[0]
			}
			console := inv.Console()
			client := inv.Client(console)
			o.Picker = projectpick.Picker{Console: console, Accounts: client.Accounts, Selected: console.AnswerJSON}
			return client.Do(ctx, o.run)
		}),
	}
	return kit.CompleteArgs(cmd, kit.CompleteProjects)
}

func (o cdOptions) run(ctx context.Context, in kit.SignedIn) error {
	if project, _, found := strings.Cut(o.folder, ":"); found && project != "" {
		return o.Named(ctx, in, o.folder)
	}
	if err := in.RequireProjects(); err != nil {
		return err
	}
	selected := o.Accounts.Project(in.Account)
	if selected == nil {
		return refusal.New(refusal.NotFound, "no project is selected").WithHint("select one with " + o.Program + " select")
	}
	return o.Named(ctx, in, selected.ID+":"+below(selected.Folder, o.folder))
}

// below returns the folder that a text names, seen from another folder. As with dx, a
// colon stands for the project and so begins at its root.
func below(from, text string) string {
	if inProject, found := strings.CutPrefix(text, ":"); found || strings.HasPrefix(text, "/") {
		return path.Join("/", inProject)
	}
	return path.Join("/", from, text)
}
