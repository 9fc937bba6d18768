package session

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/pkg/secret"
)

var (
	errRefused = errors.New("the store refuses")
	noon       = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// fakeStore returns the errors that a test sets.
type fakeStore struct {
	credstore.Store // a call that is not faked ends the test
	items           map[credstore.Key]secret.Text
	get, set, erase error
	afterSet        func()
	beforeGet       func(*fakeStore)
}

func (s *fakeStore) Get(_ context.Context, key credstore.Key) (secret.Text, error) {
	if s.get != nil {
		return secret.Text{}, s.get
	}
	if s.beforeGet != nil {
		s.beforeGet(s)
	}
	value, found := s.items[key]
	if !found {
		return secret.Text{}, credstore.ErrNotFound
	}
	return value, nil
}

func (s *fakeStore) Set(_ context.Context, key credstore.Key, value secret.Text) error {
	if s.set != nil {
		return s.set
	}
	s.items[key] = value
	if s.afterSet != nil {
		s.afterSet()
	}
	return nil
}

func (s *fakeStore) Delete(_ context.Context, key credstore.Key) error {
	if s.erase != nil {
		return s.erase
	}
	delete(s.items, key)
	return nil
}

// desk is an AccountIndex with two stores and a clock that can be tampered with.
type desk struct {
	*AccountIndex
	now           time.Time
	strong, plain *fakeStore
}

func newDesk(t *testing.T) *desk {
	d := &desk{
		now:    noon,
		strong: &fakeStore{items: map[credstore.Key]secret.Text{}},
		plain:  &fakeStore{items: map[credstore.Key]secret.Text{}},
	}
	d.AccountIndex = NewAccountIndex(Config{
		Dir: filepath.Join(t.TempDir(), "state"),
		Now: func() time.Time { return d.now },
		OpenStore: func(name string) (credstore.Store, error) {
			switch name {
			case "strong":
				return d.strong, nil
			case "plain":
				return d.plain, nil
			}
			return nil, errRefused
		},
	})
	return d
}

// alice is a session of 15 minutes at the lab.
func alice() Account {
	return Account{
		Server: "https://lab.org", Host: "lab.org", AuthServer: "https://auth.lab.org",
		User: "alice", UserID: "user-alice", Kind: Interactive, Store: "strong", IdleSeconds: 900,
	}
}

func (a Account) in(store string) Account { a.Store = store; return a }

func token(value string) Credential {
	return Credential{Token: secret.New(value), Type: "Bearer"}
}

func (d *desk) mustSave(t *testing.T, account Account, credential Credential) {
	t.Helper()
	if _, err := d.Save(t.Context(), account, credential); err != nil {
		t.Fatal(err)
	}
}

// tokens shows what the stores hold for an account; "" for nothing.
func (d *desk) tokens(t *testing.T, account Account) (strong, plain string) {
	t.Helper()
	reveal := func(store *fakeStore) string {
		stored, found := store.items[account.key()]
		if !found {
			return ""
		}
		credential, err := decodeCredential(stored)
		if err != nil {
			t.Fatal(err)
		}
		return credential.Token.Reveal()
	}
	return reveal(d.strong), reveal(d.plain)
}

func (d *desk) wantTokens(t *testing.T, account Account, strong, plain string) {
	t.Helper()
	if gotStrong, gotPlain := d.tokens(t, account); gotStrong != strong || gotPlain != plain {
		t.Errorf("the stores hold %q and %q, want %q and %q", gotStrong, gotPlain, strong, plain)
	}
}

func (d *desk) wantAccounts(t *testing.T, want ...string) {
	t.Helper()
	accounts, _, err := d.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, account := range accounts {
		got = append(got, account.Name()+" in "+account.Store)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestSaveAndFind(t *testing.T) {
	d := newDesk(t)
	d.mustSave(t, alice(), token("one"))

	found, err := d.Find(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	want := alice()
	want.LastUsed, want.Signature = noon, token("one").Signature()
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("the account (-want +got):\n%s", diff)
	}
	credential, err := d.Credential(t.Context(), found)
	if err != nil || credential.Token.Reveal() != "one" || credential.Type != "Bearer" {
		t.Errorf("credential %q of type %q, %v", credential.Token.Reveal(), credential.Type, err)
	}
	if last, err := d.LastUser("https://lab.org"); err != nil || last != "alice" {
		t.Errorf("last user %q, %v", last, err)
	}
}

// TestSaveAnswersWhatItReplaced: only a session made at the same servers may be
// ended there.
func TestSaveAnswersWhatItReplaced(t *testing.T) {
	tests := map[string]struct {
		previous func(*Account)
		token    string
		want     string
	}{
		"a session":              {func(*Account) {}, "new", "old"},
		"from another store":     {func(a *Account) { a.Store = "plain" }, "new", "old"},
		"an API token":           {func(a *Account) { a.Kind = Token }, "new", ""},
		"the same token":         {func(*Account) {}, "old", ""},
		"by another scheme":      {func(a *Account) { a.Server = "http://lab.org" }, "new", ""},
		"at another auth server": {func(a *Account) { a.AuthServer = "https://evil.org" }, "new", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			previous := alice()
			tt.previous(&previous)
			d.mustSave(t, previous, token("old"))
			replaced, err := d.Save(t.Context(), alice(), token(tt.token))
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, session := range replaced {
				got += session.Token.Reveal()
				if session.Signature != session.Credential.Signature() {
					t.Errorf("the signature of %q is %s", got, session.Signature)
				}
			}
			if got != tt.want {
				t.Errorf("replaced %q, want %q", got, tt.want)
			}
			d.wantTokens(t, alice(), tt.token, "")
			d.wantAccounts(t, "alice@lab.org in strong")
		})
	}
}

func TestSaveKeepsTheProject(t *testing.T) {
	old, other := &Project{ID: "project-1", Name: "Exome", Folder: "/raw"}, &Project{ID: "project-2"}
	for name, tt := range map[string]struct{ chosen, want *Project }{
		"of the session before": {nil, old},
		"unless there is a new": {other, other},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			previous := alice()
			previous.Project = old
			d.mustSave(t, previous, token("old"))
			next := alice()
			next.Project = tt.chosen
			d.mustSave(t, next, token("new"))
			found, err := d.Find(Choice{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, found.Project); diff != "" {
				t.Errorf("project (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSaveIntoAStoreThatRefuses(t *testing.T) {
	t.Run("notes nothing", func(t *testing.T) {
		d := newDesk(t)
		d.strong.set = errRefused
		if _, err := d.Save(t.Context(), alice(), token("new")); !errors.Is(err, errRefused) {
			t.Errorf("error %v, want the store's", err)
		}
		d.wantAccounts(t)
	})
	t.Run("leaves the session before as it was", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice().in("plain"), token("old"))
		d.strong.set = errRefused
		replaced, err := d.Save(t.Context(), alice(), token("new"))
		if !errors.Is(err, errRefused) || replaced != nil {
			t.Errorf("error %v, want the store's; replaced %v, want nothing", err, replaced)
		}
		d.wantTokens(t, alice(), "", "old")
		d.wantAccounts(t, "alice@lab.org in plain")
	})
	t.Run("does not depend on the store before", func(t *testing.T) {
		d := newDesk(t)
		d.mustSave(t, alice().in("plain"), token("old"))
		d.plain.get, d.plain.erase = errRefused, errRefused
		d.mustSave(t, alice(), token("new"))
		d.wantAccounts(t, "alice@lab.org in strong")
	})
	t.Run("does not know the store", func(t *testing.T) {
		d := newDesk(t)
		if _, err := d.Save(t.Context(), alice().in("nowhere"), token("new")); !errors.Is(err, errRefused) {
			t.Errorf("error %v, want that of opening the store", err)
		}
		d.wantAccounts(t)
	})
}

func TestFind(t *testing.T) {
	d := newDesk(t)
	bob := alice()
	bob.User, bob.Server, bob.Host = "bob", "http://localhost:8080", "localhost:8080"
	d.mustSave(t, bob, token("b"))
	d.mustSave(t, alice(), token("a"))
	tests := map[string]struct {
		choice Choice
		want   string // an account, or words of the error
	}{
		"the current one":           {Choice{}, "alice@lab.org"},
		"by name":                   {Choice{Account: "bob@localhost:8080"}, "bob@localhost:8080"},
		"by server":                 {Choice{Server: "http://localhost:8080"}, "bob@localhost:8080"},
		"by both":                   {Choice{Account: "alice@lab.org", Server: "https://lab.org"}, "alice@lab.org"},
		"a name on another server":  {Choice{Account: "alice@lab.org", Server: "http://localhost:8080"}, "not logged in as alice@lab.org"},
		"an unknown name":           {Choice{Account: "carol@lab.org"}, "not logged in as carol@lab.org"},
		"an unknown server":         {Choice{Server: "https://else.org"}, "not logged in to https://else.org"},
		"a server by other scheme":  {Choice{Server: "http://lab.org"}, "not logged in to http://lab.org"},
		"a name that only has host": {Choice{Account: "@lab.org"}, "not logged in as @lab.org"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			account, err := d.Find(tt.choice)
			if err != nil {
				if !errors.Is(err, ErrNotSignedIn) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if account.Name() != tt.want {
				t.Errorf("found %s, want %s", account.Name(), tt.want)
			}
		})
	}
	if _, err := newDesk(t).Find(Choice{}); err != ErrNotSignedIn {
		t.Errorf("error without accounts: %v, want ErrNotSignedIn itself", err)
	}
}

func TestCredentialErrors(t *testing.T) {
	const canary = "canary-7f3a"
	tests := map[string]struct {
		stored string
		get    error
		want   error
	}{
		"erased by somebody":  {"", credstore.ErrNotFound, ErrNotSignedIn},
		"a store that fails":  {"", errRefused, errRefused},
		"not JSON":            {canary, nil, ErrForeign},
		"no token":            {`{"type":"` + canary + `"}`, nil, ErrForeign},
		"a token of a type":   {`{"token":["` + canary + `"]}`, nil, ErrForeign},
		"cut off in the file": {`{"token":"` + canary, nil, ErrForeign},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.strong.items[alice().key()] = secret.New(tt.stored)
			d.strong.get = tt.get
			_, err := d.Credential(t.Context(), alice())
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error shows what was stored: %v", err)
			}
		})
	}
}
