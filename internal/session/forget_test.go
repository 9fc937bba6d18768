package session

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestForget(t *testing.T) {
	t.Run("erases the credential and the account", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice(), token("one"))
		if err := d.Forget(t.Context(), alice()); err != nil {
			t.Fatal(err)
		}
		d.wantTokens(t, alice(), "", "")
		d.wantAccounts(t)
		if last, err := d.LastUser("https://lab.org"); err != nil || last != "alice" {
			t.Errorf("last user %q, %v: the name is offered at the next login", last, err)
		}
	})
	t.Run("keeps the account while its credential is there", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice(), token("one"))
		d.strong.erase = errRefused
		if err := d.Forget(t.Context(), alice()); !errors.Is(err, errRefused) {
			t.Errorf("error %v, want the store's", err)
		}
		d.wantAccounts(t, "alice@lab.org in strong")
	})
	t.Run("of an account that is not there is no error", func(t *testing.T) {
		if err := newDesk(t).Forget(t.Context(), alice()); err != nil {
			t.Error(err)
		}
	})
	t.Run("finds the store that a later login chose", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice(), token("one"))
		d.mustSave(t, alice().in("plain"), token("two"))
		if err := d.Forget(t.Context(), alice()); err != nil {
			t.Fatal(err)
		}
		d.wantTokens(t, alice(), "", "")
		d.wantAccounts(t)
	})
}

// TestForgetIf: the credential that a server refused was "old", and since then
// something may have happened.
func TestForgetIf(t *testing.T) {
	tests := map[string]struct {
		since    func(*testing.T, *desk)
		err      error
		strong   string
		plain    string
		accounts []string
	}{
		"nothing": {since: func(*testing.T, *desk) {}},
		"another login": {
			since:  func(t *testing.T, d *desk) { d.mustSave(t, alice(), token("new")) },
			strong: "new", accounts: []string{"alice@lab.org in strong"},
		},
		"a login into another store": {
			since: func(t *testing.T, d *desk) { d.mustSave(t, alice().in("plain"), token("new")) },
			plain: "new", accounts: []string{"alice@lab.org in plain"},
		},
		"a logout": {since: func(t *testing.T, d *desk) {
			if err := d.Forget(t.Context(), alice()); err != nil {
				t.Fatal(err)
			}
		}},
		"the store lost the credential": {since: func(_ *testing.T, d *desk) { clear(d.strong.items) }},
		"the store can't be read": {
			since: func(_ *testing.T, d *desk) { d.strong.get = errRefused },
			err:   errRefused, strong: "old", accounts: []string{"alice@lab.org in strong"},
		},
		"the store can't be written": {
			since: func(_ *testing.T, d *desk) { d.strong.erase = errRefused },
			err:   errRefused, strong: "old", accounts: []string{"alice@lab.org in strong"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.mustSave(t, alice(), token("old"))
			tt.since(t, d)
			if err := d.ForgetIf(t.Context(), alice(), token("old")); !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			d.wantTokens(t, alice(), tt.strong, tt.plain)
			d.wantAccounts(t, tt.accounts...)
		})
	}
	t.Run("something foreign in its place", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice(), token("old"))
		d.strong.items[alice().key()] = secret.New("foreign")
		if err := d.ForgetIf(t.Context(), alice(), token("old")); !errors.Is(err, ErrForeign) {
			t.Errorf("error %v, want ErrForeign", err)
		}
		if d.strong.items[alice().key()].Reveal() != "foreign" {
			t.Error("what dxauth did not write was erased without being asked to")
		}
	})
}

// TestTouch: 900 seconds are noted every 30.
func TestTouch(t *testing.T) {
	tests := map[string]struct {
		idle  int64
		after time.Duration
		want  time.Duration // of the noted use, after noon
	}{
		"at once":             {900, 0, 0},
		"within a thirtieth":  {900, 29 * time.Second, 0},
		"after a thirtieth":   {900, 30 * time.Second, 30 * time.Second},
		"much later":          {900, time.Hour, time.Hour},
		"without a limit":     {0, time.Hour, 0},
		"a limit of nonsense": {-900, time.Hour, 0},
		"a clock put back":    {900, -time.Hour, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			account := alice()
			account.IdleSeconds = tt.idle
			d.mustSave(t, account, token("one"))
			account.LastUsed = noon
			d.now = noon.Add(tt.after)
			if err := d.Touch(t.Context(), account, token("one")); err != nil {
				t.Fatal(err)
			}
			found, err := d.Find(Choice{})
			if err != nil {
				t.Fatal(err)
			}
			if got := found.LastUsed.Sub(noon); got != tt.want {
				t.Errorf("noted %s after noon, want %s", got, tt.want)
			}
		})
	}
}

// TestTouchLooksAgain: many processes that read the same old note write it once.
func TestTouchLooksAgain(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))
	for _, second := range []int{60, 61, 62} { // each has read the note of noon
		account := alice()
		account.LastUsed = noon
		d.now = noon.Add(time.Duration(second) * time.Second)
		if err := d.Touch(t.Context(), account, token("one")); err != nil {
			t.Fatal(err)
		}
	}
	found, err := d.Find(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if got := found.LastUsed.Sub(noon); got != time.Minute {
		t.Errorf("noted %s after noon, want the first use after the note", got)
	}
}

func TestTouchOfAForgottenAccount(t *testing.T) {
	d := newDesk(t)
	if err := d.Touch(t.Context(), alice(), token("one")); err != nil {
		t.Error(err)
	}
	d.wantAccounts(t)
}

func TestSelectProject(t *testing.T) {
	d := newDesk(t)
	project := &Project{ID: "project-1", Name: "Exome", Folder: "/raw"}
	if err := d.SelectProject(t.Context(), alice(), project); !errors.Is(err, ErrNotSignedIn) {
		t.Errorf("for nobody: %v, want ErrNotSignedIn", err)
	}
	d.mustSave(t, alice(), token("one"))
	for _, selected := range []*Project{project, nil} {
		if err := d.SelectProject(t.Context(), alice(), selected); err != nil {
			t.Fatal(err)
		}
		found, err := d.Find(Choice{})
		if err != nil {
			t.Fatal(err)
		}
		if (found.Project == nil) != (selected == nil) || selected != nil && *found.Project != *selected {
			t.Errorf("selected %v, want %v", found.Project, selected)
		}
	}
}

// An API token has no idle limit.
func TestEndReason(t *testing.T) {
	idle := func(limit time.Duration, ago time.Duration) Account {
		return Account{Kind: Interactive, IdleSeconds: int64(limit / time.Second), LastUsed: noon.Add(-ago)}
	}
	at := func(a Account, boot string, ago time.Duration) Account {
		a.LastUptime = machine.Uptime{Boot: boot, Since: time.Hour - ago}
		return a
	}
	expires := func(a Account, at time.Time) Account { a.Expires = at; return a }
	const limit = 15 * time.Minute
	tests := map[string]struct {
		account Account
		want    string
	}{
		"in use":                     {idle(limit, time.Minute), ""},
		"just before":                {idle(limit, limit-1), ""},
		"at the limit":               {idle(limit, limit), "idle"},
		"no limit":                   {idle(0, time.Hour), ""},
		"a token":                    {Account{Kind: Token, IdleSeconds: 900, LastUsed: noon.Add(-time.Hour)}, ""},
		"expires now":                {Account{Kind: Token, Expires: noon}, "expired"},
		"expires soon":               {Account{Kind: Token, Expires: noon.Add(1)}, ""},
		"expired and idle":           {expires(idle(time.Minute, time.Hour), noon), "expired"},
		"both clocks agree":          {at(idle(limit, time.Minute), "now", time.Minute), ""},
		"a clock that was set back":  {at(idle(limit, -time.Hour), "now", limit), "idle"},
		"and just before":            {at(idle(limit, -time.Hour), "now", limit-1), ""},
		"a clock that was set ahead": {at(idle(limit, time.Hour), "now", time.Minute), "idle"},
		"another start of it":        {at(idle(limit, time.Minute), "before", time.Hour), ""},
		"another start, and idle":    {at(idle(limit, limit), "before", 0), "idle"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.uptime = func() machine.Uptime { return machine.Uptime{Boot: "now", Since: time.Hour} }
			if got := d.EndReason(tt.account); got != tt.want {
				t.Errorf("ended by %q, want %q", got, tt.want)
			}
		})
	}
}

// Whoever keeps something of an account learns that it was removed, after the index says
// so, and of nothing else.
func TestRemovedAccountsAreReported(t *testing.T) {
	var reported [][]string
	var b *AccountIndex
	d := newDesk(t)
	config := Config{Dir: d.dir, Now: time.Now, OpenStore: d.open, Removed: func(remaining []string) {
		accounts, _, err := b.Accounts()
		if err != nil || len(accounts) != len(remaining) {
			t.Errorf("%d accounts are left in the index, reported %q (%v)", len(accounts), remaining, err)
		}
		reported = append(reported, remaining)
	}}
	b = NewAccountIndex(config)
	bob := alice()
	bob.User = "bob"
	for _, account := range []Account{alice(), bob, alice()} {
		if _, err := b.Save(t.Context(), account, token("one")); err != nil {
			t.Fatal(err)
		}
	}
	if len(reported) != 0 {
		t.Errorf("logins were reported: %q", reported)
	}
	for _, account := range []Account{alice(), bob, bob} {
		if err := b.Forget(t.Context(), account); err != nil {
			t.Fatal(err)
		}
	}
	if want := [][]string{{bob.Name()}, nil}; !reflect.DeepEqual(reported, want) {
		t.Errorf("reported %q, want %q", reported, want)
	}
}
