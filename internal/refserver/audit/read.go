package audit

import (
	"strings"
	"time"
)

// Row is an entry with its number. Later rows have larger numbers; some numbers are unused.
type Row struct {
	No int64
	Entry
}

// Filter selects rows. Zero values select all.
type Filter struct {
	Actor, Subject, Result string
	Action                 string    // or the part of it before a dot, such as token
	Since, Until           time.Time // Until is excluded
}

// Admits reports whether the filter selects an entry.
func (f Filter) Admits(e Entry) bool {
	is := func(wanted, value string) bool { return wanted == "" || wanted == value }
	isAction := is(f.Action, string(e.Action)) || strings.HasPrefix(string(e.Action), f.Action+".")
	isTime := !e.Time.Before(f.Since) && (f.Until.IsZero() || e.Time.Before(f.Until))
	return is(f.Actor, e.Actor) && is(f.Subject, e.Subject) && is(f.Result, e.Result) && isAction && isTime
}
