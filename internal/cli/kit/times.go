package kit

import (
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// ReadSpan parses the value of a flag as a length of time, such as 90d.
func ReadSpan(flag, input string, now time.Time) (time.Duration, error) {
	if span, err := duration.Parse(input); err == nil && span >= 0 {
		return span, nil
	}
	at, err := dnanexus.ParseTime(input, now)
	if err != nil || strings.ContainsAny(input, "-:") || at.Before(now) { // a date is no length of time
		return 0, refusal.Usagef("%s %q: expected a length of time like 90s, 2h30m or 1d", flag, input)
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
