package dnanexus

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The bounds of what ParseTime returns, in seconds since 1970.
const (
	earliestSecond = 0
	latestSecond   = 253402300799 // 9999-12-31 23:59:59 UTC
)

// Bare numbers from these sizes on are points in time: the first moments of
// the epoch that are written with ten digits of seconds and thirteen of
// milliseconds, both in September 2001. No smaller number is taken for a date,
// and no larger one as seconds from now: that would be more than 31 years.
const (
	firstEpochSecond      = 1_000_000_000
	firstEpochMillisecond = 1_000_000_000_000
)

var (
	errTooFarAhead = errors.New("too far in the future: the limit is the year 9999")
	errTooFarBack  = errors.New("too far in the past: the limit is the year 1970")
	errTimeSyntax  = errors.New("expected a number with a unit " +
		"(s, m, h, d, w, M = 30 days, y = 365 days), as in 12h, or a date, as in 2030-01-31")
)

// ParseTime reads a point in time as dx does for login --timeout:
//
//	30d +3d "10 h"         from now: s, m, h, d, w, M (30 days), y (365 days)
//	-5d                    before now
//	1800                   seconds from now
//	2030-01-31             midnight in the time zone of now
//	"2030-01-31 12:00:00"  also with T, without seconds, or with a zone (Z, +02:00)
//	1893456000             ten digits or more: seconds since 1970
//	1893456000000          thirteen digits or more: milliseconds since 1970
//
// It reads what dx reads, except where dx's reading is of no use:
//   - seconds since 1970 that lie in the past are that past moment; dx adds
//     them to now, which gives a date some 57 years ahead;
//   - milliseconds since 1970 are taken as such; dx multiplies them by 1000;
//   - a long span, such as 60y, is from now; dx takes spans longer than the
//     time since 1970 as a date;
//   - dates are year-month-day only; dx guesses many other notations;
//   - what lies before 1970 or after 9999 is an error.
func ParseTime(input string, now time.Time) (time.Time, error) {
	t, err := parseTime(strings.TrimSpace(input), now)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: %w", input, err)
	}
	return t, nil
}

// ParseExpiry reads a point in time at which something is to end. It takes
// the notations of [ParseTime] and returns an error for all that isn't after
// now: zero, negative spans, past dates.
func ParseExpiry(input string, now time.Time) (time.Time, error) {
	t, err := ParseTime(input, now)
	if err != nil {
		return time.Time{}, err
	}
	if !t.After(now) {
		return time.Time{}, fmt.Errorf("time %q: not in the future", input)
	}
	return t, nil
}

func parseTime(input string, now time.Time) (time.Time, error) {
	if digits, unit, ok := splitSpan(input); ok {
		return parseNumber(digits, unit, now)
	}
	return parseDate(input, now.Location())
}

// splitSpan takes "+10 h" apart into "+10" and the seconds of an hour. A
// number without a unit has the unit 0.
func splitSpan(input string) (digits string, unit int64, ok bool) {
	if input == "" {
		return "", 0, false
	}
	digits = input
	if unit = secondsOf(input[len(input)-1]); unit > 0 {
		digits = strings.TrimSpace(input[:len(input)-1])
	}
	unsigned := strings.TrimLeft(digits, "+-")
	if unsigned == "" || len(digits)-len(unsigned) > 1 || strings.Trim(unsigned, "0123456789") != "" {
		return "", 0, false
	}
	return digits, unit, true
}

func secondsOf(unit byte) int64 {
	const day = 24 * 60 * 60
	switch unit {
	case 's':
		return 1
	case 'm':
		return 60
	case 'h':
		return 60 * 60
	case 'd':
		return day
	case 'w':
		return 7 * day
	case 'M':
		return 30 * day
	case 'y':
		return 365 * day
	default:
		return 0
	}
}

func parseNumber(digits string, unit int64, now time.Time) (time.Time, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil { // digits only, so the one thing that can be wrong is the size
		return time.Time{}, tooFar(digits[0] == '-')
	}
	switch {
	case unit > 0:
		return fromNow(n, unit, now)
	case n >= firstEpochMillisecond:
		return bounded(time.UnixMilli(n).In(now.Location()))
	case n >= firstEpochSecond:
		return bounded(time.Unix(n, 0).In(now.Location()))
	default:
		return fromNow(n, 1, now)
	}
}

// fromNow adds n units of some seconds to now. It counts in seconds because a
// time.Duration ends at 292 years.
func fromNow(n, unit int64, now time.Time) (time.Time, error) {
	if limit := latestSecond / unit; n > limit || n < -limit {
		return time.Time{}, tooFar(n < 0)
	}
	return bounded(time.Unix(now.Unix()+n*unit, int64(now.Nanosecond())).In(now.Location()))
}

func parseDate(input string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{
		time.DateOnly,
		time.DateTime,
		"2006-01-02 15:04",
		"2006-01-02T15:04:05",
		"2006-01-02T15:04",
		time.RFC3339,
		"2006-01-02 15:04:05Z07:00",
	} {
		if t, err := time.ParseInLocation(layout, input, zone); err == nil {
			return bounded(t)
		}
	}
	return time.Time{}, errTimeSyntax
}

func bounded(t time.Time) (time.Time, error) {
	if seconds := t.Unix(); seconds < earliestSecond || seconds > latestSecond {
		return time.Time{}, tooFar(seconds < earliestSecond)
	}
	return t, nil
}

func tooFar(back bool) error {
	if back {
		return errTooFarBack
	}
	return errTooFarAhead
}
