package kernelkey

import (
	"testing"
	"time"
)

func TestSeconds(t *testing.T) {
	cases := map[time.Duration]int{
		-time.Hour:                   1,
		0:                            1,
		999 * time.Millisecond:       1,
		time.Second:                  1,
		2*time.Second - 1:            1,
		15 * time.Minute:             900,
		100 * 365 * 24 * time.Hour:   1<<31 - 1,
		time.Duration(1<<63 - 1):     1<<31 - 1,
		time.Duration(1<<31) * 1e9:   1<<31 - 1,
		time.Duration(1<<31-1) * 1e9: 1<<31 - 1,
	}
	for limit, want := range cases {
		if got := seconds(limit); got != want {
			t.Errorf("%v is %d s, want %d", limit, got, want)
		}
	}
}
