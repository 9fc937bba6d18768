package audit_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
)

func TestFilter(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	entry := audit.Entry{Time: noon, Actor: "user-alice", Subject: "0123456789ab", Action: audit.TokenNew, Result: "ok"}
	for name, c := range map[string]struct {
		filter audit.Filter
		want   bool
	}{
		"everything":              {audit.Filter{}, true},
		"the actor":               {audit.Filter{Actor: "user-alice"}, true},
		"another actor":           {audit.Filter{Actor: "user-bob"}, false},
		"another subject":         {audit.Filter{Actor: "user-alice", Subject: "user-alice"}, false},
		"the action":              {audit.Filter{Action: "token.new"}, true},
		"all of its kind":         {audit.Filter{Action: "token"}, true},
		"the beginning of a word": {audit.Filter{Action: "tok"}, false},
		"another result":          {audit.Filter{Result: "beyond_scope"}, false},
		"since then":              {audit.Filter{Since: noon}, true},
		"since later":             {audit.Filter{Since: noon.Add(1)}, false},
		"until later":             {audit.Filter{Until: noon.Add(1)}, true},
		"until then":              {audit.Filter{Until: noon}, false},
	} {
		if got := c.filter.Admits(entry); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
