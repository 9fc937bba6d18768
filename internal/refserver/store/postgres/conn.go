package postgres

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// conn runs the statements of package store on a connection. The contexts of callers do
// not interrupt it; see link.
//
// In a transaction it sends as little as possible on its own: what begins the
// transaction, and statements whose results nobody needs, go with the next statement or
// the commit, so the database is asked and waited for once for all of them.
type conn struct {
	*pgx.Conn
	texts     *translations
	waiting   *pgx.Batch // what is sent with the next statement; nil: no transaction
	responses int        // to statements
	conflict  error      // of the transaction that has begun
}

// maxWaiting bounds the statements that wait.
const maxWaiting = 64

// begin begins a transaction with the next statement.
func (c *conn) begin(statements ...string) {
	c.waiting = &pgx.Batch{}
	for _, statement := range statements {
		c.waiting.Queue(statement)
	}
}

// Exec implements store.Conn.
func (c *conn) Exec(_ context.Context, statement string, args ...any) (int64, error) {
	args, err := plain(args)
	if err != nil {
		return 0, err
	}
	return c.exec(c.texts.of(statement), args)
}

func (c *conn) exec(statement string, args []any) (int64, error) {
	if !c.hasWaiting() {
		tag, err := c.Conn.Exec(context.Background(), statement, args...)
		return tag.RowsAffected(), c.note(err)
	}
	tag, err := c.execWith(statement, args)
	return tag.RowsAffected(), c.note(err)
}

// ExecLater implements store.Conn.
func (c *conn) ExecLater(ctx context.Context, statement string, args ...any) error {
	if c.waiting == nil || c.waiting.Len() == maxWaiting {
		_, err := c.Exec(ctx, statement, args...)
		return err
	}
	args, err := plain(args)
	if err != nil {
		return err
	}
	c.waiting.Queue(c.texts.of(statement), args...)
	return nil
}

// Query implements store.Conn.
func (c *conn) Query(_ context.Context, query string, args ...any) (store.Rows, error) {
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	if !c.hasWaiting() {
		found, err := c.Conn.Query(context.Background(), c.texts.of(query), args...)
		if err != nil {
			return nil, c.note(err)
		}
		return &rows{found, c, nil}, nil
	}
	results, err := c.sendWith(c.texts.of(query), args)
	if err != nil {
		return nil, c.note(err)
	}
	found, err := results.Query()
	if err != nil {
		_ = results.Close() // returns the same error
		return nil, c.note(err)
	}
	return &rows{found, c, results}, nil
}

func (c *conn) hasWaiting() bool { return c.waiting != nil && c.waiting.Len() > 0 }

// sendWith sends a statement with those that wait, and returns its results, which the
// caller closes.
func (c *conn) sendWith(statement string, args []any) (pgx.BatchResults, error) {
	batch := c.waiting
	c.waiting = &pgx.Batch{}
	before := batch.Len()
	batch.Queue(statement, args...)
	results := c.SendBatch(context.Background(), batch)
	for range before {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // returns the same error
			return nil, err
		}
	}
	return results, nil
}

// execWith runs a statement with those that wait.
func (c *conn) execWith(statement string, args []any) (pgconn.CommandTag, error) {
	results, err := c.sendWith(statement, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := results.Exec()
	return tag, cmp.Or(err, results.Close())
}

// flush runs the statements that wait.
func (c *conn) flush() error {
	if !c.hasWaiting() {
		return nil
	}
	batch := c.waiting
	c.waiting = &pgx.Batch{}
	return c.note(c.SendBatch(context.Background(), batch).Close())
}

// plain returns the values that arguments stand for, as database/sql does.
func plain(args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return values, nil
}

// note classifies the error of a statement, or counts its response.
func (c *conn) note(err error) error {
	if err == nil || isRefusal(err) {
		c.responses++
	}
	err = classify(err)
	if isConflict(err) || isShortage(err) {
		c.conflict = err
	}
	return err
}

type rows struct {
	pgx.Rows
	conn    *conn
	results pgx.BatchResults // that the rows are the last of; nil: of no batch
}

// Err implements store.Rows.
func (r *rows) Err() error { return r.conn.note(r.Rows.Err()) }

// Close implements store.Rows.
func (r *rows) Close() error {
	r.Rows.Close()
	err := r.Err()
	if r.results != nil {
		err = cmp.Or(err, r.conn.note(r.results.Close()))
	}
	return err
}

// simple runs statements without parameters, in one round trip.
func (c *conn) simple(statements string) error {
	return c.note(c.PgConn().Exec(context.Background(), statements).Close())
}

// isIdle reports whether there is no transaction to end.
func (c *conn) isIdle() bool { return c.PgConn().TxStatus() == 'I' || c.IsClosed() }

// rollBack ends a transaction. If that fails, the pool closes the connection.
func (c *conn) rollBack() {
	c.waiting = nil
	_ = c.simple("ROLLBACK")
}

// commit commits within a time. If it returns transaction.ErrUnknownOutcome, the
// transaction may be committed now, later or not at all; any other error says that it
// is not.
//
// The commit goes with the statements that wait, but not on a connection that did not
// respond yet: one that turns out to be lost must not have been told to commit.
func (c *conn) commit(wait time.Duration) error {
	if c.responses == 0 {
		if err := c.flush(); err != nil {
			return err
		}
	}
	l := linkOf(c.Conn)
	l.wrote.Store(false)
	l.warned.Store(false)
	l.limit.Store(int64(wait))
	tag, err := c.sendCommit()
	l.limit.Store(int64(responseLimit))
	switch {
	case err != nil && (isRefusal(err) || !l.wrote.Load()):
		return c.note(err)
	case err != nil:
		return fmt.Errorf("%w: %w", transaction.ErrUnknownOutcome, err)
	case tag != "COMMIT": // a statement failed before, and f did not say so
		return cmp.Or(c.conflict, errAborted)
	case l.warned.Load(): // it ended its wait for a standby, for one
		return fmt.Errorf("%w: the database warned while it committed", transaction.ErrUnknownOutcome)
	}
	return nil
}

// sendCommit returns what the database says to COMMIT.
func (c *conn) sendCommit() (tag string, err error) {
	if !c.hasWaiting() {
		results, err := c.PgConn().Exec(context.Background(), "COMMIT").ReadAll()
		if err != nil {
			return "", err
		}
		return results[0].CommandTag.String(), nil
	}
	committed, err := c.execWith("COMMIT", nil)
	return committed.String(), err
}

var errAborted = errors.New("a statement of the transaction failed")
