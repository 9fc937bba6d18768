// Package duration reads the durations that users write, and formats durations for
// messages.
//
// It promises one grammar for settings and flags: Go's, with days and weeks ("90s",
// "2h30m", "1d12h"). In messages a duration has at most two units, the largest, in
// words and with plurals: "3 hours 20 minutes", not "3h20m0.003s". The time formats of
// the protocols are in pkg/dnanexus and pkg/molgenis.
package duration

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

var errSyntax = errors.New("not a duration like 90s, 2h30m or 1d")

// Parse reads a duration: numbers with a unit, of which d and w may come before
// those of Go, or 0.
func Parse(text string) (time.Duration, error) {
	var days time.Duration
	rest := text
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"w", 7 * day}, {"d", day}} {
		number, after, found := strings.Cut(rest, unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 32)
		if err != nil || n > uint64(math.MaxInt64/unit.size) { // #nosec G115 -- units are positive
			return 0, fmt.Errorf("%q is %w", text, errSyntax)
		}
		days, rest = days+time.Duration(n)*unit.size, after
	}
	if rest == "" && rest != text {
		return max(days, 0), nil
	}
	clock, err := time.ParseDuration(rest)
	if err != nil || rest != text && clock < 0 || days+clock < days && clock > 0 {
		return 0, fmt.Errorf("%q is %w", text, errSyntax)
	}
	return days + clock, nil
}

// Value is a duration as the value of a flag.
type Value time.Duration

// Set reads the value with [Parse].
func (v *Value) Set(text string) error {
	d, err := Parse(text)
	*v = Value(d)
	return err
}

func (v *Value) String() string { return time.Duration(*v).String() }

// Type is the name of the value in help texts.
func (*Value) Type() string { return "duration" }

// Format returns d rounded to the second, in its two largest units: "30 days",
// "14 minutes 30 seconds". A negative duration, such as the time until a past
// deadline, is "0 seconds".
func Format(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	units := []struct {
		size time.Duration
		name string
	}{
		{day, "day"},
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
