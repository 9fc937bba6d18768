package project

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
)

// projectsOptions are what projects uses.
type projectsOptions struct {
	*kit.Console
	accounts *kit.Accounts
	query    platform.ProjectQuery
}

// Projects returns the command projects.
func Projects(env kit.Env) *cobra.Command {
	var which queryFlags
	cmd := &cobra.Command{
		Use:   "projects",
		Short: "List the projects that you can select",
		Long: `List the projects that the menu of "` + env.Program + ` select" shows: those to which you can
contribute, or with --level VIEW all to which you were given access, or with
--public the public ones. The selected project is marked.

With --json, one object is printed:

  complete     false: only the first projects of a list that was too long
  projects     a list of objects:
    id, name
    level      your access: VIEW, UPLOAD, CONTRIBUTE or ADMINISTER
    phi        whether it contains protected health information
    selected   whether it is the one that select selected`,
		Example: `  ` + env.Program + ` projects --level VIEW
  ` + env.Program + ` projects --name 'Cohort*' --json`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) (err error) {
			o := projectsOptions{Console: inv.Console()}
			if o.query, err = which.query(); err != nil {
				return err
			}
			client := inv.Client(o.Console)
			o.accounts = client.Accounts
			return client.Do(ctx, o.run)
		}),
	}
	which.bind(cmd.Flags())
	return cmd
}

// projectsJSON is what projects prints with --json.
type projectsJSON struct {
	Complete bool          `json:"complete"`
	Projects []projectJSON `json:"projects"`
}

type projectJSON struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Level    string `json:"level"`
	PHI      bool   `json:"phi"`
	Selected bool   `json:"selected"`
}

func (o projectsOptions) run(ctx context.Context, in kit.SignedIn) error {
	list, err := projectpick.List(ctx, in, o.query)
	projectpick.RememberProjects(o.accounts, in, list)
	isCut := errors.Is(err, pages.ErrCut)
	if err = o.ShowCut(err); err != nil {
		return err
	}
	selected := ""
	if project := o.accounts.Project(in.Account); project != nil {
		selected = project.ID
	}
	if o.JSON {
		return o.PrintJSON(projectsOf(list, selected, !isCut))
	}
	menu := projectpick.NewMenu(o.query, o.Program)
	if len(list) == 0 {
		o.Message("%s", menu.OnEmpty)
		return nil
	}
	if err := o.Print(o.table(list, selected)); err != nil || menu.Note == "" {
		return err
	}
	o.Message("%s", menu.Note)
	return nil
}

func (o projectsOptions) table(list []platform.Project, selected string) string {
	shown := format.NewTable("ID", "LEVEL", "NAME")
	for _, project := range list {
		name := project.Name
		if project.ID == selected {
			name += " (selected)"
		}
		shown.Row(project.ID, project.Level, name)
	}
	return shown.Fit(o.Columns())
}

func projectsOf(list []platform.Project, selected string, complete bool) projectsJSON {
	shown := projectsJSON{Complete: complete, Projects: []projectJSON{}}
	for _, project := range list {
		shown.Projects = append(shown.Projects, projectJSON{
			ID: project.ID, Name: project.Name, Level: project.Level, PHI: project.PHI, Selected: project.ID == selected,
		})
	}
	return shown
}
