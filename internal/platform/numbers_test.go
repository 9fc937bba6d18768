package platform

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

// A number of a server that is not a time or duration can still be compared and written.
func TestNumbersThatDoNotFit(t *testing.T) {
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	for _, n := range []int64{math.MinInt64, -1, 0, 1, 253402300800000, math.MaxInt64 / 1000, math.MaxInt64} {
		at := timeOfMillis(n)
		if text, err := json.Marshal(at); err != nil {
			t.Errorf("time %d: %s, %v", n, text, err)
		}
		if n <= 0 != at.IsZero() || n > now.UnixMilli() && at.Before(now) {
			t.Errorf("time %d is %v", n, at)
		}
		for _, unit := range []time.Duration{time.Millisecond, time.Second} {
			if d := durationOf(n, unit); d < 0 || n > 0 && d == 0 {
				t.Errorf("%d × %v is %v", n, unit, d)
			}
		}
	}
}
