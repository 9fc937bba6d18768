package session_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	stateOf05dad06 = "testdata/05dad06"
	server05dad06  = "http://127.0.0.1:8471"
)

// oldState copies the files of commit 05dad06 to where a program looks for them.
func oldState(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"accounts.json", "credentials.age", "credentials.json"} {
		replaceFile(t, filepath.Join(dir, name), readFile(t, filepath.Join(stateOf05dad06, name)))
	}
	return dir
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func replaceFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// oneItem is a keyring that holds one item.
type oneItem struct {
	credstore.Store // a call that is not faked ends the test
	key             credstore.Key
	value           secret.Text
}

func (s oneItem) Get(_ context.Context, key credstore.Key) (secret.Text, error) {
	if key != s.key {
		return secret.Text{}, credstore.ErrNotFound
	}
	return s.value, nil
}

// openOldState reads the files in dir as a program does a minute after the logins,
// with keyringItem in the keyring.
func openOldState(dir, keyringItem string) *session.AccountIndex {
	return session.NewAccountIndex(session.Config{
		Dir: dir,
		Now: func() time.Time { return time.Date(2026, 11, 29, 19, 51, 0, 0, time.UTC) },
		OpenStore: func(name string) (credstore.Store, error) {
			if name == credstore.KeyringName {
				return oneItem{key: credstore.Key{Host: "127.0.0.1:8471", User: "admin"}, value: secret.New(keyringItem)}, nil
			}
			return credstore.ByName(name, credstore.Config{
				Dir: dir,
				Passphrase: func(context.Context, bool) (secret.Text, error) {
					return secret.New("the passphrase of 2026"), nil
				},
			})
		},
	})
}

// What an older program wrote is read for ever: its accounts, and their
// credentials in every store.
func TestTheStateOfAnOlderProgramIsRead(t *testing.T) {
	book := openOldState(oldState(t), readFile(t, filepath.Join(stateOf05dad06, "keyring-item.json")))
	accounts, current, err := book.Accounts()
	if err != nil || current != "admin@127.0.0.1:8471" {
		t.Fatalf("the current account is %q, %v", current, err)
	}
	got := map[string]string{}
	for _, account := range accounts {
		credential, err := book.Credential(t.Context(), account)
		if err != nil || credential.Type != "bearer" || account.Server != server05dad06 || account.Kind != session.Interactive {
			t.Errorf("%s: %q, %+v, %v", account.Name(), credential.Type, account, err)
		}
		got[account.User+" in "+account.Store] = credential.Token.Reveal()
	}
	want := map[string]string{
		"alice in age":     "2OvzUD0brr48L6yjk582bSgMyZXeNphf",
		"bob in plaintext": "RQ07QFquNv5BceTALajN3e4bTySIHuuC",
		"admin in keyring": "z7x1XCgC1mEQ6rO5Uows8wXGXa69Dwk3",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}

	alice, err := book.Find(session.Choice{Account: "alice"})
	if err != nil || alice.Project == nil || alice.Project.Name != "Exome 2026" || alice.Project.Folder != "/" ||
		alice.Idle() != 5*time.Minute || !alice.Expires.Equal(time.Date(2026, 12, 29, 19, 50, 2, 4_000_000, time.UTC)) {
		t.Errorf("alice: %+v, %v", alice, err)
	}
	made, err := book.MadeTokens(server05dad06, "alice")
	if err != nil || len(made) != 1 || made[0].Name != "nightly" || !strings.HasPrefix(made[0].ID, "777f0655c68c") {
		t.Errorf("alice's API tokens: %+v, %v", made, err)
	}
	if store, err := book.LastStore(server05dad06); err != nil || store != credstore.KeyringName {
		t.Errorf("the last store is %q, %v", store, err)
	}
}

// A program that is older than what it finds says so and changes nothing.
func TestTheStateOfANewerProgramIsRefused(t *testing.T) {
	ctx := t.Context()
	makeNewer := func(t *testing.T, path string) {
		t.Helper()
		replaceFile(t, path, strings.Replace(readFile(t, path), `"version": 1`, `"version": 99, "sealed": {"by": ["kernel"]}`, 1))
	}
	credentialOf := func(user string) func(*session.AccountIndex) error {
		return func(book *session.AccountIndex) error {
			account, err := book.Find(session.Choice{Account: user})
			if err != nil {
				return err
			}
			_, err = book.Credential(ctx, account)
			return err
		}
	}
	login := func(store string) func(*session.AccountIndex) error {
		return func(book *session.AccountIndex) error {
			account := session.Account{Server: server05dad06, Host: "127.0.0.1:8471", User: "carol", Store: store}
			_, err := book.Save(ctx, account, session.Credential{Token: secret.New("new"), Type: "Bearer"})
			return err
		}
	}
	for name, test := range map[string]struct {
		newer string // the file that a newer program wrote; "": the item in the keyring
		do    func(*session.AccountIndex) error
	}{
		"accounts are listed":               {"accounts.json", func(b *session.AccountIndex) error { _, _, err := b.Accounts(); return err }},
		"a login with a newer index":        {"accounts.json", login(credstore.PlaintextName)},
		"a switch with a newer index":       {"accounts.json", func(b *session.AccountIndex) error { _, err := b.Switch(ctx, "bob"); return err }},
		"a newer plain-text file is read":   {"credentials.json", credentialOf("bob")},
		"a login with a newer file":         {"credentials.json", login(credstore.PlaintextName)},
		"an item of the keyring is read":    {"", credentialOf("admin")},
		"an item whose session has expired": {"", func(b *session.AccountIndex) error { return forgetIfExpired(ctx, b) }},
	} {
		t.Run(name, func(t *testing.T) {
			dir, item := oldState(t), `{"version":99,"token":{"sealed":"x"}}`
			if test.newer != "" {
				makeNewer(t, filepath.Join(dir, test.newer))
			}
			before := contents(t, dir)
			err := test.do(openOldState(dir, item))
			if err == nil || !strings.Contains(err.Error(), "was written by a newer dxauth") || !strings.Contains(err.Error(), "use that one") {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
				t.Errorf("the files have changed (-before +after):\n%s", diff)
			}
			if isItem := test.newer == ""; isItem != errors.Is(err, session.ErrNewer) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// forgetIfExpired erases admin's credential where it is still the given one.
func forgetIfExpired(ctx context.Context, book *session.AccountIndex) error {
	admin, err := book.Find(session.Choice{Account: "admin"})
	if err != nil {
		return err
	}
	return book.ForgetIf(ctx, admin, session.Credential{Token: secret.New("z7x1XCgC1mEQ6rO5Uows8wXGXa69Dwk3")})
}

// contents returns the files of a folder but for its locks, which are empty.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".lock" })
	found := map[string]string{}
	for _, entry := range entries {
		found[entry.Name()] = readFile(t, filepath.Join(dir, entry.Name()))
	}
	return found
}
