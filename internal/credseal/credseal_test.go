package credseal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dxauth/dxauth/internal/kernelkey"
	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fakeKeys are keys whose errors a test sets.
type fakeKeys struct {
	keys   map[string][]byte
	limits map[string]time.Duration
	fails  error // of Check and Add
}

func newFakeKeys() *fakeKeys {
	return &fakeKeys{keys: map[string][]byte{}, limits: map[string]time.Duration{}}
}

func (f *fakeKeys) Check() error { return f.fails }

func (f *fakeKeys) Add(name string, key []byte, limit time.Duration) error {
	if f.fails != nil {
		return f.fails
	}
	f.keys[name], f.limits[name] = bytes.Clone(key), limit
	return nil
}

func (f *fakeKeys) Read(name string) ([]byte, error) {
	key, found := f.keys[name]
	if !found {
		return nil, ErrNoKey
	}
	return bytes.Clone(key), nil
}

func (f *fakeKeys) Limit(name string, limit time.Duration) error {
	if _, found := f.keys[name]; !found {
		return ErrNoKey
	}
	f.limits[name] = limit
	return nil
}

func (f *fakeKeys) Remove(name string) error {
	if _, found := f.keys[name]; !found {
		return ErrNoKey
	}
	delete(f.keys, name)
	return nil
}

func alice() Owner { return Owner{Host: "lab.org:8443", User: "alice", Store: "keyring"} }

func newSealer(keys Keys) Sealer {
	return Sealer{Keys: keys, Random: rand.Reader, Place: machine.Place{Boot: "this boot"}}
}

func mustSeal(t *testing.T, s Sealer, owner Owner, plain string) Item {
	t.Helper()
	item, err := s.Seal(owner, secret.New(plain), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return item
}

// stored is an item as it comes back from a store.
func stored(t *testing.T, item Item) Item {
	t.Helper()
	encoded, err := item.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestAnItemFromSealToDrop(t *testing.T) {
	keys := newFakeKeys()
	s := newSealer(keys)
	item := stored(t, mustSeal(t, s, alice(), "the token"))
	name := slices.Collect(maps.Keys(keys.keys))[0]
	if want := "dxauth-seal:lab.org:8443:alice:" + item.Generation; name != want || keys.limits[name] != time.Minute {
		t.Errorf("the key is %q, %v; want %q for a minute", name, keys.limits[name], want)
	}
	if opened, err := s.Open(alice(), item); err != nil || opened.Reveal() != "the token" {
		t.Errorf("opened %q, %v", opened.Reveal(), err)
	}
	if err := s.Renew(alice(), item.Generation, time.Hour); err != nil || keys.limits[name] != time.Hour {
		t.Errorf("renewed to %v, %v", keys.limits[name], err)
	}
	if err := s.Look(alice(), item.Generation); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.Drop(alice(), item.Generation); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Open(alice(), item); !errors.Is(err, ErrNoKey) {
		t.Errorf("opened without its key: %v, want ErrNoKey", err)
	}
	if err := s.Look(alice(), item.Generation); !errors.Is(err, ErrNoKey) {
		t.Errorf("looked for its key: %v, want ErrNoKey", err)
	}
}

// Neither the item nor the names of its key have the text, the key or a part of them.
func TestAnItemShowsNothing(t *testing.T) {
	keys := newFakeKeys()
	item := mustSeal(t, newSealer(keys), alice(), strings.Repeat("token ", 20))
	encoded, err := item.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range keys.keys {
		for _, shown := range []string{encoded.Reveal(), string(item.Sealed), string(item.Nonce), name} {
			if strings.Contains(shown, "token") || strings.Contains(shown, string(key[:4])) {
				t.Errorf("shows a secret: %q", shown)
			}
		}
	}
}

// Each sealing has its own generation, key and nonce, also of the same text.
func TestEachSealingIsNew(t *testing.T) {
	s := newSealer(newFakeKeys())
	first, second := mustSeal(t, s, alice(), "the token"), mustSeal(t, s, alice(), "the token")
	if first.Generation == second.Generation || bytes.Equal(first.Nonce, second.Nonce) || bytes.Equal(first.Sealed, second.Sealed) {
		t.Errorf("%+v and %+v", first, second)
	}
	for _, item := range []Item{first, second} {
		if _, err := s.Open(alice(), item); err != nil {
			t.Error(err)
		}
	}
}

// What is not what was sealed for this account, store and start of the machine does not
// open, also if its key is there under the right name.
func TestBindings(t *testing.T) {
	others := map[string]func(*Owner, *Sealer, *Item){
		"host":       func(o *Owner, _ *Sealer, _ *Item) { o.Host = "lab.org" },
		"user":       func(o *Owner, _ *Sealer, _ *Item) { o.User = "bob" },
		"store":      func(o *Owner, _ *Sealer, _ *Item) { o.Store = "plaintext" },
		"boot":       func(_ *Owner, s *Sealer, _ *Item) { s.Place.Boot = "another boot" },
		"generation": func(_ *Owner, _ *Sealer, i *Item) { i.Generation = strings.Repeat("A", 22) },
		"nonce":      func(_ *Owner, _ *Sealer, i *Item) { i.Nonce = slices.Repeat([]byte{1}, len(i.Nonce)) },
		"sealed":     func(_ *Owner, _ *Sealer, i *Item) { i.Sealed[len(i.Sealed)/2] ^= 1 },
		"tag":        func(_ *Owner, _ *Sealer, i *Item) { i.Sealed[len(i.Sealed)-1] ^= 1 },
		"shortened":  func(_ *Owner, _ *Sealer, i *Item) { i.Sealed = i.Sealed[:len(i.Sealed)-1] },
		"emptied":    func(_ *Owner, _ *Sealer, i *Item) { i.Sealed = nil },
		"moved boundary": func(o *Owner, _ *Sealer, _ *Item) {
			o.Host, o.User = o.Host+o.User[:1], o.User[1:]
		},
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			keys := newFakeKeys()
			s, owner := newSealer(keys), alice()
			item := mustSeal(t, s, owner, "the token")
			key := keys.keys[owner.keyName(item.Generation)]
			change(&owner, &s, &item)
			keys.keys[owner.keyName(item.Generation)] = key
			if opened, err := s.Open(owner, item); !errors.Is(err, ErrChanged) {
				t.Errorf("opened %q, %v; want ErrChanged", opened.Reveal(), err)
			}
		})
	}
}

func TestAKeyOfAnotherLength(t *testing.T) {
	keys := newFakeKeys()
	s := newSealer(keys)
	item := mustSeal(t, s, alice(), "the token")
	for _, length := range []int{0, 16, 31, 33} {
		keys.keys[alice().keyName(item.Generation)] = make([]byte, length)
		if _, err := s.Open(alice(), item); !errors.Is(err, ErrChanged) {
			t.Errorf("%d bytes: %v, want ErrChanged", length, err)
		}
	}
}

func TestWhatCannotBeSealed(t *testing.T) {
	keys := newFakeKeys()
	s := newSealer(keys)
	item := mustSeal(t, s, alice(), "the token")
	if s.Place.Boot = ""; !errors.Is(s.Look(alice(), item.Generation), kernelkey.ErrNone) {
		t.Errorf("opened without the ID of the start")
	}
	clear(keys.keys)
	if err := s.Check(); !errors.Is(err, kernelkey.ErrNone) {
		t.Errorf("without the ID of the start: %v", err)
	}
	if _, err := s.Seal(alice(), secret.New("x"), 0); !errors.Is(err, kernelkey.ErrNone) {
		t.Errorf("without the ID of the start: %v", err)
	}
	s = newSealer(keys)
	s.Random = iotest.ErrReader(io.ErrUnexpectedEOF)
	if _, err := s.Seal(alice(), secret.New("x"), 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without random bytes: %v", err)
	}
	for _, refusal := range []error{kernelkey.ErrForbidden, kernelkey.ErrQuota, kernelkey.ErrDenied, kernelkey.ErrNone} {
		keys.fails = refusal
		s = newSealer(keys)
		if err := s.Check(); !errors.Is(err, refusal) {
			t.Errorf("check: %v, want %v", err, refusal)
		}
		if _, err := s.Seal(alice(), secret.New("x"), 0); !errors.Is(err, refusal) {
			t.Errorf("seal: %v, want %v", err, refusal)
		}
	}
	if len(keys.keys) > 0 {
		t.Errorf("keys are left: %d", len(keys.keys))
	}
}

func TestDecodeRefusesOtherItems(t *testing.T) {
	good := `{"version":2,"generation":"AAAAAAAAAAAAAAAAAAAAAA","nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","sealed":"AAAA"}`
	if _, err := Decode(secret.New(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"empty":                       {good, ""},
		"not sealed":                  {good, `{"token":"x","type":"bearer"}`},
		"another version":             {`"version":2`, `"version":3`},
		"no version":                  {`"version":2`, `"version":0`},
		"a short generation":          {`"AAAAAAAAAAAAAAAAAAAAAA"`, `"AAAA"`},
		"a generation with a colon":   {`"AAAAAAAAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAA:AAAAAAAAAA"`},
		"a generation in a twin form": {`"AAAAAAAAAAAAAAAAAAAAAA"`, `"AAAAAAAAAAAAAAAAAAAAAB"`},
		"a short nonce":               {`"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`, `"AAAA"`},
		"something after it":          {`"sealed":"AAAA"}`, `"sealed":"AAAA"} x`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, change[0], change[1], 1)
			if changed == good {
				t.Fatal("nothing changed")
			}
			if item, err := Decode(secret.New(changed)); !errors.Is(err, ErrNotSealed) || strings.Contains(err.Error(), "AAAA") {
				t.Errorf("decoded %+v, %v", item, err)
			}
		})
	}
}

// Whatever a store returns, it is refused or opened, and nothing else.
func FuzzOpen(f *testing.F) {
	keys := newFakeKeys()
	s := Sealer{Keys: keys, Random: bytes.NewReader(slices.Repeat([]byte{7}, 100)), Place: machine.Place{Boot: "this boot"}}
	item, err := s.Seal(alice(), secret.New("the token"), 0)
	if err != nil {
		f.Fatal(err)
	}
	encoded, err := item.Encode()
	if err != nil {
		f.Fatal(err)
	}
	testfuzz.Add(f, encoded.Reveal())
	testfuzz.Add(f, `{"version":2,"generation":null,"nonce":null,"sealed":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		item, err := Decode(secret.New(text))
		if err != nil {
			return
		}
		opened, err := s.Open(alice(), item)
		if err == nil && opened.Reveal() != "the token" {
			t.Errorf("%q opens as %q", text, opened.Reveal())
		}
	})
}
