// Package duration formats durations for messages.
//
// It promises at most two units, the largest of the duration, in words and with
// plurals: "3 hours 20 minutes", not "3h20m0.003s". It does not parse durations. The
// time formats of the protocols are in pkg/dnanexus and pkg/molgenis.
package duration

import (
	"fmt"
	"time"
)

// Format returns d rounded to the second, in its two largest units: "30 days",
// "14 minutes 30 seconds". A negative duration, such as the time until a past
// deadline, is "0 seconds".
func Format(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	units := []struct {
		size time.Duration
		name string
	}{
		{24 * time.Hour, "day"},
		{time.Hour, "hour"},
		{time.Minute, "minute"},
		{time.Second, "second"},
	}
	for i, unit := range units {
		if d < unit.size {
			continue
		}
		text := plural(d/unit.size, unit.name)
		if i+1 < len(units) {
			next := units[i+1]
			if rest := d % unit.size / next.size; rest > 0 {
				text += " " + plural(rest, next.name)
			}
		}
		return text
	}
	return "0 seconds"
}

func plural(n time.Duration, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
