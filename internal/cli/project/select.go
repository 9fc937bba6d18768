// Package project has the commands select and cd, which select the project and the folder
// to work in, and projects, which lists those that there are.
//
// It promises that select works like that of dx: a project is named by ID or by exact
// name, with a folder after a colon, or picked from a menu that shows ten at a time,
// of the same projects that the list has. The selection is stored with the account,
// or for a credential from the environment with its server.
package project

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// selectOptions are the flags of select, and what it uses.
type selectOptions struct {
	projectpick.Picker
	project string
	which   queryFlags
	query   platform.ProjectQuery // what the menu lists; set by check
}

// Select returns the command select.
func Select(env kit.Env) *cobra.Command {
	var o selectOptions
	cmd := &cobra.Command{
		Use:   "select [PROJECT[:/FOLDER]]",
		Short: "Select the project to work in",
		Long: `Select the project to work in: by ID, by exact name, or from a menu. In a name,
\: stands for a colon, as in dx; it is needed only if the text could also mean
a folder of another project.`,
		Example: `  ` + env.Program + ` select
  ` + env.Program + ` select "Exome 2026:/results"
  ` + env.Program + ` select --name 'Cohort*' --level VIEW`,
		Args: cobra.MaximumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			if len(args) == 1 {
				o.project = args[0]
			}
			if err := o.check(); err != nil {
				return err
			}
			console := inv.Console()
			client := inv.Client(console)
			o.Picker = projectpick.Picker{Console: console, Accounts: client.Accounts, Selected: console.AnswerJSON}
			return client.Do(ctx, o.run)
		}),
	}
	o.which.bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteProjects)
}

// check checks the flags, and sets the query of the menu.
func (o *selectOptions) check() (err error) {
	if o.project != "" && o.which != (queryFlags{}) {
		return refusal.Usagef("a project and --name, --level or --public exclude each other")
	}
	o.query, err = o.which.query()
	return err
}

func (o selectOptions) run(ctx context.Context, in kit.SignedIn) error {
	if o.project != "" {
		return o.Named(ctx, in, o.project)
	}
	return o.FromMenu(ctx, in, projectpick.NewMenu(o.query, o.Program))
}
