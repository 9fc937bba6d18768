package directory

import (
	"context"
	"maps"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Reader runs f in a transaction of its own that changes nothing, with the viewer as
// it is then. It may run f more than once; only the last run counts.
type Reader func(f func(Tx, Viewer) error) error

// FindProjects returns a page of the projects that the viewer can reach. It reads in
// many short transactions and matches the pattern outside of any, until the page is
// full or the budget of a search is spent. It returns refusal.WrongInput if the query
// has too many conditions.
func (s *Service) FindProjects(ctx context.Context, read Reader, query Query) (Page, error) {
	return s.search(ctx, read, query, func(Tx, Viewer) error { return nil })
}

// FindOrgProjects is FindProjects for the projects that an org pays for, for one of
// its admins. Projects that the admin can't reach are included, with the level None.
// It also returns ErrNoOrg and refusal.OrgAccess.
func (s *Service) FindOrgProjects(ctx context.Context, read Reader, orgID string, query Query) (Page, error) {
	query.BillTo, query.Billed = orgID, true
	return s.search(ctx, read, query, func(tx Tx, viewer Viewer) error {
		_, err := ViewOrg(ctx, tx, viewer, orgID, Admin)
		return err
	})
}

// HasProjects reports whether a permission on a project was granted to the viewer, or to an
// org through which the viewer reaches projects.
func HasProjects(ctx context.Context, tx Tx, viewer Viewer) (bool, error) {
	memberships, err := tx.ProjectMemberships(ctx, viewer.UserID)
	if err != nil {
		return false, err
	}
	query := Query{MinLevel: View, Explicit: true, Limit: 1, Window: 1}
	query.Grantees = query.grantees(viewer.Through(memberships))
	scan, err := tx.ScanProjects(ctx, query)
	return len(scan.Candidates) > 0, err
}

// MaxIDs bounds the projects that a query names.
const MaxIDs = 1000

// check returns refusal.WrongInput if the query has too many conditions.
func (q Query) check() error {
	if q.Labels.count() > MaxRules {
		return refusal.Inputf("tags", "and properties ask for more than %d things", MaxRules)
	}
	if len(q.IDs) > MaxIDs {
		return refusal.Inputf("id", "names more than %d", MaxIDs)
	}
	if len(q.Regions) > MaxRules {
		return refusal.Inputf("region", "names more than %d", MaxRules)
	}
	return nil
}

// search is a search in progress.
type search struct {
	query   Query
	allowed func(Tx, Viewer) error
	read    Reader
	budget  *budget.Budget

	window  int         // size of the next
	scanned int64       // the last position of the last window; 0: that was the end
	pending []Candidate // of the window, not loaded yet
	done    int64       // everything up to this position is in hits or does not match
	hits    []Hit
}

// firstWindow and maxWindow bound the rows of one transaction. Others run in between.
const (
	minWindow   = 10 // with many conditions
	firstWindow = 50
	maxWindow   = 1000
)

func (s *Service) search(ctx context.Context, read Reader, query Query, allowed func(Tx, Viewer) error) (Page, error) {
	if err := query.check(); err != nil {
		return Page{}, err
	}
	running := &search{
		query: query, allowed: allowed, read: read, budget: budget.New(),
		window: max(firstWindow, query.Limit+1), scanned: query.After, done: query.After,
	}
	for first := true; first || running.continues(); first = false {
		if err := running.step(ctx); err != nil {
			return Page{}, err
		}
	}
	return running.page(), nil
}

// continues reports whether the page is neither full nor the last, and the budget not
// spent. Candidates that wait were matched at a cost, so one step more loads some.
func (s *search) continues() bool {
	if len(s.hits) > s.query.Limit || len(s.pending) == 0 && s.scanned == 0 {
		return false
	}
	return !s.budget.Spent() || s.done == s.query.After && len(s.pending) > 0
}

func (s *search) page() Page {
	switch limit := s.query.Limit; {
	case len(s.hits) > limit:
		return Page{Hits: s.hits[:limit], Next: s.hits[limit-1].Position}
	case len(s.pending) == 0 && s.scanned == 0:
		return Page{Hits: s.hits}
	default:
		return Page{Hits: s.hits, Next: s.done}
	}
}

func (s *search) step(ctx context.Context) error {
	if err := s.budget.Turn(ctx); err != nil {
		return err
	}
	if len(s.pending) > 0 {
		return s.load(ctx)
	}
	return s.scan(ctx)
}

// inStep runs f in a transaction, with the viewer's orgs and the query for them as
// they are then.
func (s *search) inStep(ctx context.Context, f func(Tx, Viewer, Query) error) error {
	return s.read(func(tx Tx, viewer Viewer) error {
		if err := s.allowed(tx, viewer); err != nil {
			return err
		}
		memberships, err := tx.ProjectMemberships(ctx, viewer.UserID)
		if err != nil {
			return err
		}
		viewer, query := viewer.Through(memberships), s.query
		query.Grantees = query.grantees(viewer)
		return f(tx, viewer, query)
	})
}

// scan reads the next window and matches it. Where there is nothing to match, and few
// candidates, it loads them in the same transaction.
func (s *search) scan(ctx context.Context) error {
	var scan Scan
	var part loaded
	cost := s.query.Labels.count()
	err := s.inStep(ctx, func(tx Tx, viewer Viewer, query Query) (err error) {
		query.After, query.Window = s.scanned, max(minWindow, min(s.window, maxWindow)/cost)
		scan, err = tx.ScanProjects(ctx, query)
		part = loaded{}
		if err == nil && s.query.Matches == nil && len(scan.Candidates) <= fewCandidates {
			part, err = s.loadSome(ctx, tx, viewer, query, scan.Candidates)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.window *= 2
	s.budget.Spend(scan.Rows*cost, 0)
	s.pending, s.scanned = scan.Candidates, scan.Next
	if s.query.Matches != nil && len(s.pending) > 0 {
		s.match(ctx)
	}
	s.take(part)
	return ctx.Err()
}

// match removes the candidates that the pattern does not match. It stops when the
// page may be full or the budget is spent, but not before the first candidate; the
// next scan begins there.
func (s *search) match(ctx context.Context) {
	candidates, needed := s.pending, s.query.Limit+1-len(s.hits)
	s.pending = nil
	for i, candidate := range candidates {
		if s.query.Matches(candidate.Name) {
			s.pending = append(s.pending, candidate)
		}
		isLast := i == len(candidates)-1
		if !isLast && (len(s.pending) == needed || s.budget.Spent() || ctx.Err() != nil) {
			s.scanned = candidate.Position
			return
		}
	}
}

// maxLoad bounds the projects that one transaction loads, and maxLoadedGrants the
// permissions that it looks for. The one that reads a window loads fewCandidates at most.
const (
	maxLoad         = 100
	maxLoadedGrants = 2000
	fewCandidates   = 10
)

// loaded is what a transaction read of the pending candidates.
type loaded struct {
	hits         []Hit
	reached      int64 // the last position that was read
	steps, bytes int
}

// load reads the first of the pending candidates, and keeps those that the viewer can
// reach.
func (s *search) load(ctx context.Context) error {
	var part loaded
	err := s.inStep(ctx, func(tx Tx, viewer Viewer, query Query) (err error) {
		part, err = s.loadSome(ctx, tx, viewer, query, s.pending)
		return err
	})
	if err != nil {
		return err
	}
	s.take(part)
	return nil
}

// take keeps what was read of the pending candidates.
func (s *search) take(part loaded) {
	s.budget.Spend(part.steps, part.bytes)
	s.hits, s.done = append(s.hits, part.hits...), max(s.done, part.reached)
	for len(s.pending) > 0 && s.pending[0].Position <= part.reached {
		s.pending = s.pending[1:]
	}
	if len(s.pending) == 0 {
		s.done = max(s.done, s.scanned)
	}
}

func (s *search) loadSome(ctx context.Context, tx Tx, viewer Viewer, query Query, pending []Candidate) (part loaded, err error) {
	atOnce := max(1, min(maxLoad, maxLoadedGrants/(1+len(query.Grantees)), query.Limit+1-len(s.hits)))
	some := pending[:min(len(pending), atOnce)]
	if len(some) == 0 {
		return part, nil
	}
	names := map[int64]string{}
	for _, candidate := range some {
		names[candidate.Position] = candidate.Name
	}
	found, err := tx.ProjectsAt(ctx, Positions{Numbers: slices.Sorted(maps.Keys(names)), Grantees: query.Grantees, Bytes: s.budget.Bytes()})
	if err != nil {
		return part, err
	}
	part.reached = some[len(some)-1].Position
	for _, project := range found {
		hit := hitOf(viewer, project)
		part.steps, part.bytes = part.steps+1+len(query.Grantees), part.bytes+project.Project.Size()
		isRenamed := query.Matches != nil && hit.Name != names[hit.Position] // since it was matched
		if query.admits(hit) && !isRenamed {
			if err := part.add(ctx, tx, query, hit); err != nil {
				return part, err
			}
		}
		if part.bytes >= s.budget.Bytes() { // the page ends here
			part.reached = project.Position
			break
		}
	}
	return part, nil
}

// add appends a hit, with its permissions and folders if the query asks for them.
func (l *loaded) add(ctx context.Context, tx Tx, query Query, hit Hit) (err error) {
	if query.Permissions {
		hit.Permissions, err = tx.Permissions(ctx, hit.ID)
	}
	for grantee := range hit.Permissions {
		l.steps, l.bytes = l.steps+1, l.bytes+len(grantee)
	}
	if query.Folders && err == nil {
		hit.Folders, err = allFolders(ctx, tx, hit.ID)
	}
	for _, folder := range hit.Folders {
		l.steps, l.bytes = l.steps+1, l.bytes+len(folder)
	}
	l.hits = append(l.hits, hit)
	return err
}
