package clock_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func TestSpan(t *testing.T) {
	span := clock.Span{Made: noon, Ends: noon.Add(24 * time.Hour)}
	for at, want := range map[time.Duration]bool{
		-clock.Slack - 1:     false,
		-clock.Slack:         true,
		0:                    true,
		24*time.Hour - 1:     true,
		24 * time.Hour:       false,
		365 * 24 * time.Hour: false,
	} {
		if got := span.Contains(noon.Add(at)); got != want {
			t.Errorf("valid at %v: %v, want %v", at, got, want)
		}
	}
}

// A clock is believed after half a day in which each look was at most Slack after the
// one before; any other step begins that time anew.
func TestSteady(t *testing.T) {
	for name, step := range map[string]time.Duration{
		"none": time.Minute, "back": -time.Second, "a bit ahead": clock.Slack + 1, "a year ahead": 365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			var clockRuns clock.Steady
			at := noon
			run := func() (first, last bool) {
				first = clockRuns.Observe(at)
				for range 12 {
					at = at.Add(clock.Slack)
					last = clockRuns.Observe(at)
				}
				return first, last
			}
			if first, last := run(); first || !last {
				t.Fatalf("believed at the first look: %v, after half a day: %v", first, last)
			}
			at = at.Add(step)
			first, last := run()
			if wasStep := step != time.Minute; first == wasStep || !last {
				t.Errorf("believed after the step: %v, half a day later: %v", first, last)
			}
		})
	}
}
