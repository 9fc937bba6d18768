// Package duration writes durations for people.
//
// It promises at most two units, the largest that the duration has, in words
// and with their plurals: a message says "in 3 hours 20 minutes", never
// "3h20m0.003s". It reads nothing and knows nothing of the platforms: what a
// protocol writes and reads of times is in pkg/dnanexus and pkg/molgenis.
package duration

import (
	"fmt"
	"time"
)

// Format writes a duration for people, rounded to the second and in
// its two largest units: "30 days", "12 hours", "14 minutes 30 seconds". A
// negative one, such as the time to a deadline that is over, is "0 seconds".
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
