package platform

import (
	"math"
	"time"
)

// latest is the last time that is taken for one. Later ones can be neither written as
// JSON nor compared without an overflow.
var latest = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// timeOfMillis returns a time of a server, up to the year 9999, or the zero time of
// what it does not say or what is before 1970.
func timeOfMillis(ms int64) time.Time {
	switch {
	case ms <= 0:
		return time.Time{}
	case ms > latest.UnixMilli():
		return latest
	default:
		return time.UnixMilli(ms).UTC()
	}
}

// durationOf returns a number of units of a server, or the longest duration if it does
// not fit.
func durationOf(n int64, unit time.Duration) time.Duration {
	if n > int64(math.MaxInt64/unit) {
		return math.MaxInt64
	}
	return time.Duration(max(n, 0)) * unit
}
