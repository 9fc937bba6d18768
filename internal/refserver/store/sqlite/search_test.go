package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// grantees returns a user and some orgs, n in all.
func grantees(n int) []string {
	list := []string{"user-alice"}
	for i := 1; i < n; i++ {
		list = append(list, fmt.Sprintf("org-%d", i))
	}
	return list
}

// A window of rows costs the same however many projects there are: an index orders
// the grants of each grantee, the lists are merged, the conditions are checked on the
// rows of the window, and nothing longer is sorted or scanned.
func TestSearchSortsAndScansNothing(t *testing.T) {
	s := openMemory(t)
	for n := 1; n <= 5; n++ {
		for name, c := range map[string]struct {
			search directory.Query
			index  string
			once   bool // for all grantees together
		}{
			"first page": {directory.Query{Grantees: grantees(n), Limit: 11}, "SEARCH pm USING PRIMARY KEY (grantee=? AND project_no>?)", false},
			"by name":    {directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{Name: "x"}}, "INDEX projects_name (name=? AND no>?)", false},
			"by a field": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{CreatedBy: "x"}},
				"SEARCH p USING INTEGER PRIMARY KEY (rowid=?)", true,
			},
			"by who pays": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{BillTo: "x"}},
				"INDEX projects_payer (bill_to=? AND no>?)", false,
			},
			"public ones": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{Public: new(true)}},
				"SEARCH permissions USING PRIMARY KEY (grantee=? AND project_no>?)", false,
			},
			"by a pattern": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{Matches: directory.Glob("x*")}},
				"SEARCH pm USING PRIMARY KEY (grantee=? AND project_no>?)", false,
			},
			"by a tag": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{Labels: directory.HasTag("x")}},
				"PRIMARY KEY (project_no=? AND tag=?)", true,
			},
			"by a property": {
				directory.Query{Grantees: grantees(n), Limit: 11, Filter: directory.Filter{Labels: directory.HasProperty("x")}},
				"PRIMARY KEY (project_no=? AND name=?)", true,
			},
		} {
			t.Run(fmt.Sprintf("%s, %d grantees", name, n), func(t *testing.T) {
				steps := planOf(t, s, scanOf(t, s, c.search))
				if strings.Contains(steps, "TEMP B-TREE") || strings.Contains(steps, "SCAN pm") || strings.Contains(steps, "SCAN p") {
					t.Errorf("sorts or scans:\n%s", steps)
				}
				want := n
				if c.once {
					want = 1
				}
				if got := strings.Count(steps, c.index); got != want {
					t.Errorf("uses the index %d times for %d grantees, want %d:\n%s", got, n, want, steps)
				}
			})
		}
	}
}

// A search by ID reads the named projects only, however many grantees there are.
func TestSearchByIDReadsTheNamedProjects(t *testing.T) {
	s := openMemory(t)
	for name, search := range map[string]directory.Query{
		"of a user": {Grantees: grantees(300), Limit: 11, Filter: directory.Filter{IDs: []string{"project-1", "project-2"}}},
		"of an org": {Billed: true, Grantees: grantees(2), Limit: 11, Filter: directory.Filter{IDs: []string{"project-1"}, BillTo: "org-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			steps := planOf(t, s, scanOf(t, s, search))
			if !strings.Contains(steps, "(id=?") || strings.Contains(steps, "SCAN p") {
				t.Errorf("scans:\n%s", steps)
			}
		})
	}
}

// fill makes projects that alice reaches, every tenth also through an org, each
// shared with one of 10,000 other users and one of 1,000 other orgs.
func fill(t testing.TB, s *Store, projects int) {
	t.Helper()
	for _, statement := range []string{
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO projects SELECT i, 'project-' || i, 'Study ' || i, '', '', 'user-alice', 'user-alice', 'aws:us-east-1', 0,
				'null', 'null', 1700000000000, 1700000000000, 0, 0, 0, 0, 0, 0, NULL, 'null', 0 FROM n`,
		`INSERT INTO permissions SELECT 'user-alice', no, 4 FROM projects WHERE no <= ?`,
		`INSERT INTO permissions SELECT 'org-1', no, 1 FROM projects WHERE no % 10 = 0 AND no <= ?`,
		`INSERT INTO permissions SELECT 'user-' || no % 10000, no, 2 FROM projects WHERE no <= ?`,
		`INSERT INTO permissions SELECT 'org-' || (1000 + no % 1000), no, 1 FROM projects WHERE no <= ?`,
	} {
		if _, err := s.writer.ExecContext(t.Context(), statement, projects); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFill(t *testing.T) {
	s := openMemory(t)
	fill(t, s, 100)
	page := find(t, s, directory.Query{Grantees: grantees(3), Limit: 11, After: 9})
	if len(page) != 11 || page[0].Project.Name != "Study 10" || page[10].Project.Name != "Study 20" {
		t.Errorf("found %+v", page)
	}
	want := map[string]directory.Level{"user-alice": directory.Administer, "org-1": directory.View}
	if diff := cmp.Diff(want, page[0].Permissions); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
}

// find reads the first projects of a search, in windows like those of a request.
func find(t testing.TB, s *Store, search directory.Query) (found []directory.Found) {
	t.Helper()
	var numbers []int64
	search.Window = max(50, search.Limit)
	for next := search.After; len(numbers) < search.Limit; search.Window = min(1000, 2*search.Window) {
		err := s.Read(t.Context(), func(tx transaction.Tx) error {
			search.After = next
			scan, err := tx.ScanProjects(t.Context(), search)
			for _, candidate := range scan.Candidates {
				if search.Matches == nil || search.Matches(candidate.Name) {
					numbers = append(numbers, candidate.Position)
				}
			}
			next = scan.Next
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if next == 0 {
			break
		}
	}
	at := directory.Positions{Numbers: numbers[:min(len(numbers), search.Limit)], Grantees: search.Grantees, Bytes: 1 << 20}
	err := s.Read(t.Context(), func(tx transaction.Tx) (err error) {
		found, err = tx.ProjectsAt(t.Context(), at)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// BenchmarkSearch measures a page of findProjects for a user who reaches every
// project. A search along an index, or with its matches in the next rows, costs
// the same for any number of projects; one that looks at each project costs in
// proportion.
func BenchmarkSearch(b *testing.B) {
	yes := true
	for _, c := range []struct {
		name string
		want int // projects on the page
		of   func(projects int) directory.Query
	}{
		{"first page", 11, func(int) directory.Query { return directory.Query{Limit: 11} }},
		{"page in the middle", 11, func(n int) directory.Query { return directory.Query{Limit: 11, After: int64(n / 2)} }},
		{"by name", 1, func(n int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{Name: fmt.Sprintf("Study %d", n/2)}}
		}},
		{"by a region that all have", 11, func(int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{Regions: []string{"aws:us-east-1"}}}
		}},
		{"by a pattern that one fits", 1, func(n int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{Matches: directory.Glob(fmt.Sprintf("*y %d", n/2))}}
		}},
		{"by the beginning of one", 1, func(n int) directory.Query {
			glob := fmt.Sprintf("Study %d*", n)
			return directory.Query{Limit: 11, Filter: directory.Filter{Matches: directory.Glob(glob), Prefix: directory.GlobPrefix(glob)}}
		}},
		{"by a tag that none has", 0, func(int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{Labels: directory.HasTag("none")}}
		}},
		{"by a payer that none has", 0, func(int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{BillTo: "org-none"}}
		}},
		{"public ones, of which there are none", 0, func(int) directory.Query {
			return directory.Query{Limit: 11, Filter: directory.Filter{Public: &yes}}
		}},
	} {
		for _, projects := range []int{1000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", c.name, projects), func(b *testing.B) {
				s := openMemory(b)
				fill(b, s, projects)
				search := c.of(projects)
				search.Grantees = grantees(3)
				for b.Loop() {
					if found := find(b, s, search); len(found) != c.want {
						b.Fatalf("found %d projects, want %d", len(found), c.want)
					}
				}
			})
		}
	}
}
