package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// This file has the times that people give and are shown. Those of JSON are in
// RFC 3339.

// timeText is a time where the minute matters.
func timeText(at time.Time) string { return at.Local().Format(time.DateTime) }

// dateText is a time where the day is enough; a dash stands for none.
func dateText(at time.Time) string {
	if at.IsZero() {
		return orDash("")
	}
	return at.Local().Format(time.DateOnly)
}

// agoText says how long ago something was, in one unit.
func agoText(at, now time.Time) string {
	if at.IsZero() {
		return "never"
	}
	passed := now.Sub(at)
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		if passed >= unit {
			return duration.Format(passed.Truncate(unit)) + " ago"
		}
	}
	return "just now"
}

// endsText says when a token ends, and how far away that is.
func endsText(expires, now time.Time) string {
	switch {
	case expires.IsZero():
		return "at a time that is not known"
	case !expires.After(now):
		return dateText(expires) + " (over)"
	}
	return fmt.Sprintf("%s (in %s)", dateText(expires), duration.Format(roundLeft(expires.Sub(now))))
}

// soon is when hours matter.
const soon = 48 * time.Hour

// roundLeft leaves out of a length of time what nobody wants to know.
func roundLeft(left time.Duration) time.Duration {
	switch {
	case left > soon:
		return left.Round(24 * time.Hour)
	case left > time.Minute:
		return left.Round(time.Minute)
	default:
		return left
	}
}

// readSpan reads a length of time, such as 90d, of a flag.
func readSpan(flag, input string, now time.Time) (time.Duration, error) {
	at, err := dnanexus.ParseTime(input, now)
	if err != nil {
		return 0, refusal.Usagef("%s: %s", flag, err)
	}
	if strings.ContainsAny(input, "-:") || at.Before(now) {
		return 0, refusal.Usagef("%s %s: expected a length of time, as in 90d", flag, input)
	}
	return at.Sub(now), nil
}

// readExpires reads a flag that may be missing; the zero time is the platform's
// default.
func readExpires(input string, now time.Time) (time.Time, error) {
	if input == "" {
		return time.Time{}, nil
	}
	expires, err := dnanexus.ParseExpiry(input, now)
	if err != nil {
		return time.Time{}, refusal.Usagef("--expires: %s", err)
	}
	return expires, nil
}

// fromMillis reads a time of a server, in ms since 1970; the zero time for none.
func fromMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
