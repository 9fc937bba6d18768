package outbox_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

const code = "abcd-efgh-jkmn-pqrs"

// world is an outbox with a store.
type world struct {
	*testing.T
	*outbox.Outbox
	db    transaction.DB
	clock *testclock.Clock
}

func newWorld(t *testing.T, mode outbox.Mode) world {
	t.Helper()
	t.Parallel()
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	clock := testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))
	return world{t, outbox.New(outbox.Config{
		Mode: mode, Key: key, Now: clock.Now, Random: rand.Reader, Server: "dxauth", URL: "https://lab.example.org",
	}), teststore.Open(t), clock}
}

func (w world) put(letter outbox.Letter) error {
	return w.db.Write(w.Context(), func(tx transaction.Tx) error { return w.Put(w.Context(), tx, letter) })
}

func (w world) waiting() []outbox.Message {
	w.Helper()
	list, err := transaction.Read(w.Context(), w.db, func(tx transaction.Tx) ([]outbox.Message, error) {
		return tx.Mails(w.Context(), 2*outbox.MaxWaiting)
	})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

func alice() outbox.Addressee { return outbox.Addressee{Handle: "alice", Email: "alice@example.org"} }

// A message waits until it expires, sealed for its row alone.
func TestPut(t *testing.T) {
	w := newWorld(t, outbox.Sent)
	expires := w.clock.Now().Add(time.Hour)
	if err := w.put(w.EmailCode(alice(), secret.New(code), expires)); err != nil {
		t.Fatal(err)
	}
	waiting := w.waiting()
	if len(waiting) != 1 || !waiting[0].Expires.Equal(expires) || bytes.Contains(waiting[0].Sealed, []byte(code)) {
		t.Fatalf("got %+v", waiting)
	}
	letter, err := w.Open(waiting[0])
	if err != nil || letter.To != "alice@example.org" || letter.Subject != "Confirm your e-mail address - dxauth" || !strings.Contains(letter.Text.Reveal(), code) {
		t.Errorf("got %+v, %v", letter, err)
	}
	moved := waiting[0]
	moved.ID = "another"
	if _, err := w.Open(moved); !errors.Is(err, seal.ErrNotAuthentic) {
		t.Errorf("the letter of another row: %v", err)
	}
}

func TestNothingIsStored(t *testing.T) {
	for name, test := range map[string]struct {
		mode outbox.Mode
		to   string
	}{
		"without e-mail":     {outbox.Off, "alice@example.org"},
		"without an address": {outbox.Sent, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, test.mode)
			if err := w.put(outbox.Letter{To: test.to, Kind: outbox.EmailCode}); err != nil {
				t.Fatal(err)
			}
			if waiting := w.waiting(); len(waiting) > 0 {
				t.Errorf("got %+v", waiting)
			}
		})
	}
}

// A full outbox refuses what needs a message, and leaves out notices.
func TestLimits(t *testing.T) {
	for name, test := range map[string]struct {
		limit int
		next  func(int) string // the address of a message
	}{
		"for one address": {outbox.MaxForOne, func(int) string { return "alice@example.org" }},
		"for all":         {outbox.MaxWaiting, func(i int) string { return strings.Repeat("x", i+1) + "@example.org" }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, outbox.Sent)
			err := w.db.Write(t.Context(), func(tx transaction.Tx) error { return fill(t.Context(), tx, w, test.limit, test.next) })
			if err != nil {
				t.Fatal(err)
			}
			for kind, want := range map[outbox.Kind]error{outbox.EmailCode: outbox.ErrFull, outbox.PasswordChanged: nil} {
				if err := w.put(outbox.Letter{To: test.next(0), Kind: kind}); !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", kind, err, want)
				}
			}
			if waiting := w.waiting(); len(waiting) != test.limit {
				t.Errorf("%d wait, want %d", len(waiting), test.limit)
			}
		})
	}
}

func fill(ctx context.Context, tx transaction.Tx, w world, count int, to func(int) string) error {
	for i := range count {
		if err := w.Put(ctx, tx, outbox.Letter{To: to(i), Kind: outbox.EmailCode}); err != nil {
			return err
		}
	}
	return nil
}

func TestWaitAfter(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]time.Duration{
		1: 30 * time.Second, 2: time.Minute, 3: 2 * time.Minute, 7: 32 * time.Minute, 8: time.Hour, 1000: time.Hour,
	} {
		if got := outbox.WaitAfter(attempts); got != want {
			t.Errorf("after %d: %v, want %v", attempts, got, want)
		}
	}
}
