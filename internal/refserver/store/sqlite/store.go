// Package sqlite keeps the data of the reference server with SQLite, which is compiled
// into the program, in memory or in a file.
//
// It promises that a transaction is applied completely or not at all, even if
// the process is killed; that an acknowledged write to a file is on the disk, or
// will be with the next one if it was written early; that two writers never interleave; and that a store that cannot serve, because
// it is locked, full or damaged, returns transaction.ErrUnavailable and changes
// nothing.
//
// A store in memory and one in a file run the same SQL, that of package store, so
// their behavior cannot differ.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Store is an open database. The caller closes it.
type Store struct {
	writer *sql.DB // exactly one connection
	reader *sql.DB // the same connection in memory, several for a file
}

var (
	_ store.Database          = (*Store)(nil)
	_ transaction.EarlyWriter = (*Store)(nil)
)

// settings apply to every connection: write-ahead log, synchronous writes, a
// wait of 5 s for another process, and foreign keys enforced. The settings for a
// look at a file of unknown origin change nothing in it.
const (
	settings     = waitSettings + "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"
	readSettings = waitSettings + "&_pragma=query_only(1)"
	lookSettings = waitSettings + "&mode=ro"
	waitSettings = "_pragma=busy_timeout(5000)"
)

// maxWait bounds how long a transaction waits for earlier ones. With the wait
// for another process it stays below the timeout of the clients.
const maxWait = 5 * time.Second

// minEngine is the first version of SQLite without the bug that could damage a
// database when its write-ahead log was reset.
const minEngine = "3.51.3"

func openPool(dsn string, connections int) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return preparing(connector, connections), nil
}

// bounded limits a pool to a number of connections and keeps them open.
func bounded(db *sql.DB, connections int) *sql.DB {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// dataSource returns the data source name of a file.
func dataSource(path, settings string) string {
	return (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: settings}).String()
}

// prepare checks the engine and brings the schema up to date.
func (s *Store) prepare(ctx context.Context) (*Store, error) {
	err := s.connect(ctx)
	if err == nil {
		err = migrate(ctx, s.writer)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// busyPause is the wait before a connection that failed as busy is tried again.
const busyPause = 10 * time.Millisecond

// connect opens the writer's connection and checks the engine. Programs that
// open a new file at the same time all turn on its write-ahead log, and for that
// the engine reports busy at once instead of waiting.
func (s *Store) connect(ctx context.Context) error {
	turn, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	for {
		err := checkEngine(ctx, s.writer)
		if codeOf(err)&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		select {
		case <-turn.Done():
			return err
		case <-time.After(busyPause):
		}
	}
}

func checkEngine(ctx context.Context, db *sql.DB) error {
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("ask for the engine's version: %w", classify(err))
	}
	if versionLess(version, minEngine) {
		return fmt.Errorf("the SQLite engine is %s, at least %s is needed", version, minEngine)
	}
	return nil
}

// versionLess compares versions of three numbers.
func versionLess(a, b string) bool {
	return versionNumber(a) < versionNumber(b)
}

func versionNumber(version string) int {
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return 0
	}
	return (major*1000+minor)*1000 + patch
}

// Close closes the store.
func (s *Store) Close() error {
	if s.reader == s.writer {
		return s.writer.Close()
	}
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// Now returns the time of this machine, on which all servers of a file run.
func (s *Store) Now() time.Time { return time.Now() }

// Read runs f on a consistent snapshot. It takes no lock that a writer needs.
func (s *Store) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return run(ctx, s.reader, "BEGIN", func(conn statements) error { return f(store.NewTx(conn)) })
}

// Write runs f alone: no other write happens between its reads and its writes.
func (s *Store) Write(ctx context.Context, f func(transaction.Tx) error) error {
	return run(ctx, s.writer, "BEGIN IMMEDIATE", func(conn statements) error { return f(store.NewTx(conn)) })
}

// WriteEarly implements transaction.EarlyWriter. The next Write syncs the log, in which
// this one is before it.
func (s *Store) WriteEarly(ctx context.Context, f func(transaction.Tx) error) error {
	if s.reader == s.writer { // in memory
		return s.Write(ctx, f)
	}
	conn, err := acquireConn(ctx, s.writer)
	if err != nil {
		return err
	}
	defer conn.Close()
	return withoutSync(conn, func() error {
		return runOn(ctx, conn, "BEGIN IMMEDIATE", func(conn statements) error { return f(store.NewTx(conn)) })
	})
}

// withoutSync runs f with a connection that does not sync the log after a commit. If it can't
// sync again, the connection is closed.
func withoutSync(conn connection, f func() error) error {
	if _, err := conn.Exec(context.Background(), "PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	defer func() {
		if _, err := conn.Exec(context.Background(), "PRAGMA synchronous = FULL"); err != nil {
			_ = conn.held.Raw(func(any) error { return driver.ErrBadConn }) // the pool opens another one
		}
	}()
	return f()
}

// TokenHolder implements transaction.DB. One statement needs no transaction to see
// one snapshot.
func (s *Store) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	conn, err := acquireConn(ctx, s.reader)
	if err != nil {
		return transaction.TokenHolder{}, err
	}
	defer conn.Close()
	return store.NewTx(conn).TokenHolder(ctx, signature, source)
}

// run waits for a connection until ctx ends, but at most maxWait. From then on
// it does not interrupt the transaction: that is short, and interrupting it
// would cost a memory store its only connection.
//
// It begins and ends the transaction with statements, because sql.Tx would start
// a goroutine for each one.
func run(ctx context.Context, pool *sql.DB, begin string, f func(statements) error) error {
	conn, err := acquireConn(ctx, pool)
	if err != nil {
		return err
	}
	defer conn.Close()
	return runOn(ctx, conn, begin, f)
}

func runOn(ctx context.Context, conn connection, begin string, f func(statements) error) error {
	running := context.WithoutCancel(ctx)
	if _, err := conn.Exec(running, begin); err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed { // also after a panic, and a commit that failed
			_, _ = conn.Exec(running, "ROLLBACK") // fails if the engine has rolled back
		}
	}()
	if err := f(conn.statements); err != nil {
		return err
	}
	_, err := conn.Exec(running, "COMMIT")
	committed = err == nil
	return err
}

func acquireConn(ctx context.Context, pool *sql.DB) (connection, error) {
	waiting, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	conn, err := pool.Conn(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		return connection{}, fmt.Errorf("%w: earlier transactions take too long", transaction.ErrUnavailable)
	}
	if err != nil {
		return connection{}, classify(err)
	}
	engine, err := engineOf(conn)
	return connection{statements{engine}, conn}, classify(err)
}

// classify marks the errors of a store that cannot serve now. If the caller gave
// up waiting, its error stays.
func classify(err error) error {
	if err == nil {
		return nil
	}
	switch codeOf(err) & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", transaction.ErrUnavailable, err)
	default:
		return err
	}
}
