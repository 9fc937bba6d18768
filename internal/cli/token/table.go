package token

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
)

// layout is how much a table of tokens shows. The JSON has what a narrow table leaves
// out.
type layout int

const (
	wide     layout = iota
	narrow          // without addresses, and with shorter times
	tightest        // and with the number of projects instead of their names
)

// table returns the widest table that fits the terminal. A pipe gets the full one.
func (c tokenClient) table(ctx context.Context, list []platform.Token) string {
	columns, names := c.Columns(), c.projectNames(ctx, list)
	plain := func(text string) string { return text }
	chosen := wide
	width := func(l layout) int { return format.Widest(c.tableIn(l, list, names, plain).String()) }
	for columns > 0 && chosen < tightest && width(chosen) > columns {
		chosen++
	}
	coloured := c.tableIn(chosen, list, names, c.Highlight)
	if columns == 0 || width(chosen) <= columns { // colours have no width
		return coloured.String()
	}
	return coloured.Fit(columns)
}

// tableIn returns the table in a layout. It colours an expiry that is near.
func (c tokenClient) tableIn(l layout, list []platform.Token, names map[string]string, colour func(string) string) *format.Table {
	short, now := shortIDs(list), c.Now()
	shown := format.NewTable("ID", "NAME", "SCOPE", "CREATED", "LAST USED", "EXPIRES")
	for _, t := range list {
		end := l.end(t.Expires, now)
		if !t.Expires.IsZero() && t.Expires.Sub(now) < nearEnd {
			end = colour(end)
		}
		shown.RowEndingIn(end+l.mark(t), short[t.ID], t.Name, l.scope(t.Scope, names), format.DateText(t.Created), l.use(t, now))
	}
	return shown
}

// shortIDs shortens each ID that stays unique in the list.
func shortIDs(list []platform.Token) map[string]string {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.ID
	}
	return apitoken.ShortIDs(ids)
}

// nearEnd is the time left below which an expiry is shown in colour.
const nearEnd = 7 * 24 * time.Hour

func (l layout) scope(scope platform.Scope, names map[string]string) string {
	if l == tightest {
		return tokenscope.Counted(scope)
	}
	return tokenscope.Text(scope, names)
}

func (l layout) use(t platform.Token, now time.Time) string {
	switch {
	case l != wide && t.Current:
		return "this one" // its use is this command
	case t.UseUnknown:
		return "unknown"
	}
	text := format.AgoText(t.LastUsed, now)
	if l == wide && !t.LastUsed.IsZero() && t.Address != "" {
		text += " from " + t.Address
	}
	return text
}

// mark marks the token in use, unless its column of last use does.
func (l layout) mark(t platform.Token) string {
	if l == wide && t.Current {
		return " (this one)"
	}
	return ""
}

func (l layout) end(expires, now time.Time) string {
	switch left := expires.Sub(now); {
	case l == wide:
		return format.EndsText(expires, now)
	case expires.IsZero():
		return "not known"
	case left > 0 && left < format.Soon:
		return "in " + duration.Format(format.RoundLeft(left))
	default:
		return format.DateText(expires)
	}
}

// projectNames returns the names of the projects in the scopes of a table, by ID.
func (c tokenClient) projectNames(ctx context.Context, list []platform.Token) map[string]string {
	var ids []string
	for _, t := range list {
		if tokenscope.IsListed(t.Scope) {
			ids = append(ids, slices.Sorted(maps.Keys(t.Scope.Projects))...)
		}
	}
	return tokenscope.ProjectNames(ctx, c.In, ids)
}
