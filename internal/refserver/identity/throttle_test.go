package identity

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refusal"
)

// S-10, S-14: the wait after the n-th failure.
func TestRuleWait(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		rule  throttle.Rule
		from  int // the failure that costs costs[0]
		costs []time.Duration
	}{
		"password, free": {passwordRule, 1, []time.Duration{0, 0, 0, 0}},
		"password, doubling to the maximum": {passwordRule, 5, seconds(
			1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900)},
		"password, a shift that would overflow": {passwordRule, 36, seconds(900, 900, 900, 900, 900)},
		"password, the largest number":          {passwordRule, math.MaxInt32, seconds(900)},
		"code":                                  {codeRule, 1, seconds(0, 0, 30, 240, 900, 900)},
		"lock, free":                            {lockRule, 99, seconds(0)},
		"lock":                                  {lockRule, 100, []time.Duration{day, day, day}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, want := range c.costs {
				if got := c.rule.Wait(c.from + i); got != want {
					t.Errorf("failure %d costs %v, want %v", c.from+i, got, want)
				}
			}
		})
	}
}

func seconds(list ...int) []time.Duration {
	costs := make([]time.Duration, len(list))
	for i, n := range list {
		costs[i] = time.Duration(n) * time.Second
	}
	return costs
}

// S-13: rounded up, so that an attempt after that time is evaluated.
func TestRetryAfterInWholeSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]int64{
		time.Millisecond:        1,
		time.Second:             1,
		time.Second + 1:         2,
		1500 * time.Millisecond: 2,
		15 * time.Minute:        900,
	} {
		if got := (refusal.Wait{For: wait}).Seconds(); got != want {
			t.Errorf("%v: %d s, want %d", wait, got, want)
		}
	}
}

// S-11: one host is one source, however its address is written.
func TestSource(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":             "192.0.2.7",
		"192.0.2.8":             "192.0.2.8",
		"::ffff:192.0.2.7":      "192.0.2.7",
		"2001:db8:1:2::3":       "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::9":  "2001:db8:1:2::/64",
		"2001:db8:1:3::3":       "2001:db8:1:3::/64",
		"fe80::1%eth0":          "fe80::/64",
		"fe80::2%eth1":          "fe80::/64",
		"::1":                   "::/64",
		"::ffff:192.0.2.7%eth0": "192.0.2.7",
	} {
		if got := Source(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s comes from %s, want %s", address, got, want)
		}
	}
	if got := Source(netip.Addr{}); got != "unknown" {
		t.Errorf("no address comes from %s", got)
	}
}

// S-16: a key has a fixed size and does not reveal what was typed.
func TestKeysHideTheirParts(t *testing.T) {
	const typed = "wonderland-2026"
	long := key("password", "user-"+strings.Repeat(typed, 1000), "192.0.2.7")
	short := key("password", "user-"+typed, "192.0.2.7")
	if len(long) != len(short) || strings.Contains(long+short, typed) {
		t.Errorf("keys are %s and %s", long, short)
	}
	if key("password", "ab", "c") == key("password", "a", "bc") {
		t.Error("the parts of a key run into each other")
	}
}
