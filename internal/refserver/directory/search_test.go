package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// find runs a query to its end, page by page, and returns the names.
func (w world) find(viewer directory.Viewer, query directory.Query) []string {
	w.Helper()
	var names []string
	for _, hit := range w.walk(viewer, query) {
		names = append(names, hit.Name)
	}
	return names
}

func (w world) walk(viewer directory.Viewer, query directory.Query) []directory.Hit {
	w.Helper()
	var hits []directory.Hit
	for {
		page, err := w.service.FindProjects(w.ctx, w.reader(viewer), query)
		w.must(err)
		if len(page.Hits) > query.Limit {
			w.Fatalf("a page of %d has %d hits", query.Limit, len(page.Hits))
		}
		hits = append(hits, page.Hits...)
		if page.Next == 0 {
			return hits
		}
		if page.Next <= query.After {
			w.Fatalf("after %d comes %d", query.After, page.Next)
		}
		query.After = page.Next
	}
}

// reader reads in the transaction of the test.
func (w world) reader(viewer directory.Viewer) directory.Reader {
	return func(f func(directory.Tx, directory.Viewer) error) error { return f(w.tx, viewer) }
}

// named stores a project with a name.
func (w world) named(name string, permissions map[string]directory.Level) {
	w.Helper()
	project, err := w.service.Complete(directory.Project{Name: name, CreatedBy: alice, BillTo: alice})
	w.must(err)
	w.must(w.service.AddProject(w.ctx, w.tx, project, permissions))
}

func TestFindProjects(t *testing.T) {
	t.Parallel()
	type levels = map[string]directory.Level
	yes, no := true, false
	inWorld(t, populated(t), func(w world) {
		w.named("mine", levels{dave: administer})
		w.named("the lab's", levels{lab: administer})
		w.named("public", levels{alice: administer, directory.Public: view})
		w.named("not mine", levels{alice: administer})
		w.named("shown", levels{alice: administer, dave: view})
		w.named("mine and public", levels{dave: upload, directory.Public: view})
		for _, c := range []struct {
			name  string
			query directory.Query
			want  []string
		}{
			{"what was granted", directory.Query{}, []string{"mine", "the lab's", "shown", "mine and public"}},
			{"a level", directory.Query{MinLevel: contribute}, []string{"mine", "the lab's"}},
			{"a level above the membership's", directory.Query{MinLevel: administer}, []string{"mine"}},
			{"public", directory.Query{Filter: directory.Filter{Public: &yes}}, []string{"public", "mine and public"}},
			{"public at a level", directory.Query{Filter: directory.Filter{Public: &yes}, MinLevel: upload}, []string{"mine and public"}},
			{"public and explicit", directory.Query{Filter: directory.Filter{Public: &yes}, Explicit: true}, []string{"mine and public"}},
			{"not public", directory.Query{Filter: directory.Filter{Public: &no}}, []string{"mine", "the lab's", "shown"}},
			{"explicit", directory.Query{Explicit: true}, []string{"mine", "the lab's", "shown", "mine and public"}},
			{"a name", directory.Query{Filter: directory.Filter{Name: "mine"}}, []string{"mine"}},
			{"a name in other case", directory.Query{Filter: directory.Filter{Name: "Mine"}}, nil},
			{"a name that others have", directory.Query{Filter: directory.Filter{Name: "not mine"}}, nil},
			{"a pattern", directory.Query{Filter: directory.Filter{Matches: directory.Glob("mine*")}}, []string{"mine", "mine and public"}},
			{"a pattern and a level", directory.Query{Filter: directory.Filter{Matches: directory.Glob("mine*")}, MinLevel: administer}, []string{"mine"}},
		} {
			for _, limit := range []int{1, 2, 100} {
				c.query.Limit = limit
				if got := w.find(w.viewer(dave), c.query); !slices.Equal(got, c.want) {
					w.Errorf("%s, %d a page: got %q, want %q", c.name, limit, got, c.want)
				}
			}
		}
	})
}

// A viewer has projects if one was granted to the viewer, or to an org through which the
// viewer reaches projects; one that is public is nobody's.
func TestHasProjects(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		permissions map[string]directory.Level
		want        bool
	}{
		"nothing":         {nil, false},
		"of another user": {map[string]directory.Level{alice: administer}, false},
		"public":          {map[string]directory.Level{directory.Public: view}, false},
		"own":             {map[string]directory.Level{dave: view}, true},
		"of an org":       {map[string]directory.Level{lab: view}, true},
		"of another org":  {map[string]directory.Level{ward: view}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, populated(t), func(w world) {
				withoutProjects := directory.NewMembership(ward, dave, directory.Member)
				withoutProjects.ProjectAccess = none
				w.must(w.tx.SetMember(w.ctx, ward, withoutProjects))
				w.named("some", test.permissions)
				has, err := directory.HasProjects(w.ctx, w.tx, w.viewer(dave))
				if err != nil || has != test.want {
					w.Errorf("got %v, %v, want %v", has, err, test.want)
				}
			})
		})
	}
}

func TestFindProjectsKeepsToTheToken(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		w.named("mine", map[string]directory.Level{alice: administer})
		if got := w.find(w.limited(alice, none), directory.Query{Limit: 10}); len(got) != 0 {
			w.Errorf("a token without projects finds %q", got)
		}
		query := directory.Query{Limit: 10, MinLevel: upload}
		if got := w.find(w.limited(alice, view), query); len(got) != 0 {
			w.Errorf("a token of VIEW finds %q to upload to", got)
		}
		query.MinLevel = none
		if hits := w.walk(w.limited(alice, view), query); len(hits) != 1 || hits[0].Level != view {
			w.Errorf("a token of VIEW finds %+v", hits)
		}
	})
}

func TestHitsTellTheirSources(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		w.named("shared", map[string]directory.Level{dave: view, lab: administer, alice: administer, directory.Public: view})
		hits := w.walk(w.viewer(dave), directory.Query{Limit: 10})
		if len(hits) != 1 {
			w.Fatalf("%d hits", len(hits))
		}
		hit := hits[0]
		if want := []string{dave, lab, directory.Public}; !slices.Equal(hit.Sources, want) {
			w.Errorf("sources %v, want %v", hit.Sources, want)
		}
		if hit.Level != contribute || !hit.Public {
			w.Errorf("level %s, public %v", hit.Level, hit.Public)
		}
	})
}

// For every query and page size, each project that matches is found once, oldest
// first.
func TestPagesGiveEverythingOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, populated(t), func(w world) {
		const projects = 16
		for i := range projects {
			permissions := map[string]directory.Level{alice: administer}
			if i%3 > 0 {
				permissions[dave] = directory.Level(i % 3)
			}
			if i%4 > 0 {
				permissions[lab] = directory.Level(i % 4)
			}
			if i%5 == 0 {
				permissions[directory.Public] = view
			}
			w.named(fmt.Sprintf("project %02d", i), permissions)
		}
		// The expectation is computed from the rows, not by a search.
		expected := func(query directory.Query) []string {
			var names []string
			for i := range projects {
				name := fmt.Sprintf("project %02d", i)
				public := i%5 == 0
				granted := directory.Level(max(i%3, i%4))
				level := granted
				if public {
					level = max(level, view)
				}
				switch {
				case granted == none && (query.Explicit || query.Public == nil || !*query.Public):
				case query.Public != nil && *query.Public != public:
				case level < max(query.MinLevel, view):
				case query.Matches != nil && !query.Matches(name):
				default:
					names = append(names, name)
				}
			}
			return names
		}
		rapid.Check(w.T, func(rt *rapid.T) {
			query := directory.Query{
				Limit:    rapid.IntRange(1, projects+5).Draw(rt, "limit"),
				MinLevel: rapid.SampledFrom(allLevels()).Draw(rt, "level"),
				Explicit: rapid.Bool().Draw(rt, "explicit"),
				Filter: directory.Filter{
					Public:  rapid.Ptr(rapid.Bool(), true).Draw(rt, "public"),
					Matches: directory.Glob(rapid.SampledFrom([]string{"*", "*7", "*1?", "nothing"}).Draw(rt, "glob")),
				},
			}
			if got, want := w.find(w.viewer(dave), query), expected(query); !slices.Equal(got, want) {
				rt.Fatalf("got %q, want %q", got, want)
			}
		})
	})
}

func TestAQueryIsBounded(t *testing.T) {
	inWorld(t, populated(t), func(w world) {
		w.named("mine", map[string]directory.Level{alice: administer})
		query := directory.Query{Limit: 10}
		query.Labels = directory.AllOf(slices.Repeat([]directory.Rule{directory.AllOf()}, directory.MaxRules-1)...)
		if got := w.find(w.viewer(alice), query); !slices.Equal(got, []string{"mine"}) {
			w.Errorf("found %q", got)
		}
		query.Labels = directory.AnyOf(query.Labels, directory.HasTag("x"))
		_, err := w.service.FindProjects(w.ctx, w.reader(w.viewer(alice)), query)
		wantInputError(w, err, "tags")

		query = directory.Query{Limit: 10, Filter: directory.Filter{Regions: slices.Repeat([]string{directory.DefaultRegion}, directory.MaxRules)}}
		if got := w.find(w.viewer(alice), query); !slices.Equal(got, []string{"mine"}) {
			w.Errorf("found %q", got)
		}
		query.Regions = append(query.Regions, "moon")
		_, err = w.service.FindProjects(w.ctx, w.reader(w.viewer(alice)), query)
		wantInputError(w, err, "region")
	})
}

// A user in very many orgs still gets every project once.
func TestManyOrgs(t *testing.T) {
	t.Parallel()
	inWorld(t, populated(t), func(w world) {
		const orgs = 120
		for i := range orgs {
			org := directory.Org{ID: fmt.Sprintf("org-%03d", i), Handle: fmt.Sprint(i), Created: morning}
			w.must(w.tx.InsertOrg(w.ctx, org))
			w.must(w.tx.SetMember(w.ctx, org.ID, directory.NewMembership(org.ID, bob, directory.Member)))
		}
		for i := range 20 {
			w.named(fmt.Sprintf("%02d", i), map[string]directory.Level{
				fmt.Sprintf("org-%03d", 6*i): view, fmt.Sprintf("org-%03d", 6*i+1): upload,
			})
		}
		got := w.find(w.viewer(bob), directory.Query{Limit: 15, MinLevel: upload})
		if len(got) != 20 || !slices.IsSorted(got) || strings.Join(slices.Compact(got), "") != strings.Join(got, "") {
			w.Errorf("found %q", got)
		}
	})
}
