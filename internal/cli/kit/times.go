package kit

import (
	"fmt"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// This file reads and formats times for people. JSON output uses RFC 3339.

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

// Soon is how much time has to be left at most for hours to be shown.
const Soon = 48 * time.Hour

// RoundLeft rounds the time that is left to days or minutes, depending on its length.
func RoundLeft(left time.Duration) time.Duration {
	switch {
	case left > Soon:
		return left.Round(24 * time.Hour)
	case left > time.Minute:
		return left.Round(time.Minute)
	default:
		return left
	}
}

// ReadSpan parses the value of a flag as a length of time, such as 90d.
func ReadSpan(flag, input string, now time.Time) (time.Duration, error) {
	if span, err := duration.Parse(input); err == nil && span >= 0 {
		return span, nil
	}
	at, err := dnanexus.ParseTime(input, now)
	if err != nil {
		return 0, refusal.Usagef("%s: %s", flag, err)
	}
	if strings.ContainsAny(input, "-:") || at.Before(now) {
		return 0, refusal.Usagef("%s %s: expected a length of time, as in 90d", flag, input)
	}
	return at.Sub(now), nil
}

// ReadEnd parses the value of a flag as a time in the future: a length of time, such as
// 2h30m or 90d, or a date. It returns the zero time if the input is empty.
func ReadEnd(flag, input string, now time.Time) (time.Time, error) {
	if input == "" {
		return time.Time{}, nil
	}
	if span, err := duration.Parse(input); err == nil && span > 0 {
		return now.Add(span), nil
	}
	end, err := dnanexus.ParseExpiry(input, now)
	if err != nil {
		return time.Time{}, refusal.Usagef("%s: %s", flag, err)
	}
	return end, nil
}

// Deadline says when a session ends, and how much time is left. It returns
// otherwise if the time is nil.
func Deadline(at *time.Time, now time.Time, otherwise string) string {
	if at == nil {
		return otherwise
	}
	left := at.Sub(now)
	if left <= 0 {
		return TimeText(*at) + " (expired)"
	}
	return fmt.Sprintf("%s (in %s)", TimeText(*at), duration.Format(left.Round(time.Second)))
}

// MaxSkew is how far the clocks may be apart: verification codes and the expiry
// of sessions depend on them.
const MaxSkew = 30 * time.Second

// ClockSkew returns how far this machine's clock is ahead of a server's time,
// which is truncated to the second.
func ClockSkew(now, theirs time.Time) time.Duration {
	return now.Sub(theirs.Add(time.Second / 2)).Round(time.Second)
}

// SkewHint compares the clocks after the server rejected a verification code,
// which is made from the time. It returns "" if the clocks agree or the server's
// is unknown.
func SkewHint(err error, now time.Time) string {
	answer, _ := refusal.DetailsOf[platform.Answer](err)
	if answer.Date.IsZero() {
		return ""
	}
	ahead := ClockSkew(now, answer.Date)
	direction := "ahead of"
	if ahead < 0 {
		direction = "behind"
	}
	if ahead.Abs() <= MaxSkew {
		return ""
	}
	return fmt.Sprintf("the clock of this computer is %s %s the server's; codes are made from the time, so check the clock of the device that makes them",
		duration.Format(ahead.Abs()), direction)
}
