package access

import (
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Everything is the key of a scope's entry for all projects.
const Everything = "*"

// Scope limits what a token reaches. The zero value reaches nothing.
type Scope struct {
	Full     bool                       `json:"full,omitempty"`
	Projects map[string]directory.Level `json:"projects,omitempty"` // project ID or Everything
	NoPHI    bool                       `json:"noPHI,omitempty"`    // the data of PHI projects stays out of reach

	// WithoutOrgs are the IDs of orgs that stay out of reach, with the projects
	// that they pay for.
	WithoutOrgs []string `json:"withoutOrgs,omitempty"`
}

// FullScope reaches all that the user reaches.
func FullScope() Scope { return Scope{Full: true} }

// Ceiling returns the greatest level that the token can have on a project; the
// project's own entry wins over the one for all.
func (s Scope) Ceiling(project directory.Project) directory.Level {
	if s.NoPHI && project.ContainsPHI || s.Excludes(project.BillTo) {
		return directory.None
	}
	if s.Full {
		return directory.Administer
	}
	if level, named := s.Projects[project.ID]; named {
		return level
	}
	return s.Projects[Everything]
}

// Excludes reports whether an org stays out of reach; of anything else it does
// not speak.
func (s Scope) Excludes(id string) bool { return slices.Contains(s.WithoutOrgs, id) }

// Without returns a scope that these orgs stay out of as well.
func (s Scope) Without(orgs ...string) Scope {
	for _, org := range orgs {
		if !s.Excludes(org) {
			s.WithoutOrgs = append(slices.Clip(s.WithoutOrgs), org)
		}
	}
	return s
}

// Need says what a request needs of the token in it.
type Need int

// The needs; the zero value is the greatest.
const (
	WholeAccount Need = iota // what is no project: the account, other tokens, orgs
	WithinScope              // projects, each as far as the scope lets it
)

// Meets reports whether a token of that scope will do.
func (s Scope) Meets(need Need) bool { return s.Full || need == WithinScope }

// Within reports whether s reaches nothing that outer does not reach.
func (s Scope) Within(outer Scope) bool {
	if outer.NoPHI && !s.NoPHI || slices.ContainsFunc(outer.WithoutOrgs, func(org string) bool { return !s.Excludes(org) }) {
		return false
	}
	if outer.Full {
		return true
	}
	if s.Full || s.Projects[Everything] > outer.Projects[Everything] {
		return false
	}
	return s.namedWithin(outer) && s.coversLimitsOf(outer)
}

// namedWithin compares the projects that s names.
func (s Scope) namedWithin(outer Scope) bool {
	for id, level := range s.Projects {
		limit, named := outer.Projects[id]
		if !named {
			limit = outer.Projects[Everything]
		}
		if level > limit {
			return false
		}
	}
	return true
}

// coversLimitsOf looks at the projects that only outer names: there the general
// entry of s must not reach further.
func (s Scope) coversLimitsOf(outer Scope) bool {
	for id, limit := range outer.Projects {
		if _, named := s.Projects[id]; !named && s.Projects[Everything] > limit {
			return false
		}
	}
	return true
}
