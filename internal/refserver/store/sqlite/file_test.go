package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// openFile opens a store in a file, which is closed when the test is over.
func openFile(t testing.TB, path string) *Store {
	t.Helper()
	opened, err := OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return opened
}

func newFile(t testing.TB) *Store {
	t.Helper()
	return openFile(t, filepath.Join(t.TempDir(), "platform.db"))
}

// S-62: both stores pass the same suite.
func TestFileConforms(t *testing.T) {
	storetest.Run(t, func(t testing.TB) transaction.DB { return newFile(t) })
}

// S-54: settings of every connection to a file.
func TestFileSettings(t *testing.T) {
	s := newFile(t)
	for _, c := range []struct {
		pool         *sql.DB
		pragma, want string
	}{
		{s.writer, "journal_mode", "wal"},
		{s.writer, "synchronous", "2"}, // FULL
		{s.writer, "foreign_keys", "1"},
		{s.writer, "busy_timeout", "5000"},
		{s.reader, "busy_timeout", "5000"},
		{s.reader, "query_only", "1"},
	} {
		var got string
		if err := c.pool.QueryRowContext(t.Context(), "PRAGMA "+c.pragma).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.pragma, got, c.want)
		}
	}
	if n := s.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("%d writers", n)
	}
}

// What is written early is not synced, and everything after it is, however it ends.
func TestEarlyWritesAreTheOnlyOnesWithoutSync(t *testing.T) {
	s := newFile(t)
	synced := func(conn connection) (level string) {
		found, err := conn.Query(t.Context(), "PRAGMA synchronous")
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		found.Next()
		var value any
		if err := found.Scan(&value); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(value)
	}
	ends := map[string]func() error{
		"commit": func() error { return nil },
		"error":  func() error { return errors.New("rolled back") },
		"panic":  func() error { panic("rolled back") },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			conn, err := acquireConn(t.Context(), s.writer)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			during := ""
			func() {
				defer func() { _ = recover() }()
				_ = withoutSync(conn, func() error {
					return runOn(t.Context(), conn, "BEGIN IMMEDIATE", func(statements) error {
						during = synced(conn)
						return end()
					})
				})
			}()
			if after := synced(conn); during != "1" || after != "2" { // NORMAL and FULL
				t.Errorf("synchronous is %s during the write and %s after it", during, after)
			}
		})
	}
}

// A connection that can't sync again is not used again.
func TestEarlyWriteThatLeavesATransaction(t *testing.T) {
	s := newFile(t)
	conn, err := acquireConn(t.Context(), s.writer)
	if err != nil {
		t.Fatal(err)
	}
	err = withoutSync(conn, func() error { // inside of a transaction, the level can't be changed
		_, err := conn.Exec(t.Context(), "BEGIN IMMEDIATE")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close() // closed already
	var level string
	if err := s.writer.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level); err != nil || level != "2" {
		t.Errorf("the next connection has the level %s (%v)", level, err)
	}
}

// What was written early is seen by other processes at once.
func TestEarlyWritesAreSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	s, other := openFile(t, path), openFile(t, path)
	err := s.WriteEarly(t.Context(), func(tx transaction.Tx) error {
		return tx.InsertUser(t.Context(), identity.User{ID: "user-alice", Created: now})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, other, "users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

// The engine takes URLs; paths must not be read as such.
func TestFileNames(t *testing.T) {
	for _, name := range []string{"a b.db", "what?.db", "50%41.db", "a#b.db", "a&mode=memory.db", "große Größe.db", ":memory:", "file:x"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?:") {
			continue // Windows has no such names
		}
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		openFile(t, path)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Name(), name) {
				t.Errorf("the store %q made a file %q", name, entry.Name())
			}
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q is empty or missing (%v)", name, err)
		}
	}
}

func TestFileKeepsData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	first, err := OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	insertUser(t, first, "user-alice")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, openFile(t, path), "users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

func insertUser(t testing.TB, s *Store, id string) {
	t.Helper()
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		return tx.InsertUser(t.Context(), identity.User{ID: id, Created: now})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A backup starts without a write-ahead log. If a server is killed while it
// turns the log on, the next start rolls that change back.
func TestInterruptedChangeIsRolledBack(t *testing.T) {
	dir := t.TempDir()
	original, path := filepath.Join(dir, "original.db"), filepath.Join(dir, "copy.db")
	insertUser(t, openFile(t, original), "user-alice")
	if err := Backup(t.Context(), original, path); err != nil {
		t.Fatal(err)
	}
	crashed := interrupt(t, path, "UPDATE users SET handle = 'mallory'")
	s := openFile(t, crashed)
	var handle string
	if err := s.writer.QueryRowContext(t.Context(), "SELECT handle FROM users").Scan(&handle); err != nil {
		t.Fatal(err)
	}
	if handle != "" {
		t.Errorf("the handle is %q", handle)
	}
}

// The interrupted change of another program must stay as it is.
func TestInterruptedChangeOfAnotherProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	other := openDatabase(t, path)
	if _, err := other.ExecContext(t.Context(), "CREATE TABLE x (y); INSERT INTO x VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	crashed := interrupt(t, path, "UPDATE x SET y = 2")
	before := readAll(t, crashed, crashed+"-journal")
	if _, err := OpenFile(t.Context(), crashed); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("got %v", err)
	}
	if after := readAll(t, crashed, crashed+"-journal"); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// interrupt returns a copy of a database made in the middle of a change.
func interrupt(t testing.TB, path, statement string) string {
	t.Helper()
	db := openDatabase(t, path)
	// Without synchronous writes the journal is valid before the change ends.
	for _, statement := range []string{"PRAGMA synchronous = OFF", "BEGIN", statement} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	crashed := filepath.Join(t.TempDir(), "crashed.db")
	for _, suffix := range []string{"", "-journal"} {
		if err := os.WriteFile(crashed+suffix, readAll(t, path+suffix), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return crashed
}

func openDatabase(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := openPool(dataSource(path, waitSettings), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func readAll(t testing.TB, paths ...string) (all []byte) {
	t.Helper()
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

// S-09: guesses are counted one by one even across processes.
func TestTwoServersCountTheSameAttempts(t *testing.T) {
	const tries = 15
	path := filepath.Join(t.TempDir(), "platform.db")
	rule := throttle.Rule{Free: 7, Interval: time.Minute}
	errWait := errors.New("has to wait")
	var evaluated atomic.Int64
	var all sync.WaitGroup
	for _, s := range []*Store{openFile(t, path), openFile(t, path)} {
		for range tries {
			all.Go(func() {
				err := s.Write(t.Context(), func(tx transaction.Tx) error {
					attempts, err := tx.Attempts(t.Context(), "key")
					if err != nil {
						return err
					}
					taken, wait := rule.Take(attempts["key"], now)
					if wait > 0 {
						return errWait
					}
					return tx.SetAttempts(t.Context(), "key", taken)
				})
				if err == nil {
					evaluated.Add(1)
				} else if !errors.Is(err, errWait) {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if n := evaluated.Load(); n != int64(rule.Free) {
		t.Errorf("%d tries were evaluated, want %d", n, rule.Free)
	}
}

// A start does not read every page of a large file, but notices that it is cut off. A backup
// reads it whole.
func TestLargeFileIsReadByBackups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	first, err := OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.AddMeta(t.Context(), "large", make([]byte, checkedAtStart)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const middle = checkedAtStart / 2 / pageSize * pageSize
	if _, err := file.WriteAt([]byte{0xff, 0xff, 0xff, 0xff}, middle); err != nil { // where the next page of the value is
		t.Fatal(err)
	}
	second, err := OpenFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), path, path+".copy"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a backup of a damaged file: %v", err)
	}
	if err := file.Truncate(middle); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(t.Context(), path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a file that is cut off: %v", err)
	}
}
