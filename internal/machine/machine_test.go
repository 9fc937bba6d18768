package machine

import (
	"testing"
	"time"
)

func TestAfter(t *testing.T) {
	at := func(boot string, since time.Duration) Uptime { return Uptime{Boot: boot, Since: since} }
	for name, tt := range map[string]struct {
		now, then Uptime
		want      time.Duration
		known     bool
	}{
		"later":               {at("a", time.Hour), at("a", time.Minute), 59 * time.Minute, true},
		"earlier":             {at("a", time.Minute), at("a", time.Hour), -59 * time.Minute, true},
		"another start":       {at("b", time.Hour), at("a", time.Minute), 0, false},
		"nothing noted":       {at("a", time.Hour), Uptime{}, 0, false},
		"nothing known":       {Uptime{}, at("a", time.Hour), 0, false},
		"nothing known twice": {Uptime{}, Uptime{}, 0, false},
	} {
		if got, known := tt.now.After(tt.then); got != tt.want || known != tt.known {
			t.Errorf("%s: %v, %t; want %v, %t", name, got, known, tt.want, tt.known)
		}
	}
}
