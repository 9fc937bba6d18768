package store

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

func narrow(t testing.TB, s *Store, search directory.Query) (few narrowed) {
	t.Helper()
	err := s.Read(t.Context(), func(dt transaction.Tx) (err error) {
		few, err = dt.(tx).narrow(t.Context(), search)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return few
}

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
			got := narrow(t, s, directory.Query{Grantees: grantees(3), Filter: c.filter, After: c.after}).query
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("narrowed by %q", got)
			}
		})
	}
	if got := narrow(t, s, directory.Query{Billed: true, Filter: directory.Filter{BillTo: "org-few"}}); got.query != "" {
		t.Errorf("a search for the projects of a payer is narrowed by %q", got.query)
	}
	many := directory.Query{Grantees: grantees(100), Filter: directory.Filter{BillTo: "org-few"}}
	if got := narrow(t, s, many); got.query != "" {
		t.Errorf("with 100 grantees, narrowed by %q", got.query)
	}
}

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
		want := numbers(t, s, search, narrowed{})
		for _, part := range narrowParts(search) {
			if diff := cmp.Diff(want, numbers(t, s, search, part)); diff != "" {
				rt.Fatalf("narrowed by %s (-want +got):\n%s", part.query, diff)
			}
		}
	})
}

// numbers runs one query, without the limit of a page.
func numbers(t testing.TB, s *Store, search directory.Query, few narrowed) []int64 {
	t.Helper()
	search.Window = 10_000
	query, args := scanQuery(search, few)
	rows, err := s.reader.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var no int64
		var level directory.Level
		var name string
		var fits bool
		if err := rows.Scan(&no, &level, &name, &fits); err != nil {
			t.Fatal(err)
		}
		if fits && level >= search.MinLevel {
			list = append(list, no)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAbove(t *testing.T) {
	for prefix, want := range map[string]string{
		"": "", "a": "b", "az": "a{", "\u00e4": "\u00e5", "\ud7ff": "\ue000", "a\U0010ffff": "b", "\U0010ffff": "",
	} {
		if got := above(prefix); got != want {
			t.Errorf("above(%q) is %q, want %q", prefix, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		prefix, rest := rapid.String().Draw(rt, "prefix"), rapid.String().Draw(rt, "rest")
		if bound := above(prefix); bound != "" && (prefix+rest >= bound || !utf8.ValidString(bound)) {
			rt.Fatalf("%q is not below %q", prefix+rest, bound)
		}
	})
}
