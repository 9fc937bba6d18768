//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/testpostgres"
	"github.com/dxauth/dxauth/pkg/secret"
)

// waiting returns a URL whose sessions wait for the standby, unlike those of others in
// the tests.
func waiting(plain string) string {
	return plain + "&options=" + "-c%20synchronous_commit%3Don"
}

func addressOf(t testing.TB, url string) postgres.Address {
	t.Helper()
	address, err := postgres.ParseAddress(secret.New(url))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// S-61: whatever happens to a commit that waits for its standby, its outcome is unknown: the
// server does not run it again, the caller's context does not end the wait, and no cancel
// request makes it visible before the standby has it.
func TestACommitThatWaits(t *testing.T) {
	const waitingBackend = `FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
	server := testpostgres.Start(t, "wal_level = replica", "max_wal_senders = 2", "synchronous_standby_names = 'nobody'", "synchronous_commit = local")
	for _, c := range []struct {
		name      string
		meanwhile string // what an administrator runs
		wait      time.Duration
		visible   bool // before the standby has it
	}{
		{"its wait is canceled", "SELECT pg_cancel_backend(pid) " + waitingBackend, time.Minute, true},
		{"its session is terminated", "SELECT pg_terminate_backend(pid) " + waitingBackend, time.Minute, true},
		{"no response", "", 300 * time.Millisecond, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			plain := server.NewDatabase(t)
			if err := postgres.Migrate(t.Context(), addressOf(t, plain)); err != nil {
				t.Fatal(err)
			}
			s, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, waiting(plain)), CommitWait: c.wait})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			awaitValue := func(query, want string) {
				t.Helper()
				for deadline := time.Now().Add(time.Minute); testpostgres.Value(t, plain, query) != want; time.Sleep(5 * time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatalf("%s is not %s", query, want)
					}
				}
			}
			const users, waits = "SELECT COUNT(*) FROM users", "SELECT COUNT(*) " + waitingBackend
			ctx, leave := context.WithCancel(t.Context())
			runs, outcome := 0, make(chan error)
			go func() {
				outcome <- s.Write(ctx, func(tx transaction.Tx) error {
					runs++
					return tx.InsertUser(ctx, identity.User{ID: "user-alice", Created: time.UnixMilli(1)})
				})
			}()
			awaitValue(waits, "1")
			leave() // the client is gone
			if c.meanwhile != "" {
				testpostgres.Value(t, plain, c.meanwhile)
			}
			if err := <-outcome; !errors.Is(err, transaction.ErrUnknownOutcome) || errors.Is(err, transaction.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
			if runs != 1 {
				t.Errorf("%d runs", runs)
			}
			if c.visible {
				awaitValue(users, "1")
				return
			}
			time.Sleep(100 * time.Millisecond) // for a cancel request to arrive, if there is one
			if found, waits := testpostgres.Value(t, plain, users), testpostgres.Value(t, plain, waits); found != "0" || waits != "1" {
				t.Errorf("%s users are visible, %s commits wait", found, waits)
			}
			if err := testpostgres.Execute(plain, "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()"); err != nil {
				t.Fatal(err)
			}
			awaitValue(users, "1")
		})
	}
}

// While every transaction that writes waits for a standby, others read.
func TestReadsWhileWritersWait(t *testing.T) {
	server := testpostgres.Start(t, "wal_level = replica", "max_wal_senders = 2", "synchronous_standby_names = 'nobody'", "synchronous_commit = local")
	plain := server.NewDatabase(t)
	if err := postgres.Migrate(t.Context(), addressOf(t, plain)); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(t.Context(), postgres.Config{Address: addressOf(t, waiting(plain)), Connections: 4, CommitWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	for i := range 8 {
		all.Go(func() {
			err := s.Write(t.Context(), func(tx transaction.Tx) error {
				return tx.InsertUser(t.Context(), identity.User{ID: fmt.Sprint("user-", i), Created: time.UnixMilli(1)})
			})
			if err != nil && !errors.Is(err, transaction.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
	waitFor(t, plain, "SELECT COUNT(*) = 3 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
	if _, err := s.TokenHolder(t.Context(), "a", "b"); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("got %v", err)
	}
	if err := testpostgres.Execute(plain, "ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	all.Wait()
}

// waitFor polls until a query is true.
func waitFor(t *testing.T, database, query string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); testpostgres.Value(t, database, query) != "true"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not true: %s", query)
		}
	}
}

// A database that refuses a commit has not committed. Of other transactions that is a
// reason to run again; of nothing else.
func TestARefusedCommit(t *testing.T) {
	database := newDatabase(t)
	s := open(t, database)
	raise := func(code string) string {
		return `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused' USING ERRCODE = '` + code + `'; END $$;
			CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()`
	}
	for code, c := range map[string]struct {
		runs int
		want error
	}{
		"40001": {10, transaction.ErrUnavailable},
		"40P01": {10, transaction.ErrUnavailable},
		"53100": {1, transaction.ErrUnavailable},
		"P0001": {1, nil},
	} {
		if err := testpostgres.Execute(database, raise(code)); err != nil {
			t.Fatal(err)
		}
		runs := 0
		err := s.Write(t.Context(), func(tx transaction.Tx) error {
			runs++
			return tx.InsertUser(t.Context(), identity.User{ID: "user-alice", Created: time.UnixMilli(1)})
		})
		if err == nil || errors.Is(err, transaction.ErrUnknownOutcome) || !strings.Contains(err.Error(), code) ||
			c.want != nil && !errors.Is(err, c.want) || runs != c.runs {
			t.Errorf("%s: %d runs, %v", code, runs, err)
		}
		if n := testpostgres.Value(t, database, "SELECT COUNT(*) FROM users"); n != "0" {
			t.Errorf("%s: %s users", code, n)
		}
		if err := testpostgres.Execute(database, "DROP FUNCTION refuse CASCADE"); err != nil {
			t.Fatal(err)
		}
	}
}

// A function that hides the error of a statement does not make its transaction count.
func TestAHiddenConflict(t *testing.T) {
	database := newDatabase(t)
	s := open(t, database)
	insert := func(tx transaction.Tx) error {
		return tx.InsertUser(t.Context(), identity.User{ID: "user-alice", Created: time.UnixMilli(1)})
	}
	for name, hide := range map[string]func(error) error{
		"by another error": func(err error) error { return errors.New("hidden") },
		"by none":          func(error) error { return nil },
	} {
		runs := 0
		err := s.Write(t.Context(), func(tx transaction.Tx) error {
			if _, err := tx.AnyUser(t.Context()); err != nil {
				return err
			}
			if runs++; runs == 1 { // another server is faster
				if err := testpostgres.Execute(database, "INSERT INTO users VALUES ('user-alice', '', '', '', '', '', '', FALSE, FALSE, FALSE, 1)"); err != nil {
					return err
				}
			}
			if err := insert(tx); err != nil && !errors.Is(err, identity.ErrUserExists) {
				return hide(err)
			}
			return nil
		})
		if err != nil || runs != 2 {
			t.Errorf("hidden %s: %d runs, %v", name, runs, err)
		}
		if err := testpostgres.Execute(database, "DELETE FROM users"); err != nil {
			t.Fatal(err)
		}
	}
}

// A database that was away is used again by itself, without a request that fails on an
// earlier connection.
func TestARestart(t *testing.T) {
	server := testpostgres.Start(t)
	database := server.NewDatabase(t)
	s := open(t, database)
	read := func() error {
		return s.Read(t.Context(), func(tx transaction.Tx) error {
			_, err := tx.AnyUser(t.Context())
			return err
		})
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	server.Stop(t)
	for name, f := range map[string]func() error{
		"read":  read,
		"write": func() error { return s.Write(t.Context(), func(transaction.Tx) error { return nil }) },
		"holder": func() error {
			_, err := s.TokenHolder(t.Context(), "a", "b")
			return err
		},
	} {
		if err := f(); !errors.Is(err, transaction.ErrUnavailable) {
			t.Errorf("%s while it is away: %v", name, err)
		}
	}
	server.Restart(t)
	if err := read(); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := testpostgres.Execute(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.SetAttempts(t.Context(), "key", throttle.Attempts{Failures: 1, LastFailure: time.UnixMilli(1), NotBefore: time.UnixMilli(1)}) // goes with the commit where it can
	})
	if err != nil {
		t.Errorf("with an earlier connection: %v", err)
	}
}
