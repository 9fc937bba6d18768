package format

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
)

// TimeText formats a time with date and time of day.
func TimeText(at time.Time) string { return at.Local().Format(time.DateTime) }

// DateText formats a time as a date; the zero time is a dash.
func DateText(at time.Time) string {
	if at.IsZero() {
		return OrDash("")
	}
	return at.Local().Format(time.DateOnly)
}

// FromMillis converts a server's time in milliseconds since 1970. It returns the
// zero time for zero or less.
func FromMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// AgoText says how long ago something was, in one unit.
func AgoText(at, now time.Time) string {
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

// EndsText says when a token expires, and how much time is left.
func EndsText(expires, now time.Time) string {
	switch {
	case expires.IsZero():
		return "at an unknown time"
	case !expires.After(now):
		return DateText(expires) + " (expired)"
	}
	return fmt.Sprintf("%s (in %s)", DateText(expires), duration.Format(RoundLeft(expires.Sub(now))))
}

// LeftText says how much time is left; the zero time is otherwise.
func LeftText(at, now time.Time, otherwise string) string {
	switch left := at.Sub(now); {
	case at.IsZero():
		return otherwise
	case left <= 0:
		return "ended"
	default:
		return "in " + duration.Format(RoundLeft(left).Round(time.Second))
	}
}

// Soon is how much time has to be left at most for hours to be shown.
const Soon = 48 * time.Hour

// RoundLeft rounds the time that is left to days, minutes or seconds, depending on its length.
func RoundLeft(left time.Duration) time.Duration {
	switch {
	case left > Soon:
		return left.Round(24 * time.Hour)
	case left > 10*time.Minute:
		return left.Round(time.Minute)
	default:
		return left.Round(time.Second)
	}
}

// Deadline says when a session ends, and how much time is left. It returns
// otherwise for the zero time.
func Deadline(at, now time.Time, otherwise string) string {
	if at.IsZero() {
		return otherwise
	}
	left := at.Sub(now)
	if left <= 0 {
		return TimeText(at) + " (expired)"
	}
	return fmt.Sprintf("%s (in %s)", TimeText(at), duration.Format(left.Round(time.Second)))
}
