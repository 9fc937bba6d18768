package store

import (
	"context"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// lead is what a search goes along, row by row.
type lead struct {
	number   string // the column with a project's number
	tables   string // in the order in which they are read
	tied     string // the condition that ties them together
	projects bool   // the projects themselves are among them, as p
}

// alongGrants is the usual way: where much of what somebody reaches is what is
// looked for, a page costs as much as its rows.
func alongGrants() lead {
	return lead{number: `pm.project_no`, tables: `permissions pm`, tied: `1 = 1`}
}

// alongProjects goes along an index of the projects that the search has a
// condition for.
func alongProjects() lead {
	return lead{number: `p.no`, tables: `projects p CROSS JOIN permissions pm`, tied: `pm.project_no = p.no`, projects: true}
}

func alongPublic() lead {
	return lead{
		number: `pb.project_no`, tables: `permissions pb CROSS JOIN permissions pm`,
		tied: `pb.grantee = 'PUBLIC' AND pm.project_no = pb.project_no`,
	}
}

// withProjects adds the projects themselves.
func (l lead) withProjects() lead {
	if !l.projects {
		l.tables += ` CROSS JOIN projects p`
		l.tied += ` AND p.no = ` + l.number
		l.projects = true
	}
	return l
}

// shortWay is how many rows another way than along the grants has at most.
const shortWay = 1000

// leadOf looks for a way that is short, whatever is found there. Along the grants,
// a search that finds next to nothing would look at everything that somebody
// reaches.
func (t tx) leadOf(ctx context.Context, search directory.Search) (lead, error) {
	if search.Name != "" || search.Billed {
		return alongProjects(), nil
	}
	for _, way := range []struct {
		isOne bool
		lead  lead
		rows  string
		args  []any
	}{
		{
			above(search.Prefix) != "", alongProjects(),
			`projects WHERE name >= ? AND name < ?`, []any{search.Prefix, above(search.Prefix)},
		},
		{search.BillTo != "", alongProjects(), `projects WHERE bill_to = ? AND no > ?`, []any{search.BillTo, search.After}},
		{
			search.Public != nil && *search.Public, alongPublic(),
			`permissions WHERE grantee = 'PUBLIC' AND project_no > ?`, []any{search.After},
		},
	} {
		if !way.isOne {
			continue
		}
		isShort, err := t.noMoreThan(ctx, shortWay/max(1, len(search.Grantees)), way.rows, way.args...) // each grantee is looked up there
		if err != nil || isShort {
			return way.lead, err
		}
	}
	return alongGrants(), nil
}

// noMoreThan reports whether there are no more rows than most, without counting
// the others.
func (t tx) noMoreThan(ctx context.Context, most int, rows string, args ...any) (bool, error) {
	more, err := t.exists(ctx, `SELECT 1 FROM `+rows+` LIMIT 1 OFFSET ?`, append(args, most)...)
	return !more, err
}

// above returns the least text that is greater than all that begin with a prefix;
// empty where there is none.
func above(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // what follows are surrogates, which are no characters
			last = 0xDFFF
		}
		return prefix + string(last+1)
	}
	return ""
}
