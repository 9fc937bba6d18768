package run

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/dxenv"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// selectionTime bounds how long the server is asked for a project that dx selected.
const selectionTime = 10 * time.Second

// keepSelection selects the project and folder that the command's dx left in its folder,
// unless it was given them. A command with a scope does not select for the user: it may
// not be trusted with other projects. It is not a use of the session, and no reason to fail.
func (o execOptions) keepSelection(ctx context.Context, in kit.SignedIn, given *session.Project, dir string) {
	if !in.Type().ForDX() || len(o.scope) > 0 {
		return
	}
	id, folder := dxenv.Selection(dir)
	if given != nil {
		id = cmp.Or(id, given.ID)
	}
	isGiven := given != nil && id == given.ID && cmp.Or(folder, given.Folder) == given.Folder
	if isGiven || !dnanexus.IsProjectID(id) {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, selectionTime)
	defer cancel()
	selected := projectpick.SelectedInDX(bounded, o.Console, in.Platform, id, folder)
	if selected == nil {
		return
	}
	if err := o.client.Accounts.Select(ctx, in, *selected); err != nil && !errors.Is(err, session.ErrNotSignedIn) {
		o.Warn("%s, which dx selected, is not selected here: %s", selected.Name, err)
	}
}
