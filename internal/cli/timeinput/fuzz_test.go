package timeinput

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// A length of time that is read is not negative, and an end is in the future.
func FuzzExpiry(f *testing.F) {
	for _, seed := range []string{"", "90s", "2h30m", "1d", "-1d", "2026-12-31", "1798675200", "30", "1w2d", "9999999999999999999"} {
		testfuzz.Add(f, seed)
	}
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if span, err := Span("--ttl", text, now); err == nil && span < 0 {
			t.Errorf("%q is %s", text, span)
		}
		if end, err := Expiry("--expires", text, now); err == nil && !end.IsZero() && !end.After(now) {
			t.Errorf("%q is %s", text, end)
		}
	})
}
