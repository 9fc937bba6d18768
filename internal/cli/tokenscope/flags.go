// Package tokenscope has what an API token reaches: the flags of commands that limit it, the
// projects that they name, and how a scope is shown in words and in JSON.
//
// It promises that projects are looked up, and that a name which matches several of them is
// refused, so that a token never reaches the wrong project; and that a scope is shown in the
// form in which --project takes it.
package tokenscope

import (
	"context"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Flags are the flags of a command that limit what a token reaches.
type Flags struct {
	Projects []string // P or P=LEVEL
	Level    string   // for projects without a level; without projects, for all
	NoPHI    bool
}

// entry is one entry of a scope, before its project is looked up.
type entry struct {
	project string // an ID, a name, or platform.Everything
	level   string
	uncut   string // the argument, if the level was cut off it; a name may end like that
}

// Check returns an error if the flags are invalid.
func (f Flags) Check() error {
	_, err := f.entries()
	return err
}

// entries reads the flags. An empty list stands for full scope.
func (f Flags) entries() ([]entry, error) {
	level := strings.ToUpper(f.Level)
	if level != "" && !dnanexus.Level(level).Valid() {
		return nil, refusal.Usagef("--level %s: must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", f.Level)
	}
	if len(f.Projects) == 0 && level != "" {
		return []entry{{project: platform.Everything, level: level}}, nil
	}
	var list []entry
	for _, argument := range f.Projects {
		one := readEntry(argument, f.usualLevel())
		if err := projectpick.CheckWhole(one.project); err != nil && one.project != platform.Everything {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// usualLevel returns the level of a project without one.
func (f Flags) usualLevel() string {
	if f.Level == "" {
		return string(dnanexus.LevelView) // the least level
	}
	return strings.ToUpper(f.Level)
}

// HaveLevels reports whether each of the projects is given with a level of its own; false
// without projects.
func (f Flags) HaveLevels() bool {
	hasNone := func(argument string) bool { return readEntry(argument, "").uncut == "" }
	return len(f.Projects) > 0 && !slices.ContainsFunc(f.Projects, hasNone)
}

// readEntry splits a level off the end. A project's name may contain an equals
// sign, so anything that is not a level belongs to the name.
func readEntry(argument, level string) entry {
	if at := strings.LastIndexByte(argument, '='); at >= 0 {
		if last := strings.ToUpper(argument[at+1:]); dnanexus.Level(last).Valid() {
			return entry{argument[:at], last, argument}
		}
	}
	return entry{project: argument, level: level}
}

// Reach is a scope with the projects that it names.
type Reach struct {
	Scope    platform.Scope
	Projects []platform.Project // in the order of the flags
}

// Includes reports whether the scope reaches a project.
func (r Reach) Includes(projectID string) bool {
	_, named := r.Scope.Projects[projectID]
	return named || r.IncludesAll()
}

// IncludesAll reports whether the scope reaches every project of its user.
func (r Reach) IncludesAll() bool {
	_, all := r.Scope.Projects[platform.Everything]
	return all || r.Scope.Full
}

// LookUp finds the projects that the flags name. It fails if a name matches several
// projects; it never asks.
func (f Flags) LookUp(ctx context.Context, in kit.SignedIn, program string) (Reach, error) {
	entries, err := f.entries()
	if err != nil {
		return Reach{}, err
	}
	found := Reach{Scope: platform.Scope{NoPHI: f.NoPHI, Full: len(entries) == 0}}
	for _, one := range entries {
		id := one.project
		if id != platform.Everything {
			var project platform.Project
			if project, one.level, err = f.find(ctx, in, program, one); err != nil {
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

// find returns the project of an entry and its level. Only if no project has the name
// without the level, the level is part of the name.
func (f Flags) find(ctx context.Context, in kit.SignedIn, program string, one entry) (platform.Project, string, error) {
	project, err := projectpick.FindOne(ctx, in, program, one.project)
	switch {
	case refusal.CodeOf(err) != refusal.NotFound:
		return project, one.level, err
	case one.uncut == "":
		return project, one.level, explainLevel(ctx, in, program, one.project, err)
	}
	whole, wholeErr := projectpick.FindOne(ctx, in, program, one.uncut)
	if refusal.CodeOf(wholeErr) == refusal.NotFound {
		return platform.Project{}, "", err
	}
	return whole, f.usualLevel(), wholeErr
}

// explainLevel returns an error that names the level if the name that was not found is
// that of a project with what is not a level behind it.
func explainLevel(ctx context.Context, in kit.SignedIn, program, name string, notFound error) error {
	at := strings.LastIndexByte(name, '=')
	if at < 0 {
		return notFound
	}
	if _, err := projectpick.FindOne(ctx, in, program, name[:at]); err != nil {
		return notFound
	}
	return refusal.Usagef("%q: the level %q must be VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", name, name[at+1:]).Wrap(notFound)
}

// add adds an entry. A second entry for a project is an error, also if one gives
// the name and the other the ID.
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
