package store

import (
	"context"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// fewProjects is how many projects a search is narrowed down to at most.
const fewProjects = 1000

// narrowed is a part of a search that an index of its own answers: a query for
// the numbers of projects.
type narrowed struct {
	query string // empty: there is none
	args  []any
}

// narrow looks for a part of a search that few projects fulfil, so that only
// those are looked at: among 100,000 projects that somebody reaches, to find the
// one of a payer takes 0.2 ms then, and 170 ms otherwise.
func (t tx) narrow(ctx context.Context, search directory.Query) (narrowed, error) {
	if search.Billed { // by an index already
		return narrowed{}, nil
	}
	for _, part := range narrowParts(search) {
		// Each grantee is looked up for each of them.
		most := fewProjects / max(1, len(search.Grantees))
		more, err := t.exists(ctx, part.query+` LIMIT 1 OFFSET ?`, append(part.args, most)...)
		if err != nil || !more {
			return part, err
		}
	}
	return narrowed{}, nil
}

func narrowParts(search directory.Query) (parts []narrowed) {
	add := func(wanted bool, query string, args ...any) {
		if wanted {
			parts = append(parts, narrowed{query, args})
		}
	}
	end := above(search.Prefix)
	add(search.Name != "", `SELECT no FROM projects WHERE name = ? AND no > ?`, search.Name, search.After)
	add(end != "", `SELECT no FROM projects WHERE name >= ? AND name < ?`, search.Prefix, end)
	add(search.BillTo != "", `SELECT no FROM projects WHERE bill_to = ? AND no > ?`, search.BillTo, search.After)
	add(search.Public != nil && *search.Public,
		`SELECT project_no FROM permissions WHERE grantee = 'PUBLIC' AND project_no > ?`, search.After)
	return parts
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
