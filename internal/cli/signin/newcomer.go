package signin

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// newcomerTime limits the wait for the answer whether a user has projects.
const newcomerTime = 2 * time.Second

// adviseNewcomer says whom to ask if nothing is shared with the user yet: the first login
// in a browser may have made the account. Other accounts were made by somebody who knew
// what for.
func adviseNewcomer(ctx context.Context, console *kit.Console, in kit.SignedIn) {
	if console.JSON || !in.Account.InBrowser || in.Account.Project != nil || !in.Type().HasProjects() {
		return
	}
	bounded, cancel := context.WithTimeout(ctx, newcomerTime)
	defer cancel()
	found, _, err := in.ListProjects(bounded, platform.ProjectQuery{MinLevel: string(dnanexus.LevelView), PageSize: 1}, nil)
	if err != nil || len(found) > 0 {
		return // what the command was asked for is known anyway
	}
	console.Paragraph("No project is shared with you yet. Ask the administrator of a project to share it with %s, or the administrator of an org to add you.",
		in.Account.UserID)
}
