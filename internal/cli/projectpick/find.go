// Package projectpick finds projects by ID, by name and from a menu, and stores
// which one is selected for an account.
//
// It promises never to guess if several projects have the same name: it asks the
// user, or lists the projects in an error if it can't ask. A menu fetches a page
// only when the user turns to it. The commands login and select and those that
// make tokens use it.
package projectpick

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// maxSameName is how many projects of the same name are fetched.
const maxSameName = 100

// FindOne returns the project with an ID or a name. It returns a usage error if
// several have that name.
func FindOne(ctx context.Context, in kit.SignedIn, program, name string) (platform.Project, error) {
	found, next, err := find(ctx, in, program, name)
	switch {
	case err != nil:
		return platform.Project{}, err
	case len(found) == 1 && next == nil:
		return found[0], nil
	}
	return platform.Project{}, ambiguous(name, found)
}

// find returns the projects with an ID or a name, at least one.
func find(ctx context.Context, in kit.SignedIn, program, name string) (page []platform.Project, next json.RawMessage, err error) {
	if dnanexus.IsProjectID(name) {
		project, err := in.Project(ctx, name)
		if errors.Is(err, platform.ErrNotFound) {
			err = refusal.New(refusal.NotFound, "project %s does not exist", name)
		}
		return []platform.Project{project}, nil, err
	}
	page, next, err = in.ListProjects(ctx, namedQuery(name), nil)
	if err == nil && len(page) == 0 {
		err = refusal.New(refusal.NotFound, "no project is named %q", name).
			WithHint("list your projects with " + program + " select --level VIEW, or search by name with --name GLOB")
	}
	return page, next, err
}

func namedQuery(name string) platform.ProjectQuery {
	return platform.ProjectQuery{Name: name, MinLevel: string(dnanexus.LevelView), PageSize: maxSameName}
}

func ambiguous(name string, found []platform.Project) error {
	var ids []string
	for _, candidate := range found {
		ids = append(ids, candidate.ID)
	}
	return refusal.New(refusal.Usage, "%d projects are named %q", len(found), name).WithHint("name one by its ID: " + strings.Join(ids, ", "))
}

// splitPath splits PROJECT:/FOLDER at the first colon that a backslash does not
// escape.
func splitPath(argument string) (project, folder string) {
	var name strings.Builder
	for i := 0; i < len(argument); i++ {
		switch {
		case argument[i] == '\\' && i+1 < len(argument) && (argument[i+1] == ':' || argument[i+1] == '\\'):
			i++
			name.WriteByte(argument[i])
		case argument[i] == ':':
			return name.String(), "/" + strings.Trim(argument[i+1:], "/")
		default:
			name.WriteByte(argument[i])
		}
	}
	return name.String(), "/"
}
