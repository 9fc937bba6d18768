package session

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/credseal"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/kernelkey"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fakeKey is a key with the time of its end.
type fakeKey struct {
	content []byte
	ends    time.Time // zero: never
}

// fakeKernel keeps keys on the clock of a test, and returns the errors that a test
// sets.
type fakeKernel struct {
	keys      map[string]fakeKey
	now       func() time.Time
	add, read error
}

func (k *fakeKernel) end(limit time.Duration) time.Time {
	if limit == 0 {
		return time.Time{}
	}
	return k.now().Add(max(limit.Truncate(time.Second), time.Second))
}

func (k *fakeKernel) Check() error { return k.add }

func (k *fakeKernel) Add(name string, content []byte, limit time.Duration) error {
	if k.add != nil {
		return k.add
	}
	k.keys[name] = fakeKey{bytes.Clone(content), k.end(limit)}
	return nil
}

func (k *fakeKernel) find(name string) (fakeKey, error) {
	key, found := k.keys[name]
	switch {
	case k.read != nil:
		return key, k.read
	case !found:
		return key, credseal.ErrNoKey
	case !key.ends.IsZero() && !k.now().Before(key.ends):
		return key, credseal.ErrExpired
	}
	return key, nil
}

func (k *fakeKernel) Read(name string) ([]byte, error) {
	key, err := k.find(name)
	return bytes.Clone(key.content), err
}

func (k *fakeKernel) Limit(name string, limit time.Duration) error {
	key, err := k.find(name)
	if err != nil {
		return err
	}
	k.keys[name] = fakeKey{key.content, k.end(limit)}
	return nil
}

func (k *fakeKernel) Remove(name string) error {
	if _, err := k.find(name); err != nil {
		return err
	}
	delete(k.keys, name)
	return nil
}

// sealingDesk is an AccountIndex with a keyring whose items are sealed with the keys of
// a kernel, and two clocks.
type sealingDesk struct {
	*AccountIndex
	now    time.Time
	since  time.Duration // the start of the machine
	place  machine.Place
	kernel *fakeKernel
	stores map[string]*fakeStore
	config Config
}

func newSealingDesk(t *testing.T) *sealingDesk {
	d := &sealingDesk{now: noon, since: time.Hour, place: machine.Place{Boot: "boot 1", Users: "user:[1]", Host: "node1"}}
	d.kernel = &fakeKernel{keys: map[string]fakeKey{}, now: func() time.Time { return d.now }}
	d.stores = map[string]*fakeStore{}
	for _, name := range []string{credstore.KeyringName, credstore.PlaintextName, credstore.KernelName} {
		d.stores[name] = &fakeStore{items: map[credstore.Key]secret.Text{}}
	}
	d.config = Config{
		Dir:    filepath.Join(t.TempDir(), "state"),
		Now:    func() time.Time { return d.now },
		Uptime: func() machine.Uptime { return machine.Uptime{Boot: d.place.Boot, Since: d.since} },
		OpenStore: func(name string) (credstore.Store, error) {
			store, found := d.stores[name]
			if !found {
				return nil, errRefused
			}
			return store, nil
		},
	}
	d.restart()
	return d
}

// restart is another program in the same place.
func (d *sealingDesk) restart() {
	d.config.Seal = &credseal.Sealer{Keys: d.kernel, Random: rand.Reader, Place: d.place}
	d.AccountIndex = NewAccountIndex(d.config)
}

func (d *sealingDesk) pass(time time.Duration) { d.now, d.since = d.now.Add(time), d.since+time }

func keyringAlice() Account { return alice().in(credstore.KeyringName) }

func (d *sealingDesk) mustSave(t *testing.T, account Account, value string) []Replaced {
	t.Helper()
	replaced, err := d.Save(t.Context(), account, token(value))
	if err != nil {
		t.Fatal(err)
	}
	return replaced
}

// account returns the account as the index has it.
func (d *sealingDesk) account(t *testing.T) Account {
	t.Helper()
	account, err := d.Find(Choice{})
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// item returns what the keyring holds.
func (d *sealingDesk) item() string {
	return d.stores[credstore.KeyringName].items[keyringAlice().key()].Reveal()
}

func (d *sealingDesk) wantToken(t *testing.T, want string) {
	t.Helper()
	credential, err := d.Credential(t.Context(), d.account(t))
	if err != nil || credential.Token.Reveal() != want || credential.Type != "Bearer" {
		t.Errorf("credential %q of type %q, %v; want %q", credential.Token.Reveal(), credential.Type, err, want)
	}
}

// wantSealed checks that neither the stored item nor the index has the token, and that
// one key is left.
func (d *sealingDesk) wantSealed(t *testing.T, token string) {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(d.config.Dir, "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(d.item(), token) || strings.Contains(string(index), token) {
		t.Errorf("the token shows in %s or %s", d.item(), index)
	}
	if account := d.account(t); account.Sealed == nil || account.Sealed.Place != d.place || len(d.kernel.keys) != 1 {
		t.Errorf("sealed: %+v, keys: %d", account.Sealed, len(d.kernel.keys))
	}
}

// wantReason checks why the credential can't be read, and returns the error.
func (d *sealingDesk) wantReason(t *testing.T, want LockReason) error {
	t.Helper()
	_, err := d.Credential(t.Context(), d.account(t))
	sealed, ok := errors.AsType[*SealedError](err)
	if !ok || sealed.Reason != want || errors.Is(err, ErrNotSignedIn) {
		t.Errorf("error %v (%+v), want reason %d", err, sealed, want)
	}
	return err
}

func TestASealedSession(t *testing.T) {
	d := newSealingDesk(t)
	d.mustSave(t, keyringAlice(), "one")
	d.wantSealed(t, "one")
	d.wantToken(t, "one")

	// Each use renews it, an old program's clock or not.
	for range 3 {
		d.pass(14 * time.Minute)
		d.restart()
		d.wantToken(t, "one")
		if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
			t.Fatal(err)
		}
	}

	// Reading it does not.
	d.pass(14 * time.Minute)
	d.wantToken(t, "one")
	d.pass(time.Minute)
	err := d.wantReason(t, KeyExpired)
	if reason := d.EndReasonUnread(d.account(t), err); reason != "idle" {
		t.Errorf("ended by %q", reason)
	}
	if err := d.ForgetUnread(t.Context(), d.account(t), err); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(Choice{}); !errors.Is(err, ErrNotSignedIn) || d.item() != "" {
		t.Errorf("still there: %v, %q", err, d.item())
	}

	// Nobody could end it on the server. The next login of the same user there can.
	bob := keyringAlice()
	bob.User = "bob"
	if replaced := d.mustSave(t, bob, "bob's"); len(replaced) > 0 {
		t.Errorf("bob is to end %+v", replaced)
	}
	want := []Replaced{{Signature: token("one").Signature()}}
	for _, want := range [][]Replaced{want, nil} {
		got := d.mustSave(t, keyringAlice(), "two")
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b secret.Text) bool { return a.Equal(b) })); diff != "" {
			t.Errorf("to end (-want +got):\n%s", diff)
		}
	}
}

// The key lives no longer than the session, and not shorter than its use.
func TestLimitsOfTheKey(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Account)
		idle   time.Duration // of the settings
		want   time.Duration // 0: none
	}{
		"the idle limit":         {func(*Account) {}, 0, 15 * time.Minute},
		"a shorter one":          {func(*Account) {}, time.Minute, time.Minute},
		"the end comes first":    {func(a *Account) { a.Expires = noon.Add(5 * time.Minute) }, 0, 5 * time.Minute},
		"the idle limit does":    {func(a *Account) { a.Expires = noon.Add(time.Hour) }, 0, 15 * time.Minute},
		"a token that expires":   {func(a *Account) { a.Kind, a.IdleSeconds, a.Expires = Token, 0, noon.Add(time.Hour) }, 0, time.Hour},
		"a token without an end": {func(a *Account) { a.Kind, a.IdleSeconds = Token, 0 }, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSealingDesk(t)
			d.config.Idle = tt.idle
			d.restart()
			account := keyringAlice()
			account.AlwaysSeal = true
			tt.change(&account)
			d.mustSave(t, account, "one")
			for _, key := range d.kernel.keys {
				if want := (&fakeKernel{now: d.kernel.now}).end(tt.want); !key.ends.Equal(want) {
					t.Errorf("the key ends %v, want %v", key.ends, want)
				}
			}
			d.wantSealed(t, "one")
		})
	}
}

// Sessions in the keyring are sealed, everything else only if that is wanted.
func TestShouldBeSealed(t *testing.T) {
	always := func(a Account) Account { a.AlwaysSeal = true; return a }
	asToken := func(a Account) Account { a.Kind, a.IdleSeconds = Token, 0; return a }
	endless := func(a Account) Account { a.IdleSeconds = 0; return a }
	for name, tt := range map[string]struct {
		account Account
		want    bool
	}{
		"a session in the keyring":  {keyringAlice(), true},
		"without an idle limit":     {endless(keyringAlice()), false},
		"and wanted":                {always(endless(keyringAlice())), true},
		"a token in the keyring":    {asToken(keyringAlice()), false},
		"a token, wanted":           {always(asToken(keyringAlice())), true},
		"a session in a file":       {alice().in(credstore.PlaintextName), false},
		"a session in a file, too":  {always(alice().in(credstore.PlaintextName)), true},
		"a session with a helper":   {alice().in("helper:pass"), false},
		"a session of the kernel":   {alice().in(credstore.KernelName), false},
		"which needs no seal":       {always(alice().in(credstore.KernelName)), false},
		"a session in the age file": {alice().in(credstore.AgeName), false},
	} {
		if got := newSealingDesk(t).ShouldBeSealed(tt.account); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
	if d := newDesk(t); d.ShouldBeSealed(always(keyringAlice())) || !errors.Is(d.CheckSeal(), ErrNoSeals) {
		t.Error("sealed without a sealer")
	}
}

// Where the kernel takes no keys, the session is stored as before. Who wanted a seal
// gets none without it.
func TestNoKeys(t *testing.T) {
	for _, refusal := range []error{kernelkey.ErrForbidden, kernelkey.ErrNone, kernelkey.ErrQuota, kernelkey.ErrDenied} {
		d := newSealingDesk(t)
		d.kernel.add = refusal
		d.mustSave(t, keyringAlice(), "one")
		if account := d.account(t); account.Sealed != nil || d.item() != `{"token":"one","type":"Bearer"}` {
			t.Errorf("%v: sealed %+v: %s", refusal, account.Sealed, d.item())
		}
		d.wantToken(t, "one")
		if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
			t.Error(err)
		}
		if err := d.CheckSeal(); !errors.Is(err, refusal) {
			t.Errorf("check: %v, want %v", err, refusal)
		}
		wanted := keyringAlice()
		wanted.User, wanted.AlwaysSeal = "bob", true
		if _, err := d.Save(t.Context(), wanted, token("two")); !errors.Is(err, refusal) {
			t.Errorf("with the wish: %v, want %v", err, refusal)
		}
		if len(d.stores[credstore.KeyringName].items) != 1 {
			t.Error("stored in spite of the wish")
		}

		// The first command that can seal it does, even if the use is not worth a note.
		d.kernel.add = nil
		d.pass(time.Second)
		if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
			t.Fatal(err)
		}
		d.wantSealed(t, "one")
		d.wantToken(t, "one")
	}
}

// An item that an older program stored is sealed at its next use, and its account gets
// the signature.
func TestItemsOfOlderPrograms(t *testing.T) {
	d := newSealingDesk(t)
	write := func(account Account) {
		t.Helper()
		account.LastUsed = noon
		old := index{Version: 1, Current: account.Name(), Accounts: []Account{account}}
		content, err := old.encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(d.config.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.config.Dir, "accounts.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		d.stores[account.Store].items[account.key()] = secret.New(`{"token":"one","type":"Bearer"}`)
	}
	write(keyringAlice())
	d.wantToken(t, "one")
	if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
		t.Fatal(err)
	}
	d.wantSealed(t, "one")
	d.wantToken(t, "one")
	account := d.account(t)
	if account.Signature != token("one").Signature() || !account.LastUsed.Equal(noon) || account.LastUptime.Boot != "boot 1" {
		t.Errorf("the account is %+v", account)
	}
	content, err := os.ReadFile(filepath.Join(d.config.Dir, "accounts.json"))
	if err != nil || !strings.Contains(string(content), `"version": 2,`) {
		t.Errorf("an older program would go on with %s, %v", content, err)
	}

	write(alice().in(credstore.PlaintextName))
	if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
		t.Fatal(err)
	}
	if account := d.account(t); account.Sealed != nil || account.Signature != token("one").Signature() {
		t.Errorf("the account in a file is %+v", account)
	}
	d.wantToken(t, "one")
}

// A program that was killed between the two writes leaves a sealed item of which the
// index does not know. It opens, and its next use notes it.
func TestSealedBeforeTheIndexWasWritten(t *testing.T) {
	d := newSealingDesk(t)
	d.mustSave(t, keyringAlice(), "one")
	err := d.update(t.Context(), func(x *index) error { x.Accounts[0].Sealed = nil; return nil })
	if err != nil {
		t.Fatal(err)
	}
	d.wantToken(t, "one")
	if err := d.Touch(t.Context(), d.account(t), token("one")); err != nil {
		t.Fatal(err)
	}
	d.wantSealed(t, "one")
	d.wantToken(t, "one")
}

// A login that was killed between the two writes leaves the item of the new session, and
// an index of the one before. It opens, and its use renews it.
func TestALoginThatWasKilled(t *testing.T) {
	d := newSealingDesk(t)
	d.mustSave(t, keyringAlice(), "one")
	before := d.account(t)
	d.mustSave(t, keyringAlice(), "two")
	err := d.update(t.Context(), func(x *index) error { x.Accounts[0] = before; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		d.wantToken(t, "two")
		d.pass(10 * time.Minute)
		if err := d.Touch(t.Context(), d.account(t), token("two")); err != nil {
			t.Fatal(err)
		}
	}
	d.wantSealed(t, "two")

	clear(d.kernel.keys) // without any key, the use is noted, and the rest stays
	d.pass(time.Minute)
	if err := d.Touch(t.Context(), d.account(t), token("two")); err != nil || !d.account(t).LastUsed.Equal(d.now) {
		t.Errorf("touched: %v, %v", err, d.account(t).LastUsed)
	}
	d.wantReason(t, KeyGone)
}

// A login puts its own key in the place of the one before, and a reader that was in
// between reads again.
func TestALoginWhileOthersRead(t *testing.T) {
	d := newSealingDesk(t)
	d.mustSave(t, keyringAlice(), "one")
	before, old := d.account(t), d.stores[credstore.KeyringName].items[keyringAlice().key()]
	if replaced := d.mustSave(t, keyringAlice(), "two"); len(replaced) != 1 || replaced[0].Token.Reveal() != "one" {
		t.Errorf("replaced %+v", replaced)
	}
	d.wantSealed(t, "two")

	reads := 0
	d.stores[credstore.KeyringName].beforeGet = func(s *fakeStore) { // the first read comes before the login
		if reads++; reads == 1 {
			s.items[keyringAlice().key()], old = old, s.items[keyringAlice().key()]
		} else if reads == 2 {
			s.items[keyringAlice().key()] = old
		}
	}
	credential, err := d.Credential(t.Context(), before)
	if err != nil || credential.Token.Reveal() != "two" || reads != 2 {
		t.Errorf("read %q, %v, after %d reads", credential.Token.Reveal(), err, reads)
	}
}

// Where the key is not, nothing is erased before the deadline.
func TestSealedElsewhere(t *testing.T) {
	tests := map[string]struct {
		happens func(*sealingDesk)
		reason  LockReason
		says    string
	}{
		"the key was removed": {func(d *sealingDesk) { clear(d.kernel.keys) }, KeyGone, "is locked: its key"},
		"a restart": {func(d *sealingDesk) {
			clear(d.kernel.keys)
			d.place.Boot, d.since = "boot 2", 0
		}, Restarted, "since this machine was restarted"},
		"another machine": {func(d *sealingDesk) {
			clear(d.kernel.keys)
			d.place = machine.Place{Boot: "boot 3", Users: "user:[1]", Host: "node2"}
		}, OtherMachine, "on the machine node1"},
		"a container": {func(d *sealingDesk) {
			clear(d.kernel.keys)
			d.place.Users, d.place.Host = "user:[2]", "0123456789ab"
		}, OtherPlace, "in another container"},
		"a container without keys": {func(d *sealingDesk) { d.kernel.read = kernelkey.ErrForbidden }, NoKeys, "forbids"},
		"a kernel without keys":    {func(d *sealingDesk) { d.kernel.read = kernelkey.ErrNone }, NoKeys, "no keys"},
		"a key of others":          {func(d *sealingDesk) { d.kernel.read = kernelkey.ErrDenied }, NoKeys, "denies"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newSealingDesk(t)
			d.mustSave(t, keyringAlice(), "one")
			tt.happens(d)
			d.restart()
			err := d.wantReason(t, tt.reason)
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "alice@lab.org") {
				t.Errorf("says %q, want %q", err, tt.says)
			}
			looked, ok := errors.AsType[*SealedError](d.LookSealed(d.account(t)))
			if !ok || looked.Reason != tt.reason {
				t.Errorf("a look says %v", looked)
			}
			if reason := d.EndReasonUnread(d.account(t), err); reason != "" {
				t.Errorf("ended by %q before the deadline", reason)
			}
			if err := d.Touch(t.Context(), d.account(t), Credential{}); err != nil {
				t.Error(err)
			}
			if err := d.ForgetIf(t.Context(), d.account(t), token("another")); err != nil {
				t.Error(err)
			}
			if d.item() == "" {
				t.Fatal("the item was erased")
			}

			// Past the deadline it has ended, wherever the key is.
			d.pass(15 * time.Minute)
			if reason := d.EndReasonUnread(d.account(t), err); reason != "idle" {
				t.Errorf("after the deadline: %q", reason)
			}
			if err := d.ForgetUnread(t.Context(), d.account(t), err); err != nil || d.item() != "" {
				t.Errorf("forgotten: %v, %q", err, d.item())
			}
		})
	}
}

// After a login in the meantime, what could not be read is not what is stored.
func TestForgetUnreadAfterALogin(t *testing.T) {
	for name, since := range map[string]func(*testing.T, *sealingDesk){
		"a login":           func(t *testing.T, d *sealingDesk) { d.mustSave(t, keyringAlice(), "two") },
		"one that seals no": func(t *testing.T, d *sealingDesk) { d.kernel.add = errRefused; d.mustSave(t, keyringAlice(), "two") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newSealingDesk(t)
			d.mustSave(t, keyringAlice(), "one")
			clear(d.kernel.keys)
			unread := d.wantReason(t, KeyGone)
			before := d.account(t)
			since(t, d)
			if err := d.ForgetUnread(t.Context(), before, unread); err != nil {
				t.Fatal(err)
			}
			d.wantToken(t, "two")
		})
	}
}

// A session that can't be read any more is replaced by a login, which can end it by its
// signature.
func TestLoginOverASessionThatCannotBeRead(t *testing.T) {
	for name, happens := range map[string]func(*sealingDesk){
		"its key is gone": func(d *sealingDesk) { clear(d.kernel.keys) },
		"it was changed": func(d *sealingDesk) {
			d.stores[credstore.KeyringName].items[keyringAlice().key()] = secret.New("changed")
		},
		"it was erased": func(d *sealingDesk) { clear(d.stores[credstore.KeyringName].items) },
	} {
		d := newSealingDesk(t)
		d.mustSave(t, keyringAlice(), "one")
		happens(d)
		replaced := d.mustSave(t, keyringAlice(), "two")
		if len(replaced) != 1 || replaced[0].Signature != token("one").Signature() || !replaced[0].Token.IsZero() {
			t.Errorf("%s: replaced %+v", name, replaced)
		}
		d.wantToken(t, "two")
	}
}

// What is in the place of a sealed item is not taken for it.
func TestWhatIsNotTheSealedItem(t *testing.T) {
	for name, change := range map[string]func(*sealingDesk, *testing.T) string{
		"a token that is not sealed": func(*sealingDesk, *testing.T) string { return `{"token":"planted","type":"Bearer"}` },
		"a changed item": func(d *sealingDesk, _ *testing.T) string {
			return strings.Replace(d.item(), `"sealed":"`, `"sealed":"AAAA`, 1)
		},
		"nothing": func(*sealingDesk, *testing.T) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			d := newSealingDesk(t)
			d.mustSave(t, keyringAlice(), "one")
			d.stores[credstore.KeyringName].items[keyringAlice().key()] = secret.New(change(d, t))
			if credential, err := d.Credential(t.Context(), d.account(t)); !errors.Is(err, ErrForeign) {
				t.Errorf("read %q, %v; want ErrForeign", credential.Token.Reveal(), err)
			}
		})
	}
}

// What can't be stored leaves no key.
func TestNoKeyIsLeft(t *testing.T) {
	d := newSealingDesk(t)
	d.stores[credstore.KeyringName].set = errRefused
	if _, err := d.Save(t.Context(), keyringAlice(), token("one")); !errors.Is(err, errRefused) || len(d.kernel.keys) > 0 {
		t.Errorf("error %v, %d keys", err, len(d.kernel.keys))
	}
	d.stores[credstore.KeyringName].set = nil
	d.mustSave(t, keyringAlice(), "one")
	d.mustSave(t, keyringAlice().in(credstore.PlaintextName), "two")
	if len(d.kernel.keys) > 0 || d.item() != "" {
		t.Errorf("after a login with another store: %d keys, %q", len(d.kernel.keys), d.item())
	}
	d.mustSave(t, keyringAlice(), "three")
	if err := d.Forget(t.Context(), d.account(t)); err != nil || len(d.kernel.keys) > 0 {
		t.Errorf("after a logout: %v, %d keys", err, len(d.kernel.keys))
	}
}

// Every store holds what is sealed of the largest credential.
func TestTheLargestCredential(t *testing.T) {
	d := newSealingDesk(t)
	frame := len(`{"token":"","type":"Bearer"}`)
	d.mustSave(t, keyringAlice(), strings.Repeat("x", maxItem-frame))
	if size := len(d.item()); size > credstore.MaxItem {
		t.Errorf("sealed, it has %d bytes, and a store holds %d", size, credstore.MaxItem)
	}
	if _, err := d.Save(t.Context(), keyringAlice(), token(strings.Repeat("x", maxItem-frame+1))); !errors.Is(err, credstore.ErrTooBig) {
		t.Errorf("a byte more: %v, want ErrTooBig", err)
	}
}

// Only sessions are noted, and not for ever.
func TestFormerSessions(t *testing.T) {
	var x index
	account := keyringAlice()
	account.Signature = "0"
	for name, change := range map[string]func(*Account){
		"a token":             func(a *Account) { a.Kind = Token },
		"without a signature": func(a *Account) { a.Signature = "" },
		"expired":             func(a *Account) { a.Expires = noon },
	} {
		other := account
		change(&other)
		if x.noteFormer(other, true, noon); len(x.Former) > 0 {
			t.Errorf("%s: noted", name)
		}
	}
	for i := range mostFormer + 10 {
		account.Signature, account.Expires = fmt.Sprint(i), noon.Add(time.Hour)
		x.noteFormer(account, true, noon)
	}
	if len(x.Former) != mostFormer || x.Former[0].Signature != "10" {
		t.Errorf("%d are noted, from %s", len(x.Former), x.Former[0].Signature)
	}
	account.Expires = noon.Add(2 * time.Hour)
	for range 2 {
		if x.noteFormer(account, true, noon.Add(time.Hour)); len(x.Former) != 1 {
			t.Errorf("%d are noted after most have expired", len(x.Former))
		}
	}
	elsewhere := account
	elsewhere.AuthServer = "https://else.org"
	if got := x.takeOpen(elsewhere); len(got) > 0 {
		t.Errorf("another server gets %q", got)
	}
	for _, want := range []int{1, 0} {
		if got := x.takeOpen(account); len(got) != want {
			t.Errorf("took %q, want %d", got, want)
		}
	}
}

// A session that could not be ended on the server is ended by the next login.
func TestNoteOpen(t *testing.T) {
	d := newSealingDesk(t)
	d.mustSave(t, keyringAlice(), "one")
	if err := d.NoteOpen(t.Context(), token("one").Signature()); err != nil { // it is not a former one yet
		t.Fatal(err)
	}
	if err := d.Forget(t.Context(), d.account(t)); err != nil {
		t.Fatal(err)
	}
	if replaced := d.mustSave(t, keyringAlice(), "two"); len(replaced) > 0 {
		t.Errorf("to end: %+v", replaced)
	}
	if err := d.Forget(t.Context(), d.account(t)); err != nil {
		t.Fatal(err)
	}
	if err := d.NoteOpen(t.Context(), token("two").Signature()); err != nil {
		t.Fatal(err)
	}
	if replaced := d.mustSave(t, keyringAlice(), "three"); len(replaced) != 1 || replaced[0].Signature != token("two").Signature() {
		t.Errorf("to end: %+v", replaced)
	}
}

// The token of a shell belongs to the account that has it, or had it in a former
// session.
func TestRecognize(t *testing.T) {
	d := newSealingDesk(t)
	want := func(value, account string, isCurrent bool) {
		t.Helper()
		found, current, isFound := d.Recognize(token(value))
		if !isFound && account != "" || isFound && (found.Name() != account || current != isCurrent) {
			t.Errorf("%s: %s, current %t, found %t; want %s, current %t", value, found.Name(), current, isFound, account, isCurrent)
		}
	}
	bob := keyringAlice()
	bob.User = "bob"
	d.mustSave(t, keyringAlice(), "one")
	d.mustSave(t, bob, "bob's")
	want("one", "alice@lab.org", true)
	want("bob's", "bob@lab.org", true)
	want("another", "", false)

	d.mustSave(t, keyringAlice(), "two")
	want("two", "alice@lab.org", true)
	want("one", "alice@lab.org", false)

	if err := d.Forget(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	want("bob's", "", false)
	d.mustSave(t, bob, "bob's next")
	want("bob's", "bob@lab.org", false)

	// Another session, but not one that was made at other servers.
	elsewhere := keyringAlice()
	elsewhere.AuthServer = "https://auth.else.org"
	d.mustSave(t, elsewhere, "three")
	want("two", "", false)

	// A token that was replaced may be good still, so it stands for itself.
	asToken := bob
	asToken.Kind = Token
	d.mustSave(t, asToken, "a token")
	d.mustSave(t, asToken, "its successor")
	want("a token", "", false)
	want("its successor", "bob@lab.org", true)

	if _, _, found := NewAccountIndex(Config{NoDir: errRefused}).Recognize(token("one")); found {
		t.Error("found without an index")
	}
}
