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

// This file has the times that people give and are shown. Those of JSON are in
// RFC 3339.

// TimeText is a time where the minute matters.
func TimeText(at time.Time) string { return at.Local().Format(time.DateTime) }

// DateText is a time where the day is enough; a dash stands for none.
func DateText(at time.Time) string {
	if at.IsZero() {
		return OrDash("")
	}
	return at.Local().Format(time.DateOnly)
}

// FromMillis reads a time of a server, in ms since 1970; the zero time for none.
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

// EndsText says when a token ends, and how far away that is.
func EndsText(expires, now time.Time) string {
	switch {
	case expires.IsZero():
		return "at an unknown time"
	case !expires.After(now):
		return DateText(expires) + " (over)"
	}
	return fmt.Sprintf("%s (in %s)", DateText(expires), duration.Format(RoundLeft(expires.Sub(now))))
}

// Soon is when hours matter.
const Soon = 48 * time.Hour

// RoundLeft leaves out of a length of time what nobody wants to know.
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

// ReadSpan reads a length of time, such as 90d, of a flag.
func ReadSpan(flag, input string, now time.Time) (time.Duration, error) {
	at, err := dnanexus.ParseTime(input, now)
	if err != nil {
		return 0, refusal.Usagef("%s: %s", flag, err)
	}
	if strings.ContainsAny(input, "-:") || at.Before(now) {
		return 0, refusal.Usagef("%s %s: expected a length of time, as in 90d", flag, input)
	}
	return at.Sub(now), nil
}

// ReadExpires reads a flag that may be missing; the zero time is the platform's
// default.
func ReadExpires(input string, now time.Time) (time.Time, error) {
	if input == "" {
		return time.Time{}, nil
	}
	expires, err := dnanexus.ParseExpiry(input, now)
	if err != nil {
		return time.Time{}, refusal.Usagef("--expires: %s", err)
	}
	return expires, nil
}

// Deadline says when a session ends, and how far away that is; without a time it
// is otherwise.
func Deadline(at *time.Time, now time.Time, otherwise string) string {
	if at == nil {
		return otherwise
	}
	left := at.Sub(now)
	if left <= 0 {
		return TimeText(*at) + " (over)"
	}
	return fmt.Sprintf("%s (in %s)", TimeText(*at), duration.Format(left.Round(time.Second)))
}

// MaxSkew is how far the clocks may be apart: the codes of an authenticator,
// and the ends of sessions, depend on them.
const MaxSkew = 30 * time.Second

// ClockSkew is how far this machine's clock is ahead of a server's time, which
// is cut to the second.
func ClockSkew(now, theirs time.Time) time.Duration {
	return now.Sub(theirs.Add(time.Second / 2)).Round(time.Second)
}

// SkewHint compares the clocks after a refusal of a verification code, which is
// made from the time; "": they agree, or the server's is not known.
func SkewHint(err error, now time.Time) string {
	said, _ := refusal.DetailsOf[platform.Answer](err)
	if said.Date.IsZero() {
		return ""
	}
	ahead := ClockSkew(now, said.Date)
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
