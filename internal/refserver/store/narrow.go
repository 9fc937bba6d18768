package store

import (
	"context"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// fewProjects bounds the projects that a search is narrowed down to.
const fewProjects = 1000

// narrowed is a query for the numbers of the projects that meet one condition
// of a search, along the index of that condition.
type narrowed struct {
	query string // empty if no condition is met by few projects
	args  []any
}

// narrow looks for a condition of a search that few projects meet, so that
// only those are read: with 100,000 projects in reach, finding the one of a
// payer takes 0.2 ms instead of 170 ms.
func (t tx) narrow(ctx context.Context, search directory.Query) (narrowed, error) {
	if search.Billed || search.IDs != nil { // uses an index already
		return narrowed{}, nil
	}
	for _, part := range narrowParts(search) {
		// Every project costs one look-up per grantee.
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

// above returns the least text greater than all texts that begin with a prefix,
// or an empty one if there is none.
func above(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // surrogates follow, which are not characters
			last = 0xDFFF
		}
		return prefix + string(last+1)
	}
	return ""
}
