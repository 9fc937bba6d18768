// Package timeinput reads the lengths and the points of time that flags and answers of a
// user name.
//
// It promises what package duration does: Go's notation with days and weeks, as in 2h30m
// or 1d, and beside it the notations of dx for a point in time. What is a length of time
// is never read as a date. Where a token ends, and for lengths of time, a number needs a
// unit. Errors are usage errors that name the flag.
package timeinput

import (
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Span parses the value of a flag as a length of time, such as 90d.
func Span(flag, input string, now time.Time) (time.Duration, error) {
	if span, err := duration.Parse(input); err == nil && span >= 0 {
		return span, nil
	}
	if err := checkUnit(flag, input); err != nil {
		return 0, err
	}
	at, err := dnanexus.ParseTime(input, now)
	if err != nil || strings.ContainsAny(input, "-:") || at.Before(now) { // a date is not a length of time
		return 0, refusal.Usagef("%s %q: expected a length of time like 90s, 2h30m or 1d", flag, input)
	}
	return at.Sub(now), nil
}

// End parses the value of a flag as a time in the future: a length of time, such as
// 2h30m or 90d, or a date. It returns the zero time if the input is empty.
func End(flag, input string, now time.Time) (time.Time, error) {
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

// Expiry is [End] for a token. A number needs a unit, because whoever writes 30
// means days, and dx reads seconds; one of ten digits or more is seconds since 1970.
func Expiry(flag, input string, now time.Time) (time.Time, error) {
	const epochDigits = 10
	if len(strings.TrimSpace(input)) < epochDigits {
		if err := checkUnit(flag, input); err != nil {
			return time.Time{}, err
		}
	}
	return End(flag, input, now)
}

// checkUnit returns an error for a number without a unit.
func checkUnit(flag, input string) error {
	number := strings.TrimSpace(input)
	if number == "" || strings.Trim(strings.TrimLeft(number, "+-"), "0123456789") != "" {
		return nil
	}
	return refusal.Usagef("%s %q: a number needs a unit: %ss, %sm, %sh or %sd", flag, input, number, number, number, number)
}
