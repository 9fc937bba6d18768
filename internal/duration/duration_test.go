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
