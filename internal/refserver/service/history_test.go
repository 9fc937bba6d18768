package service_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// remembering returns a server whose store has a history, and its present point.
func remembering(t *testing.T) (*testServer, history.Point) {
	t.Helper()
	h := newTestServer(t)
	restored, err := h.Restore(t.Context(), history.AskAboutTokens, &history.Point{})
	h.check(err)
	if restored != nil {
		t.Fatalf("a store of which nothing is remembered was restored: %+v", restored)
	}
	h.signIn("alice", access.Order{})
	return h, h.point()
}

func (h *testServer) point() history.Point {
	h.Helper()
	point, err := h.Point(h.Context())
	h.check(err)
	return point
}

// What lies behind a point is recognized by the rows of the audit log, whose content
// differs if the store took another way after it had gone back.
func TestWhatIsEarlierThanAPoint(t *testing.T) {
	h, now := remembering(t)
	h.signIn("alice", access.Order{})
	if now.Generation == "" || now.Row == 0 || now.Mark == "" {
		t.Fatalf("the point is %+v", now)
	}
	for name, test := range map[string]struct {
		seen history.Point
		want bool
	}{
		"nothing":              {history.Point{}, false},
		"an earlier point":     {now, false},
		"the present":          {h.point(), false},
		"a row to come":        {history.Point{Generation: now.Generation, Row: now.Row + 7, Mark: "m"}, true},
		"a row of another way": {history.Point{Generation: now.Generation, Row: now.Row, Mark: "m"}, true},
		"another store":        {history.Point{Generation: "other", Row: now.Row, Mark: now.Mark}, true},
	} {
		got, err := h.WentBack(t.Context(), test.seen)
		h.check(err)
		if got != test.want {
			t.Errorf("%s: went back is %v", name, got)
		}
	}
}

// A store that went back is treated as a copy is, once: the other servers that remember
// the time before see that it was done.
func TestAStoreThatWentBack(t *testing.T) {
	h, now := remembering(t)
	seen := history.Point{Generation: now.Generation, Row: now.Row + 7, Mark: "m"}
	session := h.signIn("alice", access.Order{})
	token := h.tokenFor(session, access.Order{Label: "ci", Expires: h.clock.Now().Add(day)})

	_, err := h.Restore(t.Context(), history.AskAboutTokens, &seen)
	if asked, isAsked := refusal.DetailsOf[history.Restored](err); !isAsked || !asked.Copied.IsZero() {
		t.Fatalf("without a choice: %v", err)
	}
	h.callerOf(session)

	rows := h.db.rowsOf(func() {
		restored, err := h.Restore(t.Context(), history.KeepTokens, &seen)
		h.check(err)
		if restored == nil || restored.Tokens != history.KeepTokens {
			t.Errorf("restored: %+v", restored)
		}
	})
	if len(rows) != 1 || rows[0].Action != audit.Restore || rows[0].Actor != audit.Server || rows[0].Subject != "earlier than it was" {
		t.Errorf("rows: %+v", rows)
	}
	h.ended(session, access.Revoked)
	h.callerOf(token)
	h.check(h.db.Read(t.Context(), func(tx transaction.Tx) error {
		at, err := tx.Restored(t.Context())
		if !at.Equal(h.clock.Now()) {
			t.Errorf("restored at %v", at)
		}
		return err
	}))
	if h.point().Generation == now.Generation {
		t.Error("no generation began")
	}
	for _, remembered := range []history.Point{seen, now, h.point()} {
		restored, err := h.Restore(t.Context(), history.AskAboutTokens, &remembered)
		if err != nil || restored != nil {
			t.Errorf("a server that remembers %+v: %+v, %v", remembered, restored, err)
		}
	}
}

// A new store has nothing that could be valid again, whatever a server remembers of
// the one that it replaces.
func TestANewStoreIsNotEarlier(t *testing.T) {
	h := newTestServer(t)
	restored, err := h.Restore(t.Context(), history.AskAboutTokens, &history.Point{Generation: "other", Row: 7, Mark: "m"})
	if err != nil || restored != nil {
		t.Errorf("%+v, %v", restored, err)
	}
}

// S-08: servers of one store print one code, until it is used or expires. A server that
// cannot read it draws another.
func TestSharedBootstrapCode(t *testing.T) {
	h := newTestServer(t)
	config := h.config
	config.DB = twice.Writes(openEmpty(t))
	one, other := service.New(config), service.New(config)
	code := func(s *service.Service) secret.Text {
		issued, err := s.SharedBootstrapCode(t.Context())
		h.check(err)
		return issued.Code
	}
	first := code(one)
	h.clock.Advance(day - time.Millisecond)
	if !code(other).Equal(first) {
		t.Error("two servers have two codes")
	}
	h.clock.Advance(time.Millisecond)
	second := code(other)
	if second.Equal(first) {
		t.Error("an expired code is printed again")
	}
	alone, err := one.BootstrapCode(t.Context())
	h.check(err)
	third := code(other)
	if third.Equal(second) || third.Equal(alone.Code) {
		t.Error("a replaced code is printed again")
	}
	config.Key, err = seal.New(rand.Reader)
	h.check(err)
	if stranger := code(service.New(config)); stranger.Equal(third) {
		t.Error("a server with another key can read the code")
	}
	if _, err := one.SharedBootstrapCode(t.Context()); err != nil {
		t.Errorf("a code of another key: %v", err)
	}
	if _, err := h.SharedBootstrapCode(t.Context()); !errors.Is(err, service.ErrHasUsers) {
		t.Errorf("a code with users: %v", err)
	}
}

func openEmpty(t *testing.T) transaction.DB {
	t.Helper()
	opened, err := sqlite.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}
