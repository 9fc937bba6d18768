package audit_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/audit"
)

// A reader sees who did what a row says, and finds the row by what was shown.
func TestWho(t *testing.T) {
	for name, c := range map[string]struct {
		row        audit.Entry
		doneBy     string
		who, found string // what is shown, and the actor that it selects
	}{
		"a user":                            {audit.Entry{Actor: "user-alice", Action: audit.SignIn}, "user-alice", "alice", "user-alice"},
		"a user who is called server":       {audit.Entry{Actor: "user-server", Action: audit.SignIn}, "user-server", "server", "user-server"},
		"a wrong password":                  {audit.Entry{Subject: "user-alice", Action: audit.SignIn}, "", "", ""},
		"the server":                        {audit.Entry{Actor: audit.Server, Action: audit.UserUpdate}, audit.Server, "the server", audit.Server},
		"the server, in an earlier version": {audit.Entry{Action: audit.MailDrop}, audit.Server, "the server", audit.Server},
		"its start on a copy":               {audit.Entry{Action: audit.Restore}, audit.Server, "the server", audit.Server},
	} {
		if got := c.row.DoneBy(); got != c.doneBy {
			t.Errorf("%s: done by %q, want %q", name, got, c.doneBy)
		}
		if got := c.row.Who(); got != c.who {
			t.Errorf("%s: %q, want %q", name, got, c.who)
		}
		if got := audit.ActorOf(c.row.Who()); got != c.found {
			t.Errorf("%s: its name selects %q, want %q", name, got, c.found)
		}
	}
	for typed, want := range map[string]string{"user-Alice": "user-alice", "Alice": "user-alice", "The server": audit.Server} {
		if got := audit.ActorOf(typed); got != want {
			t.Errorf("%q selects %q, want %q", typed, got, want)
		}
	}
}
