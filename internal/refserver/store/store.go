// Package store keeps the data of the reference server in SQL: users, tokens,
// orgs, projects and the audit log, behind one transaction.
//
// It contains the statements, which all engines run, and knows no engine: package
// sqlite runs them in memory or in a file, package postgres in PostgreSQL. An engine promises that a transaction is
// applied completely or not at all, even if a process is killed; that an acknowledged
// write is on the disk; that transactions which write have the result of some order in
// which each one ran alone; and that a store that cannot serve returns
// transaction.ErrUnavailable and changes nothing.
//
// The statements are the common subset of SQLite and PostgreSQL. Placeholders are
// question marks. A join that is written CROSS JOIN … ON has to be run in this order:
// SQLite does, and other engines choose the order themselves. The rows of json_each(?) are the
// texts of a list, and those of json_each(?) AS pairs the keys and texts of an object, so that
// one statement changes as many rows as there are.
package store

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Database is an open store. The caller closes it.
type Database interface {
	transaction.DB
	// Meta returns a value that belongs to the store as a whole, or nil if there is none.
	Meta(ctx context.Context, name string) ([]byte, error)
	// Now returns the time that all servers of the store agree on.
	Now() time.Time
	// AddMeta stores such a value, unless the name has one.
	// A failure of the machine may lose it before the next write.
	AddMeta(ctx context.Context, name string, value []byte) error
	Close() error
}

// Conn runs statements on a connection of an engine, in a transaction if one has begun.
// Its errors wrap transaction.ErrUnavailable if the engine cannot serve.
type Conn interface {
	// Exec returns how many rows a statement changed.
	Exec(ctx context.Context, statement string, args ...any) (int64, error)
	// ExecLater runs a statement whose result nobody needs. In a transaction it may run with
	// the next statement or the commit, which then returns its error.
	ExecLater(ctx context.Context, statement string, args ...any) error
	Query(ctx context.Context, query string, args ...any) (Rows, error)
}

// Rows are the rows of a query. The caller closes them before the next statement.
type Rows interface {
	Next() bool
	Scan(into ...any) error
	Err() error
	Close() error
}

// NewTx returns the transaction that has begun on a connection.
func NewTx(conn Conn) transaction.Tx { return tx{conn} }

// Meta implements Database.
func Meta(ctx context.Context, conn Conn, name string) ([]byte, error) {
	var value []byte
	_, err := tx{conn}.found(ctx, `SELECT value FROM meta WHERE name = ?`, []any{name}, &value)
	return value, err
}

// AddMeta implements Database.
func AddMeta(ctx context.Context, conn Conn, name string, value []byte) error {
	return tx{conn}.exec(ctx, `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, value)
}

// Scripts returns the migrations of an engine, migrations/*.sql, in the order of their
// names.
func Scripts(files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	scripts := make([]string, len(names))
	for i, name := range names {
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(script)
	}
	return scripts, nil
}

// errNoRow is returned for a query that has no row.
var errNoRow = errors.New("no row")

// placeholders returns "?, ?, ?" for n values.
func placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
