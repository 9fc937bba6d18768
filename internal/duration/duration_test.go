package duration_test

import (
	"math"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/duration"
)

func TestFormat(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		d    time.Duration
		want string
	}{
		{30 * day, "30 days"},
		{12 * time.Hour, "12 hours"},
		{14*time.Minute + 30*time.Second, "14 minutes 30 seconds"},
		{365 * day, "365 days"},
		{day + time.Hour, "1 day 1 hour"},
		{day + 59*time.Minute, "1 day"},
		{2*time.Hour + 59*time.Minute + 59*time.Second, "2 hours 59 minutes"},
		{time.Minute, "1 minute"},
		{time.Second, "1 second"},
		{30*day - 300*time.Millisecond, "30 days"}, // a request has taken some time
		{1499 * time.Millisecond, "1 second"},
		{499 * time.Millisecond, "0 seconds"},
		{0, "0 seconds"},
		{-time.Hour, "0 seconds"},
		{math.MaxInt64, "106751 days 23 hours"},
		{math.MinInt64, "0 seconds"},
	}
	for _, tt := range tests {
		if got := duration.Format(tt.d); got != tt.want {
			t.Errorf("Format(%d) = %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"0": 0, "90s": 90 * time.Second, "5m": 5 * time.Minute, "2h30m": 150 * time.Minute, "1.5h": 90 * time.Minute,
		"1d": day, "1d12h": 36 * time.Hour, "2w": 14 * day, "1w1d1s": 8*day + time.Second, "0d": 0, "-5m": -5 * time.Minute,
	} {
		if got, err := duration.Parse(text); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "w", "1", "soon", "1d2w", "1d1d", "-1d", "1d-1h", "1.5d", " 1d", "1d ", "1D", "99999999999d", "106752d", "106751d24h"} {
		if got, err := duration.Parse(text); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}
