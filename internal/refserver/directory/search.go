package directory

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Query selects projects. Zero values match every project, except that MinLevel
// None still needs VIEW.
type Query struct {
	Filter
	MinLevel Level
	Explicit bool  // granted to the viewer or an org of the viewer, not to PUBLIC alone
	After    int64 // position of the last row of the previous page
	Limit    int   // of hits on a page; at least 1

	Permissions bool // fill in the permissions of each hit

	// FindProjects and FindOrgProjects fill these in for the store: it returns the
	// projects on which one of the grantees has at least MinLevel, or, if Billed,
	// all projects that BillTo pays for.
	Grantees []string
	Billed   bool
}

// Filter is the part of a query that the store evaluates alone. Zero values match
// every project.
type Filter struct {
	Name             string // exact, case matters
	Matches          func(name string) bool
	Prefix           string // of all names that Matches accepts
	Labels           Rule   // about tags and properties
	Public           *bool  // nil: either, but public projects only if granted otherwise too
	BillTo           string
	CreatedBy        string
	Regions          []string // one of these
	ContainsPHI      *bool
	UploadRestricted *bool
	Created          Span
	Modified         Span
}

// Span is a time interval that includes both ends; a zero end is open.
type Span struct{ From, To time.Time }

// Found is a project that the store found. Permissions holds the levels of the
// queried grantees and of PUBLIC, also those below MinLevel.
type Found struct {
	Project     Project
	Permissions map[string]Level
	Position    int64
}

// Hit is a project that a query found.
type Hit struct {
	Project
	Level       Level
	Sources     []string // the grantees that the level comes from
	Public      bool
	Permissions map[string]Level // of all grantees, if the query asks for them
	position    int64
}

// Page is one page of hits. Next is the After of the next page, 0 at the end.
type Page struct {
	Hits []Hit
	Next int64
}

// maxBatch limits how many projects are read at once while few of them match.
const maxBatch = 2000

// FindProjects returns a page of the projects that the viewer can reach. It
// returns refusal.WrongInput if the query has too many conditions.
func (s *Service) FindProjects(ctx context.Context, tx Tx, viewer Viewer, query Query) (Page, error) {
	viewer, err := withProjectOrgs(ctx, tx, viewer)
	if err != nil {
		return Page{}, err
	}
	query.Grantees = query.grantees(viewer)
	return searchPage(ctx, tx, query, func(found Found) (Hit, bool) { return query.admits(viewer, found) })
}

// FindOrgProjects returns a page of the projects that an org pays for to one of
// its admins. Projects that the admin can't reach are included, with the level
// None. It returns ErrNoOrg, refusal.OrgAccess and refusal.WrongInput.
func (s *Service) FindOrgProjects(ctx context.Context, tx Tx, viewer Viewer, orgID string, query Query) (Page, error) {
	if _, err := s.Org(ctx, tx, viewer, orgID, Admin); err != nil {
		return Page{}, err
	}
	viewer, err := withProjectOrgs(ctx, tx, viewer)
	if err != nil {
		return Page{}, err
	}
	query.BillTo = orgID
	query.Grantees, query.Billed = query.grantees(viewer), true
	least := query.MinLevel
	query.MinLevel = None // the store must return all of them
	return searchPage(ctx, tx, query, func(found Found) (Hit, bool) {
		hit := hitOf(viewer, found)
		return hit, hit.Level >= least
	})
}

// withProjectOrgs returns the viewer with all memberships that matter for a search.
func withProjectOrgs(ctx context.Context, tx Tx, viewer Viewer) (Viewer, error) {
	memberships, err := tx.ProjectMemberships(ctx, viewer.UserID)
	return viewer.Through(memberships), err
}

// searchPage queries the store until it has a page of hits that admit accepts.
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

// complete fills in the permissions of a page if the query asks for them.
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

// admits applies the limits of orgs and of the token, which the store does not
// know.
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
