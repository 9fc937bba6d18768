package directory_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// numberedTx has projects that are named by their positions, and counts what is read.
type numberedTx struct {
	directory.Tx
	length      int64
	description string
	scanned     int // by one request
	loaded      int
	mostScanned int // by one request
	most        int // read in one transaction
	open        bool
}

func (s *numberedTx) ProjectMemberships(context.Context, string) ([]directory.Membership, error) {
	return nil, nil
}

func (s *numberedTx) ScanProjects(_ context.Context, query directory.Query) (directory.Scan, error) {
	var scan directory.Scan
	for no := query.After + 1; no <= s.length && scan.Rows < query.Window; no++ {
		scan.Candidates = append(scan.Candidates, directory.Candidate{Position: no, Name: fmt.Sprint(no)})
		scan.Rows++
		scan.Next = no
	}
	if scan.Rows < query.Window {
		scan.Next = 0
	}
	s.scanned += scan.Rows
	s.most = max(s.most, scan.Rows)
	return scan, nil
}

func (s *numberedTx) ProjectsAt(_ context.Context, query directory.Positions) ([]directory.Found, error) {
	var found []directory.Found
	for _, no := range query.Numbers {
		project := directory.Project{Name: fmt.Sprint(no), Description: s.description}
		found = append(found, directory.Found{Project: project, Permissions: map[string]directory.Level{alice: administer}, Position: no})
		if query.Bytes -= project.Size(); query.Bytes <= 0 {
			break
		}
	}
	s.loaded += len(found)
	return found, nil
}

// reader reads with a token that reaches the projects whose name has the suffix.
func (s *numberedTx) reader(t *testing.T, suffix string) directory.Reader {
	t.Helper()
	viewer := directory.NewViewer(alice, func(project directory.Project) directory.Level {
		if strings.HasSuffix(project.Name, suffix) {
			return administer
		}
		return none
	})
	return func(f func(directory.Tx, directory.Viewer) error) error {
		s.open = true
		defer func() { s.open = false }()
		return f(s, viewer)
	}
}

// search is one request.
func (s *numberedTx) search(t *testing.T, suffix string, query directory.Query) directory.Page {
	t.Helper()
	page, err := directory.NewService(nil, rand.Reader).FindProjects(t.Context(), s.reader(t, suffix), query)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// walk sends requests to the end, and returns the names and the number of requests.
func (s *numberedTx) walk(t *testing.T, suffix string, query directory.Query) (names []string, requests int) {
	t.Helper()
	for {
		requests++
		s.scanned = 0
		page := s.search(t, suffix, query)
		s.mostScanned = max(s.mostScanned, s.scanned)
		for _, hit := range page.Hits {
			names = append(names, hit.Name)
		}
		if page.Next == 0 {
			return names, requests
		}
		if page.Next <= query.After {
			t.Fatalf("after %d comes %d", query.After, page.Next)
		}
		query.After = page.Next
	}
}

// TestASearchHasABudget checks for each kind of search that a request costs a bounded
// number of rows, that no transaction reads many, and that the requests together
// still find every project once.
func TestASearchHasABudget(t *testing.T) {
	const projects = 50_000
	endsIn := func(suffix string) func(string) bool {
		return func(name string) bool { return strings.HasSuffix(name, suffix) }
	}
	rules := func(n int) directory.Rule {
		return directory.AnyOf(slices.Repeat([]directory.Rule{directory.HasTag("x")}, n)...)
	}
	for name, c := range map[string]struct {
		suffix string // of what the token reaches
		query  directory.Query
		cost   int // of a row; 0: one step
	}{
		"a pattern that few names match": {query: directory.Query{Filter: directory.Filter{Matches: endsIn("4999")}}},
		"a token that reaches few":       {suffix: "4999"},
		"both":                           {suffix: "999", query: directory.Query{Filter: directory.Filter{Matches: endsIn("4999")}}},
		"many conditions": {
			suffix: "4999", query: directory.Query{Filter: directory.Filter{Labels: rules(directory.MaxRules - 1)}}, cost: directory.MaxRules,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &numberedTx{length: projects}
			for _, limit := range []int{1, 1000} {
				c.query.Limit = limit
				*s = numberedTx{length: projects}
				names, _ := s.walk(t, c.suffix, c.query)
				if want := []string{"4999", "14999", "24999", "34999", "44999"}; !slices.Equal(names, want) {
					t.Errorf("%d a page: found %v, want %v", limit, names, want)
				}
				if most := budget.MaxSteps/max(1, c.cost) + 1000; s.mostScanned > most {
					t.Errorf("a request reads %d rows, want at most %d", s.mostScanned, most)
				}
				if s.most > max(1000, limit+1) {
					t.Errorf("a transaction reads %d rows", s.most)
				}
			}
		})
	}
}

// TestASlowPatternEndsThePage checks that a request stops when its time is up, that
// matching happens outside of every transaction, and that each request still gets
// further, even if one match takes longer than all the time that there is.
func TestASlowPatternEndsThePage(t *testing.T) {
	for _, took := range []time.Duration{time.Millisecond, 10 * time.Millisecond, time.Hour} {
		t.Run(took.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &numberedTx{length: 300}
				query := directory.Query{Limit: 10}
				var longest time.Duration
				query.Matches = func(name string) bool {
					if s.open {
						t.Error("a pattern is matched while a transaction is open")
					}
					time.Sleep(took)
					return name == "7" || name == "300"
				}
				read := s.reader(t, "")
				var names []string
				for more := true; more; more = query.After > 0 {
					start := time.Now()
					page, err := directory.NewService(nil, rand.Reader).FindProjects(t.Context(), read, query)
					if err != nil || page.Next != 0 && page.Next <= query.After {
						t.Fatalf("after %d comes %d: %v", query.After, page.Next, err)
					}
					longest = max(longest, time.Since(start))
					for _, hit := range page.Hits {
						names = append(names, hit.Name)
					}
					query.After = page.Next
				}
				if want := []string{"7", "300"}; !slices.Equal(names, want) {
					t.Errorf("found %v, want %v", names, want)
				}
				if longest > budget.MaxTime+took {
					t.Errorf("a request took %v", longest)
				}
			})
		})
	}
}

// TestPatternsWaitForTheirTurn checks that few requests match at the same time, and
// that the wait does not count.
func TestPatternsWaitForTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service, turns := directory.NewService(nil, rand.Reader), budget.NewTurns(3)
		var matching atomic.Int32
		query := directory.Query{Limit: 100, Filter: directory.Filter{Matches: func(string) bool {
			if n := int(matching.Add(1)); n > 3 {
				t.Errorf("%d requests match at the same time", n)
			}
			time.Sleep(time.Millisecond)
			matching.Add(-1)
			return true
		}}}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				s := &numberedTx{length: 100}
				ctx, end := turns.Begin(t.Context())
				defer end()
				page, err := service.FindProjects(ctx, s.reader(t, ""), query)
				if err != nil || len(page.Hits) != 100 || page.Next != 0 {
					t.Errorf("found %d, next %d: %v", len(page.Hits), page.Next, err)
				}
			})
		}
		all.Wait()
	})
}

// TestAPatternEndsWithItsRequest checks that nothing is matched for a client that gave
// up, whether it waits for its turn or has it.
func TestAPatternEndsWithItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := directory.NewService(nil, rand.Reader)
		s := &numberedTx{length: 100}
		ctx, cancel := context.WithCancel(t.Context())
		matched := 0
		query := directory.Query{Limit: 10, Filter: directory.Filter{Matches: func(string) bool { matched++; cancel(); return false }}}
		_, err := service.FindProjects(ctx, s.reader(t, ""), query)
		if !errors.Is(err, context.Canceled) || matched != 1 {
			t.Errorf("%d names were matched: %v", matched, err)
		}
	})
}

// TestAPageEndsByBytes checks that projects with long texts make short pages.
func TestAPageEndsByBytes(t *testing.T) {
	s := &numberedTx{length: 100, description: strings.Repeat("x", 64<<10)}
	for _, limit := range []int{1, 10, 1000} {
		s.loaded = 0
		names, requests := s.walk(t, "", directory.Query{Limit: limit})
		if len(names) != 100 {
			t.Errorf("%d a page: found %d", limit, len(names))
		}
		if bytes := s.loaded / requests * len(s.description); bytes > budget.MaxBytes {
			t.Errorf("%d a page: %d bytes a page", limit, bytes)
		}
	}
}

func TestAPageReadsLittleMoreThanItself(t *testing.T) {
	s := &numberedTx{length: 20_000}
	page := s.search(t, "", directory.Query{Limit: 10})
	if len(page.Hits) != 10 || page.Next != 10 || s.loaded > 11 || s.scanned > 50 {
		t.Errorf("%d hits, next %d, %d loaded, %d scanned", len(page.Hits), page.Next, s.loaded, s.scanned)
	}
}
