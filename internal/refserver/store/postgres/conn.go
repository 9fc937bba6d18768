package postgres

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// conn runs the statements of package store on a connection. The contexts of callers do
// not interrupt it; see link.
type conn struct {
	*pgx.Conn
	texts    *translations
	answers  int   // to statements
	conflict error // of the transaction that has begun
}

// Exec implements store.Conn.
func (c *conn) Exec(_ context.Context, statement string, args ...any) (int64, error) {
	args, err := plain(args)
	if err != nil {
		return 0, err
	}
	tag, err := c.Conn.Exec(context.Background(), c.texts.of(statement), args...)
	return tag.RowsAffected(), c.note(err)
}

// Query implements store.Conn.
func (c *conn) Query(_ context.Context, query string, args ...any) (store.Rows, error) {
	args, err := plain(args)
	if err != nil {
		return nil, err
	}
	found, err := c.Conn.Query(context.Background(), c.texts.of(query), args...)
	if err != nil {
		return nil, c.note(err)
	}
	return &rows{found, c}, nil
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

// note classifies the error of a statement, or counts its answer.
func (c *conn) note(err error) error {
	if err == nil || isRefusal(err) {
		c.answers++
	}
	err = classify(err)
	if isConflict(err) || isShortage(err) {
		c.conflict = err
	}
	return err
}

type rows struct {
	pgx.Rows
	conn *conn
}

// Err implements store.Rows.
func (r *rows) Err() error { return r.conn.note(r.Rows.Err()) }

// Close implements store.Rows.
func (r *rows) Close() error {
	r.Rows.Close()
	return r.Err()
}

// simple runs statements without parameters, in one round trip.
func (c *conn) simple(statements string) error {
	return c.note(c.PgConn().Exec(context.Background(), statements).Close())
}

// rollBack ends a transaction unless it has ended. If that fails, the pool closes the
// connection.
func (c *conn) rollBack() {
	if c.PgConn().TxStatus() != 'I' && !c.IsClosed() {
		_ = c.simple("ROLLBACK")
	}
}

// commit commits within a time. If it returns transaction.ErrUnknownOutcome, the
// transaction may be committed now, later or not at all; any other error says that it
// is not.
func (c *conn) commit(wait time.Duration) error {
	l := linkOf(c.Conn)
	l.wrote.Store(false)
	l.warned.Store(false)
	l.limit.Store(int64(wait))
	results, err := c.PgConn().Exec(context.Background(), "COMMIT").ReadAll()
	l.limit.Store(int64(answerLimit))
	switch {
	case err != nil && (isRefusal(err) || !l.wrote.Load()):
		return c.note(err)
	case err != nil:
		return fmt.Errorf("%w: %w", transaction.ErrUnknownOutcome, err)
	case results[0].CommandTag.String() != "COMMIT": // a statement failed before, and f did not say so
		return cmp.Or(c.conflict, errAborted)
	case l.warned.Load(): // it ended its wait for a standby, for one
		return fmt.Errorf("%w: the database warned while it committed", transaction.ErrUnknownOutcome)
	}
	return nil
}

var errAborted = errors.New("a statement of the transaction failed")
