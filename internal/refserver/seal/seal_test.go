package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/pkg/secret"
)

var (
	place  = Place{Table: "second_factors", Column: "seed", Row: "user-alice"}
	errDry = errors.New("no randomness left")
)

func newTestKey(t *testing.T) Key {
	t.Helper()
	key, err := New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustSeal(t *testing.T, key Key, plaintext string, at Place) []byte {
	t.Helper()
	sealed, err := key.Seal(rand.Reader, []byte(plaintext), at)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealedValuesOpen(t *testing.T) {
	key := newTestKey(t)
	rapid.Check(t, func(t *rapid.T) {
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		at := drawPlace(t, "place")
		sealed, err := key.Seal(rand.Reader, plaintext, at)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := key.Open(sealed, at)
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("Open = %x, %v; want %x", opened, err, plaintext)
		}
	})
}

// S-23: a sealed value shows neither the plaintext nor that two are equal.
func TestSealedValuesHideTheirContent(t *testing.T) {
	key := newTestKey(t)
	one, two := mustSeal(t, key, "the seed of alice", place), mustSeal(t, key, "the seed of alice", place)
	if bytes.Contains(one, []byte("seed")) {
		t.Error("the plaintext shows")
	}
	if bytes.Equal(one, two) {
		t.Error("sealing twice gives the same bytes")
	}
}

// S-23: a value opens only in its place.
func TestMovedValuesDoNotOpen(t *testing.T) {
	key := newTestKey(t)
	sealed := mustSeal(t, key, "seed", place)
	moved := map[string]Place{
		"another row":                {"second_factors", "seed", "user-bob"},
		"another column":             {"second_factors", "pending", "user-alice"},
		"another table":              {"pending_factors", "seed", "user-alice"},
		"a boundary moved":           {"second_factorss", "eed", "user-alice"},
		"a boundary moved by a part": {"second_factors", "seeduser-alice", ""},
	}
	for name, at := range moved {
		t.Run(name, func(t *testing.T) {
			if opened, err := key.Open(sealed, at); !errors.Is(err, ErrNotAuthentic) {
				t.Errorf("Open = %q, %v; want ErrNotAuthentic", opened, err)
			}
		})
	}
}

func TestDifferentPlacesBindDifferently(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, two := drawPlace(t, "one"), drawPlace(t, "two")
		if same := bytes.Equal(one.bind(nil), two.bind(nil)); same != (one == two) {
			t.Fatalf("%v and %v: bound alike = %v", one, two, same)
		}
	})
}

// drawPlace uses few letters, so that boundaries between parts matter.
func drawPlace(t *rapid.T, label string) Place {
	part := rapid.StringMatching(`[ab]{0,2}`)
	return Place{part.Draw(t, label+".table"), part.Draw(t, label+".column"), part.Draw(t, label+".row")}
}

func TestChangedBitsAreDetected(t *testing.T) {
	key := newTestKey(t)
	sealed := mustSeal(t, key, "seed", place)
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if opened, err := key.Open(changed, place); err == nil {
			t.Errorf("bit %d changed: opens as %q", i, opened)
		}
	}
}

func TestMalformedValues(t *testing.T) {
	key := newTestKey(t)
	sealed := mustSeal(t, key, "", place)
	for n := range sealed {
		if _, err := key.Open(sealed[:n], place); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut to %d bytes: %v, want ErrMalformed", n, err)
		}
	}
	foreign := bytes.Clone(sealed)
	foreign[0] = formatV1 + 1
	if _, err := key.Open(foreign, place); !errors.Is(err, ErrMalformed) {
		t.Errorf("unknown format: %v, want ErrMalformed", err)
	}
}

// S-23: a wrong key is not reported as a damaged value.
func TestWrongKey(t *testing.T) {
	sealedBy, opener := newTestKey(t), newTestKey(t)
	_, err := opener.Open(mustSeal(t, sealedBy, "seed", place), place)
	wrong, ok := errors.AsType[*WrongKeyError](err)
	if !ok {
		t.Fatalf("Open: %v, want a WrongKeyError", err)
	}
	if wrong.Have != opener.ID() || wrong.Want != sealedBy.ID() {
		t.Errorf("have %s, want %s; the keys are %s and %s", wrong.Have, wrong.Want, opener.ID(), sealedBy.ID())
	}
	for _, id := range []KeyID{wrong.Have, wrong.Want} {
		if !strings.Contains(err.Error(), id.String()) {
			t.Errorf("%q does not name key %s", err, id)
		}
	}
}

// The values are SHA-256 and HKDF of 32 zero bytes. If either changes, stored values
// and hashes become useless.
func TestIDAndDerivedKeyStayTheSame(t *testing.T) {
	key, err := New(bytes.NewReader(make([]byte, keyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	if got := key.ID().String(); got != "66687aadf862bd77" {
		t.Errorf("ID = %s", got)
	}
	const mac = "679c7f1750e951e39c73a3b7eb871dc7753bb2dd666e25c454a2205f293ede44"
	if got := fmt.Sprintf("%x", key.Bytes()); got != mac {
		t.Errorf("Bytes = %s", got)
	}
}

func TestFailingRandomness(t *testing.T) {
	dry := iotest.ErrReader(errDry)
	if _, err := New(dry); !errors.Is(err, errDry) {
		t.Errorf("New: %v, want %v", err, errDry)
	}
	if _, err := newTestKey(t).Seal(dry, nil, place); !errors.Is(err, errDry) {
		t.Errorf("Seal: %v, want %v", err, errDry)
	}
}

// Printing never shows a key, even in an unexported field of a struct, where fmt
// reads memory instead of calling methods.
func TestKeysDoNotPrint(t *testing.T) {
	material := strings.Repeat("K", keyBytes)
	key, err := New(strings.NewReader(material))
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ key Key }{key}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "key", key, "holder", holder)
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, key); got != secret.Redacted {
			t.Errorf("%s of a key shows %s", verb, got)
		}
		shown += fmt.Sprintf(verb, holder)
	}
	leaks := []string{"KKKK", "4b4b4b4b", "75 75 75 75", "0x4b, 0x4b"}
	derived := key.Bytes()[:4]
	leaks = append(leaks, fmt.Sprintf("%x", derived), strings.Trim(fmt.Sprint(derived), "[]"))
	for _, leak := range leaks {
		if strings.Contains(shown, leak) {
			t.Errorf("%q shows in %s", leak, shown)
		}
	}
}
