// Package projectpick finds projects by ID, by name and from a menu, and notes
// which one an account works in.
//
// It promises that a name which several projects have is never guessed at: a
// person is asked, and where nobody can be asked the projects are listed. A
// menu fetches a page when the person turns to it, and not before. The login,
// the command select and the commands that make tokens use it.
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

// namesakes is how many projects of one name are looked at.
const namesakes = 100

// FindOne finds the project of an ID or a name. Nobody is asked which of several
// is meant.
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

// find finds the projects of an ID or a name, at least one.
func find(ctx context.Context, in kit.SignedIn, program, name string) (page []platform.Project, next json.RawMessage, err error) {
	if dnanexus.IsProjectID(name) {
		project, err := in.Project(ctx, name)
		if errors.Is(err, platform.ErrNotFound) {
			err = refusal.New(refusal.NotFound, "there is no project %s", name)
		}
		return []platform.Project{project}, nil, err
	}
	page, next, err = in.ListProjects(ctx, namedQuery(name), nil)
	if err == nil && len(page) == 0 {
		err = refusal.New(refusal.NotFound, "there is no project named %q", name).
			WithHint("see what there is with " + program + " select --level VIEW, or look for names with --name GLOB")
	}
	return page, next, err
}

func namedQuery(name string) platform.ProjectQuery {
	return platform.ProjectQuery{Name: name, MinLevel: string(dnanexus.LevelView), PageSize: namesakes}
}

func ambiguous(name string, found []platform.Project) error {
	var ids []string
	for _, candidate := range found {
		ids = append(ids, candidate.ID)
	}
	return refusal.New(refusal.Usage, "%d projects are named %q", len(found), name).WithHint("name one by its ID: " + strings.Join(ids, ", "))
}

// splitPath cuts PROJECT:/FOLDER at the first colon without a backslash.
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
