package refserver_test

import (
	"context"
	"database/sql"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// copiedStore is a backup of the old store, with the key of the original.
type copiedStore struct {
	file, key string
	clock     *testclock.Clock
}

func newCopiedStore(t *testing.T) copiedStore {
	t.Helper()
	original := copyOldStore(t)
	c := copiedStore{
		file: filepath.Join(t.TempDir(), "copy.db"), key: original + ".key",
		clock: testclock.New(time.Date(2026, 11, 29, 19, 51, 0, 0, time.UTC)),
	}
	if err := refserver.Backup(t.Context(), original, c.file); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c copiedStore) open(ctx context.Context, tokens history.TokenChoice) (*refserver.Server, error) {
	return refserver.Open(ctx, refserver.Config{StoreFile: c.file, KeyFile: c.key, RestoreTokens: tokens, Now: c.clock.Now})
}

// serve opens the copy until the end of the test.
func (c copiedStore) serve(t *testing.T, tokens history.TokenChoice) (oldServer, *history.Restored) {
	t.Helper()
	server, err := c.open(t.Context(), tokens)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		listening.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return oldServer{listening.URL, c.clock}, server.Restored()
}

// restores returns the number of rows about a restore in the audit log.
func (c copiedStore) restores(t *testing.T) (count int) {
	t.Helper()
	db, err := sql.Open("sqlite", c.file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM audit WHERE action = 'restore'").Scan(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// A copy is refused as long as nobody says what happens to its tokens, and stays as it
// is.
func TestACopyNeedsAChoice(t *testing.T) {
	store := newCopiedStore(t)
	for range 2 {
		_, err := store.open(t.Context(), history.AskAboutTokens)
		asked, isCopy := refusal.DetailsOf[history.Restored](err)
		if !isCopy || refusal.CodeOf(err) != refusal.Usage || time.Since(asked.Copied) > time.Hour {
			t.Fatalf("got %v, %+v", err, asked)
		}
	}
}

// Whatever can be used once, or ends, is not valid in a copy: it may have been used or
// ended since. What has no end, such as a password, is as it was.
func TestWhatACopyRevives(t *testing.T) {
	const (
		session = "sve7oXuRH5UbdlgVqtiBIDBLJhSg5k98"
		lasting = "XeC6ZrAE8e57y2kb5lPHS9krWOvbmFLh"
	)
	for _, tokens := range []history.TokenChoice{history.KeepTokens, history.EndTokens} {
		t.Run(string(tokens), func(t *testing.T) {
			server, restored := newCopiedStore(t).serve(t, tokens)
			if restored == nil || restored.Tokens != tokens {
				t.Fatalf("restored: %+v", restored)
			}
			valid := func(token string) bool {
				_, err := server.as(token).WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
				return err == nil
			}
			if valid(session) {
				t.Error("a session is valid")
			}
			for _, token := range []string{lasting, "0123456789abcdefghijABCDEFGHIJ01", "161b525f75867b9222bb7a0806ed49e7"} {
				if got := valid(token); got != (tokens == history.KeepTokens) {
					t.Errorf("token %s: valid is %v", token, got)
				}
			}
			for name, attempt := range map[string][3]string{
				"a recovery code of a fixture":    {"bob", "builder-2026", "aaaaa-bbbbb"},
				"a recovery code of the server":   {"carol", "singer-2026", "9aky-u3zh-nxw4-zinm"},
				"a verification code of that day": {"bob", "builder-2026", server.code(t, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")},
			} {
				if _, err := server.signIn(t, attempt[0], attempt[1], attempt[2]); !dnanexus.IsType(err, dnanexus.TypeOTPMismatch) && err == nil {
					t.Errorf("%s is valid", name)
				}
			}
			_, err := server.as("").ActivateUser(t.Context(), dnanexus.ActivateUserRequest{
				Code:     secret.New("ws92-b88n-6emp-idkw-v7qb-9qun-4gf8-rvwt").OnWire(),
				Password: secret.New("harbour-of-2026").OnWire(),
			})
			if err == nil {
				t.Error("an activation code is valid")
			}

			if _, err := server.signIn(t, "alice", "wonderland-2026", ""); err != nil {
				t.Errorf("a password: %v", err)
			}
			server.clock.Advance(2 * time.Minute)
			if _, err := server.signIn(t, "carol", "singer-2026", server.code(t, "5RW7YARVBW5Y4JMOU3RWGZ6CQAZFI6KA")); err != nil {
				t.Errorf("a new verification code: %v", err)
			}
		})
	}
}

// The first start on a copy is the only one that ends anything, and a copy of that store
// is a copy again.
func TestOnlyTheFirstStartOnACopyEndsSessions(t *testing.T) {
	store := newCopiedStore(t)
	server, _ := store.serve(t, history.KeepTokens)
	if got := store.restores(t); got != 1 {
		t.Errorf("the audit log has %d rows about a restore, want 1", got)
	}
	session, err := server.signIn(t, "alice", "wonderland-2026", "")
	if err != nil {
		t.Fatal(err)
	}
	again, restored := store.serve(t, history.EndTokens)
	if restored != nil || again.whose(t, session) != "user-alice" || again.whose(t, "XeC6ZrAE8e57y2kb5lPHS9krWOvbmFLh") != "user-alice" {
		t.Errorf("the second start ended something: %+v", restored)
	}
	second := store
	second.file = filepath.Join(t.TempDir(), "second.db")
	if err := refserver.Backup(t.Context(), store.file, second.file); err != nil {
		t.Fatal(err)
	}
	if _, err := second.open(t.Context(), history.AskAboutTokens); err == nil {
		t.Error("a copy of the copy is not recognized")
	}
}
