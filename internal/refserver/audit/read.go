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

// Search selects rows of a part of the log.
type Search struct {
	Filter Filter
	Before int64 // the number of a row
	Window int   // how many rows to look at
	Limit  int   // of rows that are returned
}

// Found is what a part of the log has of a search. Last is the number of the last row of the
// part, and Time its time; 0: the log ends there.
type Found struct {
	Rows []Row
	Last int64
	Time time.Time
}

// Admits reports whether the filter selects an entry.
func (f Filter) Admits(e Entry) bool {
	is := func(wanted, value string) bool { return wanted == "" || wanted == value }
	isAction := is(f.Action, string(e.Action)) || strings.HasPrefix(string(e.Action), f.Action+".")
	isTime := !e.Time.Before(f.Since) && (f.Until.IsZero() || e.Time.Before(f.Until))
	return is(f.Actor, e.Actor) && is(f.Subject, e.Subject) && is(f.Result, e.Result) && isAction && isTime
}
