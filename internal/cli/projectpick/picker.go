package projectpick

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/namecache"
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
	Selected func(any) error // is passed the selected *session.Project, which is nil if there is none; may be nil
}

// report passes on what was selected.
func (p Picker) report(project *session.Project) error {
	if p.Selected == nil {
		return nil
	}
	return p.Selected(project)
}

// pageSize is how many projects are fetched at once, the most that a platform returns.
// The menu shows fewer, and how many there are.
const pageSize = 1000

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
		menu.Note = "Note: " + program + " projects --level VIEW, or --public, shows projects that you can only view"
		menu.OnEmpty += "; for others, use " + program + " projects --level VIEW or --public"
	}
	return menu
}

// FromMenu selects the only project of a menu, or asks which of several. As in dx, it
// is not an error if there are none.
func (p Picker) FromMenu(ctx context.Context, in kit.SignedIn, menu Menu) error {
	first, next, err := listProjects(ctx, in, menu.Query, nil)
	RememberProjects(p.Accounts, in, first)
	switch {
	case err != nil:
		return err
	case len(first) == 0:
		p.Message("%s", menu.OnEmpty)
		return p.report(nil)
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
		WithHint("name the project: " + p.Program + " select PROJECT; " + p.Program + " projects lists them")
}

// Named selects a project by ID or exact name, with a folder after a colon. The text
// that pwd prints means the project that is selected already.
func (p Picker) Named(ctx context.Context, in kit.SignedIn, text string) error {
	list := readings(text)
	if len(list) == 0 || splitEscaped(text).name == "" {
		return refusal.Usagef("%q names no project", text)
	}
	if selected := p.Accounts.Project(in.Account); selected != nil && text == PathText(*selected) {
		list = []reading{{name: selected.ID, folder: selected.Folder}}
	}
	found, err := findAll(ctx, in, list)
	if err != nil {
		return err
	}
	if found, err = p.withFolders(ctx, in, text, found); err != nil {
		return err
	}
	switch len(found) {
	case 0:
		return notFound(ctx, in, p.Program, text, readings(text))
	case 1:
		return p.noteMatch(ctx, in, found[0])
	default:
		return ambiguous(text, found)
	}
}

// PathText returns a selection as NAME:/FOLDER, as pwd prints it.
func PathText(selected session.Project) string {
	return terminal.Clean(selected.Name) + ":" + terminal.Clean(selected.Folder)
}

// withFolders returns the matches whose folder exists, or whose project is not known
// yet, because several have the name. If there is none, it returns an error that names
// the first.
func (p Picker) withFolders(ctx context.Context, in kit.SignedIn, text string, found []match) ([]match, error) {
	var missing error
	var complete []match
	for _, m := range found {
		err := p.checkFolder(ctx, in, text, m)
		switch {
		case err == nil:
			complete = append(complete, m)
		case refusal.CodeOf(err) != refusal.NotFound:
			return nil, err
		case missing == nil:
			missing = err
		}
	}
	if len(complete) == 0 {
		return nil, missing
	}
	return complete, nil
}

// checkFolder returns an error if the project of a match has no such folder.
func (p Picker) checkFolder(ctx context.Context, in kit.SignedIn, text string, m match) error {
	if !m.isOne() {
		return nil
	}
	below, err := in.Folders(ctx, m.projects[0].ID, m.folder)
	if err == nil {
		p.Accounts.Remember(in, func(names *namecache.Names) {
			names.AddFolders(m.projects[0].ID, withParent(below, m.folder)...)
		})
	}
	if !errors.Is(err, platform.ErrNotFound) {
		return err
	}
	missing := refusal.New(refusal.NotFound, "project %s has no folder %s", m.projects[0].Name, m.folder)
	if m.isID() {
		return missing
	}
	return missing.WithHint(escapeHint(text))
}

// withParent returns folders with the one that they are in, unless that is the root.
func withParent(folders []string, parent string) []string {
	if parent == "/" {
		return folders
	}
	return append(slices.Clone(folders), parent)
}

// noteMatch stores the project of a match, and asks if several have its name.
func (p Picker) noteMatch(ctx context.Context, in kit.SignedIn, m match) error {
	if m.isOne() {
		return p.note(ctx, in, m.projects[0], m.folder)
	}
	project, err := p.oneOf(ctx, in, m)
	if err != nil {
		return err
	}
	chosen := match{reading: m.reading, projects: []platform.Project{project}}
	if err := p.checkFolder(ctx, in, m.name, chosen); err != nil {
		return err
	}
	return p.note(ctx, in, project, m.folder)
}

// oneOf asks which of several projects with the same name.
func (p Picker) oneOf(ctx context.Context, in kit.SignedIn, m match) (platform.Project, error) {
	labeled := make([]platform.Project, len(m.projects))
	for i, project := range m.projects {
		labeled[i] = project
		labeled[i].Name = project.ID + " " + project.Name
	}
	menu := Menu{Query: namedQuery(m.name), Title: "Several projects have this name:"}
	project, err := p.pick(ctx, in, menu, labeled, m.next)
	project.Name = m.name
	if _, ok := errors.AsType[*terminal.CannotAskError](err); ok {
		err = ambiguous(m.name, []match{m})
	}
	return project, err
}

// pick shows the menu page by page, starting with a page that is already fetched.
func (p Picker) pick(ctx context.Context, in kit.SignedIn, menu Menu, page []platform.Project, next json.RawMessage) (platform.Project, error) {
	if menu.Note != "" && p.CanAsk() == nil {
		p.Notice("%s", menu.Note)
	}
	var shown []platform.Project
	fetched := true
	index, err := p.Pick(ctx, terminal.Menu{
		Title: menu.Title,
		Next: func(ctx context.Context) (items []terminal.Item, more bool, err error) {
			if !fetched {
				if page, next, err = listProjects(ctx, in, menu.Query, next); err != nil {
					return nil, false, err
				}
				RememberProjects(p.Accounts, in, page)
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

// RememberProjects notes the names of projects for completion.
func RememberProjects(accounts *kit.Accounts, in kit.SignedIn, list []platform.Project) {
	if len(list) == 0 {
		return
	}
	entries := make([]namecache.Entry, len(list))
	for i, project := range list {
		entries[i] = namecache.Entry{ID: project.ID, Name: project.Name}
	}
	accounts.Remember(in, func(names *namecache.Names) { names.AddProjects(entries...) })
}

// note stores the selected project with the account, and says so.
func (p Picker) note(ctx context.Context, in kit.SignedIn, project platform.Project, folder string) error {
	choice := session.Project{ID: project.ID, Name: project.Name, Folder: folder}
	if err := p.Accounts.Select(ctx, in, choice); err != nil {
		return err
	}
	RememberProjects(p.Accounts, in, []platform.Project{project})
	p.Message("Setting current project to: %s", withFolder(project.Name, folder))
	p.warnOfVariable(in)
	account := in.Account
	account.Project = &choice
	switch {
	case p.Accounts.Project(account).ID != project.ID:
		p.Warn("DX_PROJECT_CONTEXT_ID is set to another project and overrides this one in this shell; unset it")
	case in.Stored && p.Accounts.ExportsAnother(project.ID):
		p.Warn(`other programs in this shell use the project that %s env exported: run eval "$(%s env --bash)" again`, p.Program, p.Program)
	}
	return p.report(&choice)
}

// withFolder returns the name of a project with a folder below its root.
func withFolder(project, folder string) string {
	if folder == "" || folder == "/" {
		return project
	}
	return project + ":" + folder
}

// warnOfVariable warns that a project was not selected for the account that is signed
// in, because a variable holds a token.
func (p Picker) warnOfVariable(in kit.SignedIn) {
	isFlag := strings.HasPrefix(in.Source, "--")
	if account, err := p.Accounts.Wanted(); err == nil && !in.Stored && !isFlag {
		p.Warn("commands use the token in %s: unset %s to select a project as %s", in.Source, in.Source, account.Name())
	}
}
