package cli

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
)

// tokenLayout is how much a table of tokens tells. What a narrow one leaves out is
// in the JSON.
type tokenLayout int

const (
	wideTokens     tokenLayout = iota
	narrowTokens               // without addresses, and an end is a date or near
	tightestTokens             // the projects of a scope are counted, too
)

// tokenTable is the widest one that fits the terminal; a pipe has room for all.
func (d *tokenDesk) tokenTable(ctx context.Context, list []platform.Token) string {
	columns, names := d.term.Columns(), d.projectNames(ctx, list)
	layout := wideTokens
	for columns > 0 && layout < tightestTokens && widest(d.tokensIn(layout, list, names, asItIs)) > columns {
		layout++
	}
	return d.tokensIn(layout, list, names, d.term.Highlight)
}

func asItIs(text string) string { return text }

// widest is the length of the longest line.
func widest(text string) int {
	most := 0
	for line := range strings.Lines(text) {
		most = max(most, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	return most
}

// tokensIn colours an end that is near.
func (d *tokenDesk) tokensIn(layout tokenLayout, list []platform.Token, names map[string]string, colour func(string) string) string {
	short, now := shortIDs(list), d.Now()
	shown := newTable("ID", "NAME", "SCOPE", "CREATED", "LAST USED", "EXPIRES")
	for _, t := range list {
		end := layout.end(t.Expires, now)
		if !t.Expires.IsZero() && t.Expires.Sub(now) < nearEnd {
			end = colour(end)
		}
		shown.rowEndingIn(end+layout.mark(t), short[t.ID], t.Name, layout.scope(t.Scope, names), dateText(t.Created), layout.use(t, now))
	}
	return shown.String()
}

// nearEnd is when the end of a token is shown in colour.
const nearEnd = 7 * 24 * time.Hour

func (l tokenLayout) scope(scope platform.Scope, names map[string]string) string {
	if l == tightestTokens {
		return countedScope(scope)
	}
	return scopeText(scope, names)
}

func (l tokenLayout) use(t platform.Token, now time.Time) string {
	switch {
	case l != wideTokens && t.Current:
		return "this one" // its use is this command
	case t.UseUnknown:
		return "not told"
	}
	text := agoText(t.LastUsed, now)
	if l == wideTokens && !t.LastUsed.IsZero() && t.Address != "" {
		text += " from " + t.Address
	}
	return text
}

// mark tells the token in use, where its last use does not.
func (l tokenLayout) mark(t platform.Token) string {
	if l == wideTokens && t.Current {
		return " (this one)"
	}
	return ""
}

func (l tokenLayout) end(expires, now time.Time) string {
	switch left := expires.Sub(now); {
	case l == wideTokens:
		return endsText(expires, now)
	case expires.IsZero():
		return "not known"
	case left > 0 && left < soon:
		return "in " + duration.Format(roundLeft(left))
	default:
		return dateText(expires)
	}
}

// maxProjectNames is for how many projects a table asks for the name, one by one.
const maxProjectNames = 10

// projectNames are the names of the projects in the scopes of a table, by ID. One
// that can't be looked up keeps its ID: the list of tokens matters more.
func (d *tokenDesk) projectNames(ctx context.Context, list []platform.Token) map[string]string {
	names := map[string]string{}
	for _, t := range list {
		if len(t.Scope.Projects) > maxEntries {
			continue
		}
		for id := range t.Scope.Projects {
			if _, known := names[id]; known || id == platform.Everything || len(names) == maxProjectNames {
				continue
			}
			project, err := d.in.Project(ctx, id)
			if err != nil {
				project.Name = ""
			}
			names[id] = project.Name
		}
	}
	return names
}
