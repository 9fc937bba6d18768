package places_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/places"
)

// TestPlacesAreRemembered: for some minutes, and while few others follow.
func TestPlacesAreRemembered(t *testing.T) {
	start := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	key := places.Key{List: "list", Next: 100}
	for name, c := range map[string]struct {
		others int
		after  time.Duration
		want   bool
	}{
		"at once":             {0, 0, true},
		"minutes later":       {0, 4 * time.Minute, true},
		"much later":          {0, 11 * time.Minute, false},
		"with many others":    {999, 0, true},
		"with too many":       {2001, 0, false},
		"after a clock error": {0, -time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := places.New[string]()
			p.Remember(key, "here", start)
			for i := range c.others {
				p.Remember(places.Key{List: fmt.Sprint("other ", i), Next: 100}, "there", start)
			}
			value, found := p.Find(key, start.Add(c.after))
			if found != c.want || found && value != "here" {
				t.Errorf("found %q, %v", value, found)
			}
			if value, found := p.Find(places.Key{List: "list", Next: 101}, start.Add(c.after)); found {
				t.Errorf("another place of the list is %q", value)
			}
		})
	}
}
