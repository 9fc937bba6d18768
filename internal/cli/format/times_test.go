package format_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/format"
)

func TestDeadline(t *testing.T) {
	local := func(at time.Time) string { return at.Local().Format(time.DateTime) }
	soon, expired := clitest.Noon().Add(90*time.Second+400*time.Millisecond), clitest.Noon()
	tests := map[string]struct {
		at   time.Time
		want string
	}{
		"none":    {time.Time{}, "never"},
		"soon":    {soon, local(soon) + " (in 1 minute 30 seconds)"},
		"expired": {expired, local(expired) + " (expired)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := format.Deadline(tt.at, clitest.Noon(), "never"); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	now := clitest.Noon()
	ago := func(d time.Duration) string { return format.AgoText(now.Add(-d), now) }
	ends := func(d time.Duration) string { return format.EndsText(now.Add(d), now) }
	local := func(d time.Duration) string { return now.Add(d).Local().Format(time.DateOnly) }
	const day = 24 * time.Hour
	for _, tt := range []struct{ got, want string }{
		{format.AgoText(time.Time{}, now), "never"},
		{ago(0), "just now"},
		{ago(-time.Hour), "just now"}, // a clock that is wrong
		{ago(59 * time.Second), "just now"},
		{ago(119 * time.Second), "1 minute ago"},
		{ago(3*time.Hour + 59*time.Minute), "3 hours ago"},
		{ago(90*day + time.Hour), "90 days ago"},
		{ends(90*day - time.Second), local(90*day-time.Second) + " (in 90 days)"},
		{ends(90 * time.Minute), local(90*time.Minute) + " (in 1 hour 30 minutes)"},
		{ends(time.Hour - time.Second), local(time.Hour-time.Second) + " (in 1 hour)"},
		{ends(59 * time.Second), local(59*time.Second) + " (in 59 seconds)"},
		{ends(0), local(0) + " (expired)"},
		{format.EndsText(time.Time{}, now), "at an unknown time"},
		{format.LeftText(time.Time{}, now, "never"), "never"},
		{format.LeftText(now, now, "never"), "ended"},
		{format.LeftText(now.Add(14*time.Minute+40*time.Second), now, ""), "in 15 minutes"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
