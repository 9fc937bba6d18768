package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// menuPage is the number of projects that the menu shows at once.
const menuPage = 10

// projectMenu is a list of projects to pick from.
type projectMenu struct {
	query   platform.ProjectQuery
	title   string
	onEmpty string
	lenient bool // where nobody can be asked or nothing is there, go on without a project
}

// selectFromMenu takes the only project there is, or asks.
func (a *app) selectFromMenu(ctx context.Context, in signedIn, menu projectMenu) error {
	first, next, err := in.ListProjects(ctx, menu.query, nil)
	switch {
	case err != nil:
		return err
	case len(first) == 0 && menu.lenient:
		a.term.Message("%s", menu.onEmpty)
		return nil
	case len(first) == 0:
		return refusal.New(refusal.NotFound, "%s", menu.onEmpty)
	case len(first) == 1 && next == nil:
		return a.selected(ctx, in, first[0], "/")
	}
	project, err := a.pick(ctx, in, menu, first, next)
	var cannotAsk *terminal.CannotAskError
	if errors.As(err, &cannotAsk) {
		return a.noMenu(menu, cannotAsk)
	}
	if err != nil {
		return err
	}
	return a.selected(ctx, in, project, "/")
}

func (a *app) noMenu(menu projectMenu, cannotAsk *terminal.CannotAskError) error {
	if menu.lenient {
		a.term.Message("No project is selected (%s); select one with %s select PROJECT", cannotAsk, a.Program)
		return nil
	}
	return refusal.New(refusal.InputRequired, "the menu needs a person at a terminal: %s", cannotAsk).
		WithHint("name the project: " + a.Program + " select PROJECT")
}

// pick shows the menu page by page, the first of which is there already.
func (a *app) pick(ctx context.Context, in signedIn, menu projectMenu, page []platform.Project, next json.RawMessage) (platform.Project, error) {
	var shown []platform.Project
	fetched := true
	index, err := a.term.Pick(ctx, terminal.Menu{
		Title: menu.title,
		Next: func(ctx context.Context) (items []terminal.Item, more bool, err error) {
			if !fetched {
				if page, next, err = in.ListProjects(ctx, menu.query, next); err != nil {
					return nil, false, err
				}
			}
			fetched = false
			shown = append(shown, page...)
			return menuItems(page, in.account.Project), next != nil, nil
		},
	})
	if err != nil {
		return platform.Project{}, err
	}
	return shown[index], nil
}

func menuItems(page []platform.Project, current *session.Project) []terminal.Item {
	items := make([]terminal.Item, 0, len(page))
	for _, project := range page {
		items = append(items, terminal.Item{
			Label:   fmt.Sprintf("%s (%s)", project.Name, project.Level),
			Default: current != nil && current.ID == project.ID,
		})
	}
	return items
}

// selectNamed selects by ID or exact name, with a folder behind a colon.
func (a *app) selectNamed(ctx context.Context, in signedIn, argument string) error {
	name, folder := splitPath(argument)
	if name == "" {
		return refusal.Usagef("%q names no project", argument)
	}
	project, err := a.findProject(ctx, in, name, func(found []platform.Project, next json.RawMessage) (platform.Project, error) {
		return a.disambiguate(ctx, in, name, found, next)
	})
	if err != nil {
		return err
	}
	err = in.CheckFolder(ctx, project.ID, folder)
	if errors.Is(err, platform.ErrNotFound) {
		return refusal.New(refusal.NotFound, "project %s has no folder %s", project.Name, folder)
	}
	if err != nil {
		return err
	}
	return a.selected(ctx, in, project, folder)
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

// ambiguousMost is how many projects of one name are looked at.
const ambiguousMost = 100

// projectChooser says which of several projects of one name is meant. The first page
// of them is there already.
type projectChooser func(found []platform.Project, next json.RawMessage) (platform.Project, error)

// findProject finds the project of an ID or a name.
func (a *app) findProject(ctx context.Context, in signedIn, name string, choose projectChooser) (platform.Project, error) {
	if dnanexus.IsProjectID(name) {
		return a.projectByID(ctx, in, name)
	}
	found, next, err := a.projectsNamed(ctx, in, name)
	switch {
	case err != nil:
		return platform.Project{}, err
	case len(found) == 1 && next == nil:
		return found[0], nil
	}
	return choose(found, next)
}

func (a *app) projectByID(ctx context.Context, in signedIn, id string) (platform.Project, error) {
	project, err := in.Project(ctx, id)
	if errors.Is(err, platform.ErrNotFound) {
		return project, refusal.New(refusal.NotFound, "there is no project %s", id)
	}
	return project, err
}

func namedQuery(name string) platform.ProjectQuery {
	return platform.ProjectQuery{Name: name, MinLevel: string(dnanexus.LevelView), PageSize: ambiguousMost}
}

// projectsNamed answers at least one project, or fails.
func (a *app) projectsNamed(ctx context.Context, in signedIn, name string) ([]platform.Project, json.RawMessage, error) {
	found, next, err := in.ListProjects(ctx, namedQuery(name), nil)
	if err == nil && len(found) == 0 {
		err = refusal.New(refusal.NotFound, "there is no project named %q", name).
			WithHint("see what there is with " + a.Program + " select --level VIEW, or look for names with --name GLOB")
	}
	return found, next, err
}

// disambiguate asks which of several projects of one name is meant.
func (a *app) disambiguate(ctx context.Context, in signedIn, name string, found []platform.Project, next json.RawMessage) (platform.Project, error) {
	labelled := make([]platform.Project, len(found))
	for i, project := range found {
		labelled[i] = project
		labelled[i].Name = project.ID + " " + project.Name
	}
	menu := projectMenu{query: namedQuery(name), title: "Several projects have this name:"}
	project, err := a.pick(ctx, in, menu, labelled, next)
	project.Name = name
	var cannotAsk *terminal.CannotAskError
	if !errors.As(err, &cannotAsk) {
		return project, err
	}
	return project, ambiguousProject(name, found)
}

func ambiguousProject(name string, found []platform.Project) error {
	var ids []string
	for _, candidate := range found {
		ids = append(ids, candidate.ID)
	}
	return refusal.New(refusal.Usage, "%d projects are named %q", len(found), name).
		WithHint("name one by its ID: " + strings.Join(ids, ", "))
}

// selected notes the project and says so.
func (a *app) selected(ctx context.Context, in signedIn, project platform.Project, folder string) error {
	choice := session.Project{ID: project.ID, Name: project.Name, Folder: folder}
	if err := a.book.SelectProject(ctx, in.account, &choice); err != nil {
		return err
	}
	a.term.Message("Setting current project to: %s", project.Name)
	if a.settings.Project != "" && a.settings.Project != project.ID {
		a.term.Warn("DX_PROJECT_CONTEXT_ID is set to another project and wins in this shell; unset it")
	}
	return nil
}
