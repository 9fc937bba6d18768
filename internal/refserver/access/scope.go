package access

import (
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Everything is the key of a scope's entry for all projects.
const Everything = "*"

// Scope limits what a token gives access to. The zero value allows nothing.
type Scope struct {
	Full     bool                       `json:"full,omitempty"`
	Projects map[string]directory.Level `json:"projects,omitempty"` // project ID or Everything
	NoPHI    bool                       `json:"noPHI,omitempty"`    // excludes the data of PHI projects

	// WithoutOrgs are the IDs of excluded orgs. The projects that they pay for are
	// excluded, too.
	WithoutOrgs []string `json:"withoutOrgs,omitempty"`

	// TrustRule is the ID of the trust rule that the token came from, which package trust
	// looks up at each use; empty: none.
	TrustRule string `json:"trustRule,omitempty"`
}

// FullScope allows everything that the user may do.
func FullScope() Scope { return Scope{Full: true} }

// Ceiling returns the highest level that the scope allows on a project. The
// project's own entry takes precedence over the one for all projects.
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

// Excludes reports whether an org is excluded. For other IDs it returns false.
func (s Scope) Excludes(id string) bool { return slices.Contains(s.WithoutOrgs, id) }

// Without returns a scope that also excludes these orgs.
func (s Scope) Without(orgs ...string) Scope {
	for _, org := range orgs {
		if !s.Excludes(org) {
			s.WithoutOrgs = append(slices.Clip(s.WithoutOrgs), org)
		}
	}
	return s
}

// Below returns a scope with all limits of outer that have nothing to do with projects
// and levels. Whoever makes a token with another one cannot leave them out.
func (s Scope) Below(outer Scope) Scope {
	s = s.Without(outer.WithoutOrgs...)
	if outer.TrustRule != "" {
		s.TrustRule = outer.TrustRule
	}
	return s
}

// Need is the scope that a request needs.
type Need int

// The needs; the zero value is the strictest.
const (
	WholeAccount Need = iota // everything but projects: the account, other tokens, orgs
	WithinScope              // projects, limited by the scope
)

// Meets reports whether the scope is sufficient.
func (s Scope) Meets(need Need) bool { return s.Full || need == WithinScope }

// Within reports whether s allows nothing that outer does not allow.
func (s Scope) Within(outer Scope) bool {
	if outer.NoPHI && !s.NoPHI || slices.ContainsFunc(outer.WithoutOrgs, func(org string) bool { return !s.Excludes(org) }) {
		return false
	}
	if outer.TrustRule != "" && s.TrustRule != outer.TrustRule {
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

// namedWithin reports whether outer allows the levels on the projects that s names.
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

// coversLimitsOf reports whether the entry of s for all projects stays within the
// entries for projects that only outer names.
func (s Scope) coversLimitsOf(outer Scope) bool {
	for id, limit := range outer.Projects {
		if _, named := s.Projects[id]; !named && s.Projects[Everything] > limit {
			return false
		}
	}
	return true
}
