package projectpick

import (
	"cmp"
	"context"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// SelectedInDX returns the project and the folder that dx had selected, as far as they
// exist and the credential reaches them. It warns of what does not.
func SelectedInDX(ctx context.Context, console *kit.Console, p *platform.Platform, id, folder string) *session.Project {
	project, err := p.Project(ctx, id)
	if err != nil {
		console.Warn("%s, which is selected in dx, is not selected here: %s", id, err)
		return nil
	}
	selected := session.Project{ID: project.ID, Name: project.Name, Folder: cmp.Or(folder, "/")}
	if _, err := p.Folders(ctx, selected.ID, selected.Folder); err != nil {
		console.Warn("the folder %s of %s, which is selected in dx, is not selected here: %s", selected.Folder, selected.Name, err)
		selected.Folder = "/"
	}
	return &selected
}
