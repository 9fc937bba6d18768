package dnanexus

import (
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// noon is the moment at which the tests below run; its zone is not UTC so that
// a mix-up of zones shows.
func noon() time.Time {
	return time.Date(2026, time.March, 1, 12, 0, 0, 500_000_000, time.FixedZone("CET", 60*60))
}

func TestParseTime(t *testing.T) {
	const day = 24 * time.Hour
	now := noon()
	fromNow := func(d time.Duration) time.Time { return now.Add(d) }
	local := func(year int, month time.Month, day, hour int) time.Time {
		return time.Date(year, month, day, hour, 0, 0, 0, now.Location())
	}
	tests := []struct {
		input string
		want  time.Time
	}{
		{"45s", fromNow(45 * time.Second)},
		{"5m", fromNow(5 * time.Minute)},
		{"10h", fromNow(10 * time.Hour)},
		{"30d", fromNow(30 * day)},
		{"1w", fromNow(7 * day)},
		{"2M", fromNow(60 * day)},
		{"1y", fromNow(365 * day)},
		{"60y", fromNow(60 * 365 * day)},
		{"+3d", fromNow(3 * day)},
		{"10 h", fromNow(10 * time.Hour)},
		{" 10h\n", fromNow(10 * time.Hour)},
		{"-5d", fromNow(-5 * day)},
		{"0d", now},

		{"0", now},
		{"45", fromNow(45 * time.Second)},
		{"+45", fromNow(45 * time.Second)},
		{"-45", fromNow(-45 * time.Second)},
		{"1800", fromNow(30 * time.Minute)},
		{"86400000", fromNow(1000 * day)},
		{"999999999", fromNow(999_999_999 * time.Second)},

		{"1000000000", time.Unix(1_000_000_000, 0)},
		{"1893456000", time.Unix(1_893_456_000, 0)},
		{"1893456000000", time.Unix(1_893_456_000, 0)},
		{"1893456000123", time.UnixMilli(1_893_456_000_123)},

		{"2030-01-01", local(2030, time.January, 1, 0)},
		{"2030-01-01 12:00:00", local(2030, time.January, 1, 12)},
		{"2030-01-01 12:00", local(2030, time.January, 1, 12)},
		{"2030-01-01T12:00:00", local(2030, time.January, 1, 12)},
		{"2030-01-01T12:00", local(2030, time.January, 1, 12)},
		{"2030-01-01T12:00:00Z", time.Date(2030, time.January, 1, 12, 0, 0, 0, time.UTC)},
		{"2030-01-01 12:00:00+02:00", time.Date(2030, time.January, 1, 10, 0, 0, 0, time.UTC)},
		{"2001-02-03", local(2001, time.February, 3, 0)},
		{"9999-12-31", local(9999, time.December, 31, 0)},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			got, err := ParseTime(tt.input, now)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestParseTimeRefuses(t *testing.T) {
	const (
		syntax = "expected a number with a unit"
		ahead  = "too far in the future"
		back   = "too far in the past"
	)
	tests := []struct{ input, want string }{
		{"", syntax},
		{" ", syntax},
		{"x", syntax},
		{"d", syntax},
		{"+", syntax},
		{"-d", syntax},
		{"+-3d", syntax},
		{"1.5d", syntax},
		{"1e3s", syntax},
		{"1_000", syntax},
		{"3D", syntax},
		{"1h30m", syntax},
		{"٣d", syntax},
		{"tomorrow", syntax},
		{"01/02/2030", syntax},
		{"2030-02-30", syntax},

		{"9000y", ahead},
		{"9223372036854775807s", ahead},
		{"9223372036854775807y", ahead},
		{"99999999999999999999", ahead},
		{"99999999999999999999d", ahead},
		{"253402300800", ahead},
		{"253402300800000", ahead},

		{"-100y", back},
		{"-9223372036854775808", back},
		{"-9223372036854775808y", back},
		{"-99999999999999999999d", back},
		{"1969-12-31", back},
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			got, err := ParseTime(tt.input, noon())
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %q, want one with %q", err, tt.want)
			}
		})
	}
}

func TestParseExpiryTakesOnlyTheFuture(t *testing.T) {
	tests := []struct {
		input  string
		accept bool
	}{
		{"1", true},
		{"30d", true},
		{"2026-03-02", true},
		{"1893456000", true},
		{"1893456000000", true},
		{"0", false},
		{"0d", false},
		{"-5d", false},
		{"-45", false},
		{"2026-03-01", false},           // midnight has passed
		{"2026-03-01 12:00:00", false},  // now is half a second later
		{"1700000000", false},           // seconds since 1970, passed
		{"1700000000000", false},        // milliseconds since 1970, passed
		{"99999999999999999999", false}, // an error of ParseTime
	}
	for _, tt := range tests {
		t.Run(tt.input, func(t *testing.T) {
			got, err := ParseExpiry(tt.input, noon())
			if accepted := err == nil; accepted != tt.accept {
				t.Errorf("got %v, %v; want accepted = %v", got, err, tt.accept)
			}
		})
	}
}

func FuzzParseExpiry(f *testing.F) {
	for _, seed := range []string{
		"30d", "-5d", "+3d", "10 h", "1800", "1893456000", "1893456000000",
		"2030-01-01", "2030-01-01T12:00:00+02:00", "9223372036854775807y", "", "d",
	} {
		testfuzz.Add(f, seed)
	}
	now := noon()
	f.Fuzz(func(t *testing.T, input string) {
		got, err := ParseExpiry(input, now)
		if err != nil {
			return
		}
		if !got.After(now) {
			t.Errorf("%q gave %v, which is not after %v", input, got, now)
		}
		if got.UTC().Year() > 9999 {
			t.Errorf("%q gave the year %d", input, got.UTC().Year())
		}
	})
}
