package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// scopeOptions say what a token is to reach, as flags give it.
type scopeOptions struct {
	projects []string // P or P=LEVEL
	level    string   // of the projects without one; without projects, of all
	noPHI    bool
}

// projectWish is one entry of a scope, before its project was looked up.
type projectWish struct {
	project string // an ID, a name, or platform.Everything
	level   string
}

// wishes reads the flags. No entry stands for everything.
func (o scopeOptions) wishes() ([]projectWish, error) {
	level, err := o.ownLevel()
	if err != nil {
		return nil, err
	}
	if len(o.projects) == 0 && level != "" {
		return []projectWish{{platform.Everything, level}}, nil
	}
	if level == "" {
		level = string(dnanexus.LevelView) // a token gets no more than it was given
	}
	var list []projectWish
	for _, argument := range o.projects {
		wish := readWish(argument, level)
		if wish.project == "" {
			return nil, refusal.Usagef("%q names no project", argument)
		}
		list = append(list, wish)
	}
	return list, nil
}

func (o scopeOptions) ownLevel() (string, error) {
	level := strings.ToUpper(o.level)
	if level != "" && !dnanexus.Level(level).Valid() {
		return "", refusal.Usagef("--level %s: must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", o.level)
	}
	return level, nil
}

// readWish cuts a level off the end. What is none belongs to the name, which
// may have an equals sign in it.
func readWish(argument, level string) projectWish {
	if at := strings.LastIndexByte(argument, '='); at >= 0 {
		if last := strings.ToUpper(argument[at+1:]); dnanexus.Level(last).Valid() {
			return projectWish{argument[:at], last}
		}
	}
	return projectWish{argument, level}
}

// reach is a scope with what is known of the projects in it.
type reach struct {
	scope    platform.Scope
	projects []platform.Project // that are named, in the order of the flags
}

// reachOf looks up the projects that are wished for.
func (a *app) reachOf(ctx context.Context, in signedIn, o scopeOptions) (reach, error) {
	wishes, err := o.wishes()
	if err != nil {
		return reach{}, err
	}
	found := reach{scope: platform.Scope{NoPHI: o.noPHI, Full: len(wishes) == 0}}
	for _, wish := range wishes {
		if err := a.grant(ctx, in, wish, &found); err != nil {
			return reach{}, err
		}
	}
	return found, nil
}

// grant adds an entry. Two for one project contradict each other, also where
// one is by name and the other by ID. Nobody is asked which of several projects
// is meant: a token must not reach another one by a wrong key.
func (a *app) grant(ctx context.Context, in signedIn, wish projectWish, found *reach) error {
	id := wish.project
	if id != platform.Everything {
		project, err := a.findProject(ctx, in, wish.project, func(found []platform.Project, _ json.RawMessage) (platform.Project, error) {
			return platform.Project{}, ambiguousProject(wish.project, found)
		})
		if err != nil {
			return err
		}
		id, found.projects = project.ID, append(found.projects, project)
	}
	if _, twice := found.scope.Projects[id]; twice {
		return refusal.Usagef("project %s is given twice", id)
	}
	if found.scope.Projects == nil {
		found.scope.Projects = map[string]string{}
	}
	found.scope.Projects[id] = wish.level
	return nil
}

// phiReached lists the PHI projects whose data a scope reaches.
func phiReached(ctx context.Context, projects *platform.Platform, r reach) ([]platform.Project, error) {
	if r.scope.NoPHI {
		return nil, nil
	}
	reached := slices.Clone(r.projects)
	if _, all := r.scope.Projects[platform.Everything]; all || r.scope.Full {
		var err error
		if reached, err = everyProject(ctx, projects); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(reached, func(p platform.Project) bool { return !p.PHI }), nil
}

// largePage is the most that the platform answers at once.
const largePage = 1000

func everyProject(ctx context.Context, projects *platform.Platform) ([]platform.Project, error) {
	query := platform.ProjectQuery{MinLevel: string(dnanexus.LevelView), PageSize: largePage}
	return allPages(func(cursor json.RawMessage) ([]platform.Project, json.RawMessage, error) {
		return projects.ListProjects(ctx, query, cursor)
	})
}

// someNames joins the names of projects, as many as fit a sentence.
func someNames(projects []projectJSON) string {
	const most = 5
	var names []string
	for _, p := range projects[:min(most, len(projects))] {
		names = append(names, p.Name)
	}
	text := strings.Join(names, ", ")
	if more := len(projects) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
