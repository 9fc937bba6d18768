package kit

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/internal/refusal"
)

// ProjectsOnForm is how many projects a form offers. For others the visitor looks by name.
const ProjectsOnForm = 50

// LevelField precedes the ID of a project in the name of the field for its level.
const LevelField = "level:"

// Projects are those that a form offers, for the part "projects" of its template.
type Projects struct {
	Offered []ProjectRow
	HasPHI  bool   // one of them has data of patients
	More    bool   // there are more
	Find    string // part of the names of those on offer; empty: any
}

// ProjectRow is a project of a form, with the levels to choose from.
type ProjectRow struct {
	ID, Name string
	PHI      bool
	Levels   Choices
}

// searchSteps limits how often a form continues a search that ended early.
const searchSteps = 5

// Offer returns what a form offers of the projects that find selects: those that the visitor
// can reach, whose names have the part in the field "find". The levels of the form are
// chosen.
func Offer(find func(directory.Query) (directory.Page, error), form url.Values) (Projects, error) {
	offer := Projects{Find: form.Get("find")}
	query := directory.Query{MinLevel: directory.View, Explicit: true}
	if part := strings.ToLower(offer.Find); part != "" {
		query.Matches = func(name string) bool { return strings.Contains(strings.ToLower(name), part) }
	}
	for range searchSteps {
		query.Limit = ProjectsOnForm - len(offer.Offered)
		page, err := find(query)
		if err != nil {
			return Projects{}, err
		}
		for _, hit := range page.Hits {
			offer.HasPHI = offer.HasPHI || hit.ContainsPHI
			offer.Offered = append(offer.Offered, ProjectRow{hit.ID, hit.Name, hit.ContainsPHI, levelChoices(hit.Level, form.Get(LevelField+hit.ID))})
		}
		query.After, offer.More = page.Next, page.Next != 0
		if !offer.More || len(offer.Offered) == ProjectsOnForm {
			break
		}
	}
	return offer, nil
}

// levelChoices returns the levels up to the visitor's own. The value of each is its text.
func levelChoices(own directory.Level, chosen string) (choices Choices) {
	for level := directory.View; level <= own; level++ {
		choices = append(choices, Choice{Text: level.String(), Chosen: chosen == level.String()})
	}
	return choices
}

// LevelsIn returns the levels that were chosen in a form, by the ID of the project. It
// returns refusal.Invalid for a level that no list has.
func LevelsIn(form url.Values) (map[string]directory.Level, error) {
	levels := map[string]directory.Level{}
	for field, values := range form {
		id, isLevel := strings.CutPrefix(field, LevelField)
		if !isLevel || values[0] == "" {
			continue
		}
		level, err := directory.ParseLevel(values[0])
		if err != nil {
			return nil, refusal.New(refusal.Invalid, "choose a level from the list")
		}
		levels[id] = level
	}
	return levels, nil
}

// maxNames is how many names of projects a page looks up.
const maxNames = 100

// ProjectNames returns the names of projects by ID, as far as the visitor can see them.
func (k *Kit) ProjectNames(ctx context.Context, v browser.Visitor, ids []string) (map[string]string, error) {
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil, nil
	}
	query := directory.Query{Filter: directory.Filter{IDs: ids[:min(len(ids), maxNames)]}, MinLevel: directory.View, Limit: maxNames}
	page, err := projects.Find(ctx, k.Service, v.Caller, query)
	names := map[string]string{}
	for _, hit := range page.Hits {
		names[hit.ID] = hit.Name
	}
	return names, err
}
