package directory

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Query says which projects are looked for. The zero values ask for nothing in
// particular, except that MinLevel None still needs VIEW.
type Query struct {
	Filter
	MinLevel Level
	Explicit bool  // granted to the viewer or an org of the viewer, not to PUBLIC alone
	After    int64 // position of the last row of the page before
	Limit    int   // of hits on a page; at least 1

	Permissions bool // fill in those of each hit

	// FindProjects and FindOrgProjects fill these in for the store: it looks for the
	// projects of which one of the grantees has at least MinLevel, or, if Billed,
	// for all that BillTo pays for.
	Grantees []string
	Billed   bool
}

// Filter is what a store can look for by itself. The zero values ask for
// nothing in particular.
type Filter struct {
	Name             string // exact, case matters
	Matches          func(name string) bool
	Prefix           string // of all names that Matches takes
	Labels           Rule   // of tags and properties
	Public           *bool  // nil: public or not, but public ones only when granted otherwise too
	BillTo           string
	CreatedBy        string
	Regions          []string // one of these
	ContainsPHI      *bool
	UploadRestricted *bool
	Created          Span
	Modified         Span
}

// Span is a part of time to which both ends belong; a zero end is open.
type Span struct{ From, To time.Time }

// Found is one project that a store found. Permissions holds the grants of the asked
// grantees, also those below MinLevel, and of PUBLIC.
type Found struct {
	Project     Project
	Permissions map[string]Level
	Position    int64
}

// Hit is a project that a query found.
type Hit struct {
	Project
	Level       Level
	Sources     []string // whose grants it comes from
	Public      bool
	Permissions map[string]Level // all grants, where the query asks for them
	position    int64
}

// Page is a part of the answer. Next is the After of the next page, 0 at the end.
type Page struct {
	Hits []Hit
	Next int64
}

// maxBatch bounds what is read at once when levels let little through.
const maxBatch = 2000

// FindProjects returns a page of the projects that the viewer can reach. It
// answers refusal.WrongInput where too much is asked at once.
func (s *Service) FindProjects(ctx context.Context, tx Tx, viewer Viewer, query Query) (Page, error) {
	query.Grantees = query.grantees(viewer)
	return searchPage(ctx, tx, query, func(found Found) (Hit, bool) { return query.admits(viewer, found) })
}

// FindOrgProjects returns a page of the projects that an org pays for, to one of
// its admins, also those which the admin can't reach: their level is None. It
// answers ErrNoOrg, refusal.OrgAccess and refusal.WrongInput.
func (s *Service) FindOrgProjects(ctx context.Context, tx Tx, viewer Viewer, orgID string, query Query) (Page, error) {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return Page{}, err
	}
	query.BillTo = orgID
	query.Grantees, query.Billed = query.grantees(viewer), true
	least := query.MinLevel
	query.MinLevel = None // in the store
	return searchPage(ctx, tx, query, func(found Found) (Hit, bool) {
		hit := hitOf(viewer, found)
		return hit, hit.Level >= least
	})
}

// searchPage asks the store until there is a page of what is admitted.
func searchPage(ctx context.Context, tx Tx, query Query, admit func(Found) (Hit, bool)) (Page, error) {
	if query.Labels.count() > MaxRules {
		return Page{}, refusal.Inputf("tags", "and properties ask for more than %d things", MaxRules)
	}
	if len(query.Regions) > MaxRules {
		return Page{}, refusal.Inputf("region", "names more than %d", MaxRules)
	}
	search := query
	search.Limit = query.Limit + 1
	var hits []Hit
	for {
		batch, err := tx.SearchProjects(ctx, search)
		if err != nil {
			return Page{}, err
		}
		for _, found := range batch {
			if hit, ok := admit(found); ok {
				hits = append(hits, hit)
			}
		}
		if len(hits) > query.Limit {
			return query.complete(ctx, tx, Page{Hits: hits[:query.Limit], Next: hits[query.Limit-1].position})
		}
		if len(batch) < search.Limit {
			return query.complete(ctx, tx, Page{Hits: hits})
		}
		search.After = batch[len(batch)-1].Position
		search.Limit = min(2*search.Limit, max(maxBatch, query.Limit+1))
	}
}

// complete adds to a page what else the query asks for.
func (q Query) complete(ctx context.Context, tx Tx, page Page) (Page, error) {
	if !q.Permissions {
		return page, nil
	}
	for i := range page.Hits {
		var err error
		if page.Hits[i].Permissions, err = tx.Permissions(ctx, page.Hits[i].ID); err != nil {
			return Page{}, err
		}
	}
	return page, nil
}

func (q Query) grantees(viewer Viewer) []string {
	var list []string
	for _, grantee := range viewer.grants {
		list = append(list, grantee.ID)
	}
	if q.Public != nil && *q.Public && !q.Explicit {
		list = append(list, Public)
	}
	return list
}

// admits applies what a store knows nothing of: what orgs and the token limit.
func (q Query) admits(viewer Viewer, found Found) (Hit, bool) {
	hit := hitOf(viewer, found)
	return hit, hit.Level >= max(q.MinLevel, View)
}

func hitOf(viewer Viewer, found Found) Hit {
	_, public := found.Permissions[Public]
	return Hit{
		Project: found.Project, Level: LevelOn(viewer, found.Project, found.Permissions), Public: public,
		Sources: sources(viewer, found.Permissions), position: found.Position,
	}
}
