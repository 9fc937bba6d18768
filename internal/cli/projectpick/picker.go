package projectpick

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Picker selects the project that an account works in.
type Picker struct {
	*kit.Console
	Accounts *kit.Accounts
}

// pageSize is the number of projects that a menu shows at once.
const pageSize = 10

// Menu is a list of projects to pick from.
type Menu struct {
	Query   platform.ProjectQuery
	Title   string
	Note    string // shown before the menu; may be empty
	OnEmpty string // message if there are no projects
	Lenient bool   // without a terminal, continue without a project
}

// NewMenu returns the menu of the projects that a query finds.
func NewMenu(query platform.ProjectQuery, program string) Menu {
	kind := "projects"
	if query.Public {
		kind = "public projects"
	}
	query.PageSize = pageSize
	menu := Menu{
		Query:   query,
		Title:   fmt.Sprintf("Available %s (%s or higher):", kind, query.MinLevel),
		OnEmpty: fmt.Sprintf("No %s found with %s access or more", kind, query.MinLevel),
	}
	if !query.Public && query.MinLevel != string(dnanexus.LevelView) {
		menu.Note = "Note: " + program + " select --level VIEW, or --public, shows projects that you can only view"
		menu.OnEmpty += "; for others, use " + program + " select --level VIEW or --public"
	}
	return menu
}

// FromMenu selects the only project of a menu, or asks which of several. As in dx, it
// is not an error if there are none.
func (p Picker) FromMenu(ctx context.Context, in kit.SignedIn, menu Menu) error {
	first, next, err := in.ListProjects(ctx, menu.Query, nil)
	switch {
	case err != nil:
		return err
	case len(first) == 0:
		p.Message("%s", menu.OnEmpty)
		return nil
	case len(first) == 1 && next == nil:
		return p.note(ctx, in, first[0], "/")
	}
	project, err := p.pick(ctx, in, menu, first, next)
	if cannotAsk, ok := errors.AsType[*terminal.CannotAskError](err); ok {
		return p.noMenu(menu, cannotAsk)
	}
	if err != nil {
		return err
	}
	return p.note(ctx, in, project, "/")
}

func (p Picker) noMenu(menu Menu, cannotAsk *terminal.CannotAskError) error {
	if menu.Lenient {
		p.Message("No project is selected (%s); select one with %s select PROJECT", kit.CannotAsk("show a menu", cannotAsk), p.Program)
		return nil
	}
	return kit.CannotAsk("show a menu", cannotAsk).
		WithHint("name the project: " + p.Program + " select PROJECT")
}

// Named selects a project by ID or exact name, with a folder after a colon.
func (p Picker) Named(ctx context.Context, in kit.SignedIn, argument string) error {
	name, folder := splitPath(argument)
	if name == "" {
		return refusal.Usagef("%q names no project", argument)
	}
	project, err := p.findNamed(ctx, in, name)
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
	return p.note(ctx, in, project, folder)
}

// findNamed returns the project with a name, and asks if several have it.
func (p Picker) findNamed(ctx context.Context, in kit.SignedIn, name string) (platform.Project, error) {
	found, next, err := find(ctx, in, p.Program, name)
	switch {
	case err != nil:
		return platform.Project{}, err
	case len(found) == 1 && next == nil:
		return found[0], nil
	}
	labeled := make([]platform.Project, len(found))
	for i, project := range found {
		labeled[i] = project
		labeled[i].Name = project.ID + " " + project.Name
	}
	menu := Menu{Query: namedQuery(name), Title: "Several projects have this name:"}
	project, err := p.pick(ctx, in, menu, labeled, next)
	project.Name = name
	if _, ok := errors.AsType[*terminal.CannotAskError](err); ok {
		err = ambiguous(name, found)
	}
	return project, err
}

// pick shows the menu page by page, starting with a page that is already fetched.
func (p Picker) pick(ctx context.Context, in kit.SignedIn, menu Menu, page []platform.Project, next json.RawMessage) (platform.Project, error) {
	if menu.Note != "" && p.CanAsk() == nil {
		p.Message("%s", menu.Note)
	}
	var shown []platform.Project
	fetched := true
	index, err := p.Pick(ctx, terminal.Menu{
		Title: menu.Title,
		Next: func(ctx context.Context) (items []terminal.Item, more bool, err error) {
			if !fetched {
				if page, next, err = in.ListProjects(ctx, menu.Query, next); err != nil {
					return nil, false, err
				}
			}
			fetched = false
			shown = append(shown, page...)
			return menuItems(page, in.Account.Project), next != nil, nil
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

// note stores the selected project with the account, and says so.
func (p Picker) note(ctx context.Context, in kit.SignedIn, project platform.Project, folder string) error {
	choice := session.Project{ID: project.ID, Name: project.Name, Folder: folder}
	if err := p.Accounts.SelectProject(ctx, in.Account, &choice); err != nil {
		return err
	}
	p.Message("Setting current project to: %s", project.Name)
	if used := p.Accounts.Project(session.Account{Project: &choice}); used.ID != project.ID {
		p.Warn("DX_PROJECT_CONTEXT_ID is set to another project and overrides this one in this shell; unset it")
	}
	return nil
}
