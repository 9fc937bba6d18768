package credstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/dxauth/dxauth/pkg/secret"
)

var testKey = Key{Host: "platform.example:8443", User: "alice"}

// memoryBackend is a keyring in memory whose behaviour a test changes.
type memoryBackend struct {
	items    map[string]secret.Text
	onGet    func() error
	onSet    func() error // a nil func keeps the item; a func decides alone
	onRemove func() error
}

func newMemoryBackend() *memoryBackend {
	return &memoryBackend{items: map[string]secret.Text{}}
}

func (m *memoryBackend) get(user string) (secret.Text, error) {
	if m.onGet != nil {
		return secret.Text{}, m.onGet()
	}
	value, ok := m.items[user]
	if !ok {
		return secret.Text{}, gokeyring.ErrNotFound
	}
	return value, nil
}

func (m *memoryBackend) set(user string, value secret.Text) error {
	if m.onSet != nil {
		return m.onSet()
	}
	m.items[user] = value
	return nil
}

func (m *memoryBackend) remove(user string) error {
	if m.onRemove != nil {
		return m.onRemove()
	}
	if _, ok := m.items[user]; !ok {
		return gokeyring.ErrNotFound
	}
	delete(m.items, user)
	return nil
}

// keyringOver makes a keyring whose preflight finds the given outcome.
func keyringOver(b backend, found Outcome) *keyring {
	k := newKeyring(false)
	k.backend = b
	k.preflight = func(context.Context, limits) Probe { return keyringProbe(found, "told by the test") }
	return k
}

func TestKeyringKeepsItems(t *testing.T) {
	k := keyringOver(newMemoryBackend(), Ready)
	exerciseStore(t, k)
}

// exerciseStore is the life of an item, the same in every store.
func exerciseStore(t *testing.T, store Store) {
	t.Helper()
	ctx := t.Context()
	other := Key{Host: testKey.Host, User: "bob@example.org"}

	if _, err := store.Get(ctx, testKey); !errors.Is(err, ErrNotFound) {
		t.Fatalf("reading before writing: %v, want ErrNotFound", err)
	}
	if err := store.Delete(ctx, testKey); err != nil {
		t.Fatalf("deleting what is not there: %v", err)
	}
	for _, value := range []string{`{"token":"first"}`, "second \"'\\ ünïcode\t", strings.Repeat("x", MaxItem)} {
		if err := store.Set(ctx, testKey, secret.New(value)); err != nil {
			t.Fatalf("writing: %v", err)
		}
		if got, err := store.Get(ctx, testKey); err != nil || got.Reveal() != value {
			t.Fatalf("read %q, %v; want %q", got.Reveal(), err, value)
		}
	}
	if err := store.Set(ctx, other, secret.New("another")); err != nil {
		t.Fatalf("writing a second item: %v", err)
	}
	if err := store.Delete(ctx, testKey); err != nil {
		t.Fatalf("deleting: %v", err)
	}
	if _, err := store.Get(ctx, testKey); !errors.Is(err, ErrNotFound) {
		t.Fatalf("reading after deleting: %v, want ErrNotFound", err)
	}
	if got, err := store.Get(ctx, other); err != nil || got.Reveal() != "another" {
		t.Fatalf("the other item is %q, %v", got.Reveal(), err)
	}
	if err := store.Delete(ctx, other); err != nil {
		t.Fatalf("deleting the second item: %v", err)
	}
}

// TestStoresRefuseBadItems before they use what they stand on: the helper of
// this test is not even there.
func TestStoresRefuseBadItems(t *testing.T) {
	stores := []Store{
		keyringOver(newMemoryBackend(), Ready), quickAge(privateDir(t), answers("correct horse")),
		newPlainFile(privateDir(t)), helper{name: "helper:nowhere"},
	}
	for _, store := range stores {
		requireRefusalOfBadItems(t, store)
	}
}

func requireRefusalOfBadItems(t *testing.T, store Store) {
	t.Helper()
	keys := []Key{
		{"", "alice"},
		{"host", ""},
		{"host@evil", "alice"},
		{"host", "alice\nadd-generic-password"},
		{"host\x00", "alice"},
	}
	for _, key := range keys {
		_, getErr := store.Get(t.Context(), key)
		for call, err := range map[string]error{
			"get":    getErr,
			"set":    store.Set(t.Context(), key, secret.New("value")),
			"delete": store.Delete(t.Context(), key),
		} {
			var refused *UnavailableError
			if err == nil || errors.Is(err, ErrNotFound) || errors.As(err, &refused) {
				t.Errorf("%s: %s of %+v: error %v, want one about the key", store.Name(), call, key, err)
			}
		}
	}
	if err := store.Set(t.Context(), testKey, secret.New(strings.Repeat("x", MaxItem+1))); !errors.Is(err, ErrTooBig) {
		t.Errorf("%s and an item that is too big: %v, want ErrTooBig", store.Name(), err)
	}
}

// TestKeyringIsNotBelieved has keyrings that report success for what they
// didn't do.
func TestKeyringIsNotBelieved(t *testing.T) {
	succeed := func() error { return nil }

	t.Run("nothing kept", func(t *testing.T) {
		k := keyringOver(&memoryBackend{items: map[string]secret.Text{}, onSet: succeed}, Ready)
		if err := k.Set(t.Context(), testKey, secret.New("value")); !errors.Is(err, ErrNotKept) {
			t.Errorf("error %v, want ErrNotKept", err)
		}
	})
	t.Run("an older value kept", func(t *testing.T) {
		old := map[string]secret.Text{testKey.String(): secret.New("previous value")}
		k := keyringOver(&memoryBackend{items: old, onSet: succeed}, Ready)
		if err := k.Set(t.Context(), testKey, secret.New("value")); !errors.Is(err, ErrNotKept) {
			t.Errorf("error %v, want ErrNotKept", err)
		}
	})
	t.Run("nothing deleted", func(t *testing.T) {
		old := map[string]secret.Text{testKey.String(): secret.New("value")}
		k := keyringOver(&memoryBackend{items: old, onRemove: succeed}, Ready)
		if err := k.Delete(t.Context(), testKey); !errors.Is(err, ErrNotDeleted) {
			t.Errorf("error %v, want ErrNotDeleted", err)
		}
	})
}

// TestKeyringLimits has a keyring that never answers, in time that isn't real.
func TestKeyringLimits(t *testing.T) {
	cases := []struct {
		found     Outcome
		canUnlock bool
		took      time.Duration
		want      Outcome
	}{
		{Ready, false, 5 * time.Second, Unresponsive},
		{Ready, true, 5 * time.Second, Unresponsive},
		{Locked, true, time.Minute, Unresponsive},
		{Locked, false, 0, Locked},
		{Absent, true, 0, Absent},
		{Declined, true, 0, Declined},
		{Unresponsive, true, 0, Unresponsive},
	}
	for _, c := range cases {
		t.Run(c.found.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end := make(chan struct{})
				defer close(end)
				hang := func() error { <-end; return nil }
				k := keyringOver(&memoryBackend{onGet: hang, onSet: hang, onRemove: hang}, c.found)
				k.canUnlock = c.canUnlock

				calls := map[string]func() error{
					"get":    func() error { _, err := k.Get(t.Context(), testKey); return err },
					"set":    func() error { return k.Set(t.Context(), testKey, secret.New("value")) },
					"delete": func() error { return k.Delete(t.Context(), testKey) },
				}
				for name, call := range calls {
					began := time.Now()
					err := call()
					if took := time.Since(began); took != c.took {
						t.Errorf("%s took %v, want %v", name, took, c.took)
					}
					if got := outcomeOf(t, err); got != c.want {
						t.Errorf("%s: %v, want outcome %s", name, err, c.want)
					}
				}
			})
		})
	}
}

func TestKeyringGivesUpWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		k := keyringOver(&memoryBackend{onGet: func() error { <-end; return nil }}, Ready)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.Get(ctx, testKey); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
		if _, err := k.Get(ctx, testKey); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v of a call that began too late, want the context's", err)
		}
	})
}

// TestKeyringSurvivesPanics: go-keyring panics when the bus goes away during a
// prompt.
func TestKeyringSurvivesPanics(t *testing.T) {
	k := keyringOver(&memoryBackend{onGet: func() error { panic("nil signal") }}, Ready)
	_, err := k.Get(t.Context(), testKey)
	if got := outcomeOf(t, err); got != Unresponsive {
		t.Errorf("%v, want outcome %s", err, Unresponsive)
	}
}

// TestKeyringErrors is the table of texts that the keyrings give.
func TestKeyringErrors(t *testing.T) {
	cases := []struct {
		text   string
		before Outcome
		want   Outcome
	}{
		{`exec: "dbus-launch": executable file not found in $PATH`, Ready, Absent},
		{"dbus: couldn't determine address of session bus", Ready, Absent},
		{"dbus: invalid bus address (no transport)", Ready, Absent},
		{"dial unix /run/user/1000/bus: connect: no such file or directory", Ready, Absent},
		{"The name org.freedesktop.secrets was not provided by any .service files", Ready, Absent},
		{"org.freedesktop.DBus.Error.Spawn.ChildExited: exited with status 1", Ready, Absent},
		{"org.freedesktop.Secret.Error.NoSuchObject: gone", Ready, Absent},
		{"org.freedesktop.Secret.Error.IsLocked: Cannot get secret of a locked object", Ready, Locked},
		{"failed to unlock correct collection '/org/freedesktop/secrets/collection/login'", Ready, Locked},
		{"failed to unlock correct collection '/org/freedesktop/secrets/collection/login'", Locked, Declined},
		{"org.freedesktop.DBus.Error.AccessDenied: An AppArmor policy prevents this", Ready, Declined},
		{"org.freedesktop.DBus.Error.NoReply: Did not receive a reply", Ready, Unresponsive},

		{"fork/exec /usr/bin/security: no such file or directory", Ready, Absent},
		{"exit status 36", Ready, Locked},
		{"exit status 51", Ready, Declined},
		{"exit status 128", Ready, Declined},

		{"A specified logon session does not exist. It may already have been terminated.", Ready, Absent},
		{gokeyring.ErrUnsupportedPlatform.Error(), Ready, Absent},
	}
	for _, c := range cases {
		err := keyringError(errors.New(c.text), c.before)
		if got := outcomeOf(t, err); got != c.want {
			t.Errorf("%q: %v, want outcome %s", c.text, err, c.want)
		}
	}
}

func TestKeyringErrorsWithoutOutcome(t *testing.T) {
	unknown := errors.New("something new")
	cases := []struct{ err, want error }{
		{gokeyring.ErrNotFound, ErrNotFound},
		{gokeyring.ErrSetDataTooBig, ErrTooBig},
		{context.Canceled, context.Canceled},
		{unknown, unknown},
	}
	for _, c := range cases {
		if got := keyringError(c.err, Ready); !errors.Is(got, c.want) {
			t.Errorf("%v became %v, want %v", c.err, got, c.want)
		}
	}
}

// outcomeOf is the outcome inside an *UnavailableError.
func outcomeOf(t *testing.T, err error) Outcome {
	t.Helper()
	var refused *UnavailableError
	if !errors.As(err, &refused) || len(refused.Reasons) != 1 {
		t.Fatalf("error %v, want an *UnavailableError with one reason", err)
	}
	return refused.Reasons[0].Outcome
}
