package prompt

import (
	"testing"
	"time"
)

func TestLeftInPrompt(t *testing.T) {
	const day = 24 * time.Hour
	for left, want := range map[time.Duration]string{
		-time.Second:              "ended",
		0:                         "ended",
		1:                         "1m",
		time.Minute:               "1m",
		time.Minute + 1:           "2m",
		2*time.Hour - time.Second: "120m",
		2 * time.Hour:             "2h",
		2*day - 1:                 "47h",
		2 * day:                   "2d",
		365 * day:                 "365d",
	} {
		if got := leftInPrompt(left); got != want {
			t.Errorf("%s: got %q, want %q", left, got, want)
		}
	}
}
