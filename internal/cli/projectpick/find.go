// Package projectpick finds projects by ID, by name and from a menu, and stores
// which one is selected for an account.
//
// It promises that a project is named in the same way everywhere: by ID, or by its
// exact name as it is or with \: for a colon, as in dx. It never guesses if a text
// fits several projects: it asks the user, or lists the projects in an error if it
// can't ask. A menu fetches a page only when the user turns to it or filters. The
// commands login, select and projects and those that make tokens use it.
package projectpick

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// maxSameName is how many projects of the same name are fetched.
const maxSameName = 100

// CheckWhole returns a usage error if a text can't name a project without a folder.
func CheckWhole(text string) error {
	list := readings(text)
	switch {
	case len(list) == 0:
		return refusal.Usagef("%q names no project", text)
	case len(wholeProjects(list)) == 0:
		return refusal.Usagef("%q names a folder", text).WithHint("give the project without the folder")
	default:
		return nil
	}
}

// FindOne returns the project with an ID or a name. It returns a usage error if the
// text fits several projects, or can't name one.
func FindOne(ctx context.Context, in kit.SignedIn, program, text string) (platform.Project, error) {
	if err := CheckWhole(text); err != nil {
		return platform.Project{}, err
	}
	list := wholeProjects(readings(text))
	found, err := findAll(ctx, in, list)
	switch {
	case err != nil:
		return platform.Project{}, err
	case len(found) == 0:
		return platform.Project{}, notFound(ctx, in, program, text, list)
	case len(found) == 1 && found[0].isOne():
		return found[0].projects[0], nil
	}
	return platform.Project{}, ambiguous(text, found)
}

// match is what a reading fits, at least one project.
type match struct {
	reading
	projects []platform.Project
	next     json.RawMessage // more of the same name; nil: none
}

func (m match) isOne() bool { return len(m.projects) == 1 && m.next == nil }

// findAll returns the readings that fit a project.
func findAll(ctx context.Context, in kit.SignedIn, list []reading) ([]match, error) {
	var found []match
	for _, r := range list {
		m, err := find(ctx, in, r)
		switch {
		case errors.Is(err, platform.ErrNotFound):
		case err != nil:
			return nil, err
		case len(m.projects) > 0:
			found = append(found, m)
		}
	}
	return found, nil
}

func (r reading) isID() bool { return dnanexus.IsProjectID(r.name) }

func find(ctx context.Context, in kit.SignedIn, r reading) (m match, err error) {
	m.reading = r
	if r.isID() {
		project, err := in.Project(ctx, r.name)
		m.projects = []platform.Project{project}
		return m, err
	}
	m.projects, m.next, err = listProjects(ctx, in, namedQuery(r.name), nil)
	return m, err
}

// listProjects returns the next page that has projects, or the last one.
func listProjects(ctx context.Context, in kit.SignedIn, query platform.ProjectQuery, cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
	return pages.One(cursor, func(cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
		return in.ListProjects(ctx, query, cursor)
	})
}

func namedQuery(name string) platform.ProjectQuery {
	return platform.ProjectQuery{Name: name, MinLevel: string(dnanexus.LevelView), PageSize: maxSameName}
}

// List returns all projects that a query finds, or the first of them and pages.ErrCut.
func List(ctx context.Context, in kit.SignedIn, query platform.ProjectQuery) ([]platform.Project, error) {
	query.PageSize = pageSize
	return pages.All(func(cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
		return in.ListProjects(ctx, query, cursor)
	})
}

// notFound returns the error for a text of which no reading fits a project.
func notFound(ctx context.Context, in kit.SignedIn, program, text string, list []reading) error {
	if list[0].isID() {
		return refusal.New(refusal.NotFound, "project %s does not exist", list[0].name).
			WithHint("list your projects with " + program + " projects --level VIEW")
	}
	var names []string
	for _, r := range list {
		names = append(names, fmt.Sprintf("%q", r.name))
	}
	hint := cmp.Or(similarTo(ctx, in, list[0].name), "list your projects with "+program+" projects --level VIEW")
	if strings.ContainsRune(text, ':') {
		hint = escapeHint(text) + "; " + hint
	}
	return refusal.New(refusal.NotFound, "no project is named %s", strings.Join(names, " or ")).WithHint(hint)
}

// similarTo returns the hint with the projects whose names are like one that does not
// exist, as far as one page of the list has them, or "".
func similarTo(ctx context.Context, in kit.SignedIn, name string) string {
	query := platform.ProjectQuery{MinLevel: string(dnanexus.LevelView), PageSize: pageSize}
	list, _, err := listProjects(ctx, in, query, nil)
	if err != nil {
		return ""
	}
	var names []string
	for _, project := range list {
		names = append(names, project.Name)
	}
	return suggest.Hint(name, names, strconv.Quote)
}

// escapeHint says how to write a name with a colon.
func escapeHint(text string) string {
	return fmt.Sprintf(`in a name, \: stands for a colon, as in "%s"`, Escape(text))
}

// ambiguous returns the error for a text that fits several projects, with texts that
// fit one.
func ambiguous(text string, found []match) error {
	var projects int
	var references []string
	for _, m := range found {
		for _, project := range m.projects {
			projects++
			references = append(references, strings.TrimSuffix(project.ID+":"+m.folder, ":/"))
		}
	}
	if len(found) == 1 {
		return refusal.New(refusal.Usage, "%d projects are named %q", projects, found[0].name).
			WithHint("name one by its ID: " + strings.Join(references, ", "))
	}
	return refusal.New(refusal.Usage, "%q can mean %d projects", text, projects).
		WithHint("name one by its ID: " + strings.Join(references, ", "))
}
