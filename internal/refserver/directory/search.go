package directory

import "time"

// Query selects projects. Zero values match every project, except that MinLevel
// None still needs VIEW.
type Query struct {
	Filter
	MinLevel Level
	Explicit bool  // granted to the viewer or an org of the viewer, not to PUBLIC alone
	After    int64 // position of the last row of the previous page
	Limit    int   // of hits on a page; at least 1

	Permissions bool // fill in the permissions of each hit
	Folders     bool // fill in the folders of each hit

	// FindProjects and FindOrgProjects fill these in for the store: it looks at the
	// next permissions of the grantees or, if Billed, at the next projects that BillTo
	// pays for, as many as the window has rows.
	Grantees []string
	Billed   bool
	Window   int
}

// Filter is the part of a query that the store evaluates alone. Zero values match
// every project.
type Filter struct {
	IDs              []string // nil: any
	Name             string   // exact, case matters
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

// Scan is what a window of rows has of a query. Next is the After of the next window,
// 0 at the end.
type Scan struct {
	Candidates []Candidate
	Rows       int // looked at
	Next       int64
}

// Candidate is a project in a window. Its name is filled in if the query has a
// pattern.
type Candidate struct {
	Position int64
	Name     string
}

// Positions asks for projects by their positions.
type Positions struct {
	Numbers  []int64
	Grantees []string // whose levels are wanted
	Bytes    int      // after which there is enough
}

// Found is a project that the store found. Permissions holds the levels of the
// queried grantees and of PUBLIC.
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
	Folders     []string         // all paths, if the query asks for them
	Position    int64            // the After of a page that begins behind it
}

// Page is one page of hits. Next is the After of the next page, 0 at the end. A page
// may have fewer hits than the limit, or none, without being the last: a search stops
// when its budget is spent.
type Page struct {
	Hits []Hit
	Next int64
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

// admits applies the limits of orgs and of the token, which the store does not know.
func (q Query) admits(hit Hit) bool {
	if q.Billed {
		return hit.Level >= q.MinLevel
	}
	return hit.Level >= max(q.MinLevel, View)
}

func hitOf(viewer Viewer, found Found) Hit {
	_, public := found.Permissions[Public]
	return Hit{
		Project: found.Project, Level: LevelOn(viewer, found.Project, found.Permissions), Public: public,
		Sources: sources(viewer, found.Permissions), Position: found.Position,
	}
}
