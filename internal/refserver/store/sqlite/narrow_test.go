package sqlite

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/store"
)

// mixed fills a store as fill does; org-few pays for every 50th project and
// user-alice for the others, and every 30th is public.
func mixed(t testing.TB, projects int) *Store {
	t.Helper()
	s := openMemory(t)
	fill(t, s, projects)
	for _, statement := range []string{
		`UPDATE projects SET bill_to = 'org-few' WHERE no % 50 = 0`,
		`INSERT INTO permissions SELECT 'PUBLIC', no, 1 FROM projects WHERE no % 30 = 0`,
	} {
		if _, err := s.writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// A search is narrowed down only by a condition that few projects meet.
func TestNarrow(t *testing.T) {
	s := mixed(t, 2000)
	yes, no := true, false
	const byName, byPrefix, byPayer, byPublic = "WHERE name = ?", "WHERE name >= ?", "WHERE bill_to = ?", "WHERE grantee = 'PUBLIC'"
	for name, c := range map[string]struct {
		filter directory.Filter
		after  int64
		want   string // empty: not narrowed
	}{
		"nothing":                    {directory.Filter{}, 0, ""},
		"one name":                   {directory.Filter{Name: "Study 5"}, 0, byName},
		"a rare beginning":           {directory.Filter{Prefix: "Study 199"}, 0, byPrefix},
		"a common beginning":         {directory.Filter{Prefix: "Study "}, 0, ""},
		"a beginning without an end": {directory.Filter{Prefix: string(utf8.MaxRune)}, 0, ""},
		"who pays for few":           {directory.Filter{BillTo: "org-few"}, 0, byPayer},
		"who pays for many":          {directory.Filter{BillTo: "user-alice"}, 0, ""},
		"the last of who pays":       {directory.Filter{BillTo: "user-alice"}, 1900, byPayer},
		"public":                     {directory.Filter{Public: &yes}, 0, byPublic},
		"not public":                 {directory.Filter{Public: &no}, 0, ""},
		"many that are public":       {directory.Filter{BillTo: "user-alice", Public: &yes}, 0, byPublic},
	} {
		t.Run(name, func(t *testing.T) {
			got := scanOf(t, s, directory.Query{Grantees: grantees(3), Filter: c.filter, After: c.after, Window: 10}).text
			if narrowed := strings.Contains(got, byFew); narrowed != (c.want != "") || !strings.Contains(got, c.want) {
				t.Errorf("runs %s", got)
			}
		})
	}
	for name, search := range map[string]directory.Query{
		"of a payer":        {Billed: true, Filter: directory.Filter{BillTo: "org-few"}, Window: 10},
		"with 100 grantees": {Grantees: grantees(100), Filter: directory.Filter{BillTo: "org-few"}, Window: 10},
	} {
		if got := scanOf(t, s, search).text; strings.Contains(got, byFew) {
			t.Errorf("a search %s runs %s", name, got)
		}
	}
}

// byFew is in the query of a search that is narrowed down.
const byFew = " AND pm.project_no IN (SELECT"

// A narrowed search finds the same projects.
func TestNarrowedSearchFindsTheSame(t *testing.T) {
	s := mixed(t, 200)
	rapid.Check(t, func(rt *rapid.T) {
		glob := rapid.SampledFrom([]string{"", "Study 1*", "Study 1?0", "*0", "None*"}).Draw(rt, "glob")
		search := directory.Query{
			Grantees: append(grantees(rapid.IntRange(1, 3).Draw(rt, "grantees")), directory.Public),
			MinLevel: rapid.SampledFrom([]directory.Level{directory.View, directory.Contribute}).Draw(rt, "level"),
			After:    rapid.Int64Range(0, 200).Draw(rt, "after"), Limit: rapid.IntRange(1, 50).Draw(rt, "count"),
			Filter: directory.Filter{
				Name:   rapid.SampledFrom([]string{"", "", "Study 150"}).Draw(rt, "name"),
				BillTo: rapid.SampledFrom([]string{"", "org-few", "user-alice", "org-none"}).Draw(rt, "payer"),
				Public: new(true),
			},
		}
		if glob != "" {
			search.Matches, search.Prefix = directory.Glob(glob), directory.GlobPrefix(glob)
		}
		search.Window = 10_000
		want := forced(t, s, search, 0)
		for part := 1; part <= 4; part++ {
			if diff := cmp.Diff(want, forced(t, s, search, part)); diff != "" {
				rt.Fatalf("narrowed by condition %d (-want +got):\n%s", part, diff)
			}
		}
	})
}

// forced returns what a search finds that is narrowed down by the part-th condition that
// can narrow it down, if it has so many; 0: by none.
func forced(t testing.TB, s *Store, search directory.Query, part int) (numbers []int64) {
	t.Helper()
	conn := connOf(t, s)
	defer conn.Close()
	scan, err := store.NewTx(&prober{statements: conn.statements, few: part}).ScanProjects(t.Context(), search)
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range scan.Candidates {
		numbers = append(numbers, candidate.Position)
	}
	return numbers
}

// prober claims that only one of the conditions of a search is met by few projects.
type prober struct {
	statements
	few, asked int
}

func (p *prober) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	if strings.HasPrefix(query, "SELECT EXISTS (") {
		p.asked++
		return p.statements.Query(ctx, `SELECT ?`, p.asked != p.few)
	}
	return p.statements.Query(ctx, query, args...)
}
