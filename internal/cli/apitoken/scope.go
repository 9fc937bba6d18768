package apitoken

import (
	"context"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// ScopeFlags say what a token is to reach.
type ScopeFlags struct {
	Projects []string // P or P=LEVEL
	Level    string   // of the projects without one; without projects, of all
	NoPHI    bool
}

// entry is one of a scope, before its project was looked up.
type entry struct {
	project string // an ID, a name, or platform.Everything
	level   string
}

// Check finds wrong flags.
func (f ScopeFlags) Check() error {
	_, err := f.entries()
	return err
}

// entries reads the flags. No entry stands for everything.
func (f ScopeFlags) entries() ([]entry, error) {
	level := strings.ToUpper(f.Level)
	if level != "" && !dnanexus.Level(level).Valid() {
		return nil, refusal.Usagef("--level %s: must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", f.Level)
	}
	if len(f.Projects) == 0 && level != "" {
		return []entry{{platform.Everything, level}}, nil
	}
	if level == "" {
		level = string(dnanexus.LevelView) // a token gets no more than it was given
	}
	var list []entry
	for _, argument := range f.Projects {
		one := readEntry(argument, level)
		if one.project == "" {
			return nil, refusal.Usagef("%q names no project", argument)
		}
		list = append(list, one)
	}
	return list, nil
}

// readEntry cuts a level off the end. What is none belongs to the name, which
// may have an equals sign in it.
func readEntry(argument, level string) entry {
	if at := strings.LastIndexByte(argument, '='); at >= 0 {
		if last := strings.ToUpper(argument[at+1:]); dnanexus.Level(last).Valid() {
			return entry{argument[:at], last}
		}
	}
	return entry{argument, level}
}

// Reach is a scope with what is known of the projects in it.
type Reach struct {
	Scope    platform.Scope
	Projects []platform.Project // that are named, in the order of the flags
}

// Includes is true for a project that the scope reaches.
func (r Reach) Includes(projectID string) bool {
	_, named := r.Scope.Projects[projectID]
	return named || r.IncludesAll()
}

// IncludesAll is true for a scope that reaches every project of its user.
func (r Reach) IncludesAll() bool {
	_, all := r.Scope.Projects[platform.Everything]
	return all || r.Scope.Full
}

// LookUp finds the projects that the flags name. Nobody is asked which of
// several is meant.
func (f ScopeFlags) LookUp(ctx context.Context, in kit.SignedIn, program string) (Reach, error) {
	entries, err := f.entries()
	if err != nil {
		return Reach{}, err
	}
	found := Reach{Scope: platform.Scope{NoPHI: f.NoPHI, Full: len(entries) == 0}}
	for _, one := range entries {
		id := one.project
		if id != platform.Everything {
			project, err := projectpick.FindOne(ctx, in, program, one.project)
			if err != nil {
				return Reach{}, err
			}
			id, found.Projects = project.ID, append(found.Projects, project)
		}
		if err := found.add(id, one.level); err != nil {
			return Reach{}, err
		}
	}
	return found, nil
}

// add adds an entry. Two for one project contradict each other, also where one is
// by name and the other by ID.
func (r *Reach) add(id, level string) error {
	if _, twice := r.Scope.Projects[id]; twice {
		return refusal.Usagef("project %s is given twice", id)
	}
	if r.Scope.Projects == nil {
		r.Scope.Projects = map[string]string{}
	}
	r.Scope.Projects[id] = level
	return nil
}
