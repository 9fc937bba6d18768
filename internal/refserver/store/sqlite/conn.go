package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/dxauth/dxauth/internal/refserver/store"
)

// connection is a connection of a pool that its holder has alone until it is closed. It
// runs statements on the engine's own connection: database/sql would take as long for a
// look-up as the engine.
type connection struct {
	statements
	held *sql.Conn
}

func (c connection) Close() error { return c.held.Close() }

// engineOf returns the engine's connection below one of database/sql, for as long as the
// caller has that one.
func engineOf(conn *sql.Conn) (engine *preparingConn, err error) {
	err = conn.Raw(func(below any) error {
		engine = below.(*preparingConn)
		return nil
	})
	return engine, err
}

// statements runs the statements of package store on a connection. The contexts of callers
// do not interrupt a statement, which is short; a transaction ends at the next one.
type statements struct{ engine *preparingConn }

// Exec implements store.Conn.
func (s statements) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	values, err := valuesOf(ctx, args)
	if err != nil {
		return 0, err
	}
	result, err := s.engine.ExecContext(context.Background(), statement, values)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// ExecLater implements store.Conn.
func (s statements) ExecLater(ctx context.Context, statement string, args ...any) error {
	_, err := s.Exec(ctx, statement, args...)
	return err
}

// Query implements store.Conn.
func (s statements) Query(ctx context.Context, query string, args ...any) (store.Rows, error) {
	values, err := valuesOf(ctx, args)
	if err != nil {
		return nil, err
	}
	found, err := s.engine.QueryContext(context.Background(), query, values)
	if err != nil {
		return nil, classify(err)
	}
	return &rows{found: found, values: make([]driver.Value, len(found.Columns()))}, nil
}

// valuesOf returns the values that arguments stand for, or the error of ctx.
func valuesOf(ctx context.Context, args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return values, ctx.Err()
}

// rows are the rows of a query. They close themselves at the end.
type rows struct {
	found  driver.Rows
	values []driver.Value
	err    error
	closed bool
}

// Next implements store.Rows.
func (r *rows) Next() bool {
	if r.closed {
		return false
	}
	err := r.found.Next(r.values)
	if err == nil {
		return true
	}
	closing := r.Close()
	if !errors.Is(err, io.EOF) {
		r.err = classify(err)
	} else {
		r.err = closing
	}
	return false
}

// Scan implements store.Rows.
func (r *rows) Scan(into ...any) error {
	if len(into) != len(r.values) {
		return fmt.Errorf("a row has %d columns, not %d", len(r.values), len(into))
	}
	for i := range into {
		if err := assign(into[i], r.values[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// Err implements store.Rows.
func (r *rows) Err() error { return r.err }

// Close implements store.Rows.
func (r *rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return classify(r.found.Close())
}

// assign sets what into points to. SQLite has no booleans: they are numbers.
func assign(into any, value driver.Value) error {
	if scanner, isScanner := into.(sql.Scanner); isScanner {
		return scanner.Scan(value)
	}
	target := reflect.ValueOf(into).Elem()
	if target.Kind() == reflect.Pointer { // what may be NULL
		if value == nil {
			target.SetZero()
			return nil
		}
		target.Set(reflect.New(target.Type().Elem()))
		return assign(target.Interface(), value)
	}
	switch value := value.(type) {
	case string:
		if target.Kind() == reflect.String {
			target.SetString(value)
			return nil
		}
	case int64:
		switch target.Kind() {
		case reflect.Int, reflect.Int64:
			target.SetInt(value)
			return nil
		case reflect.Bool:
			target.SetBool(value != 0)
			return nil
		}
	case []byte:
		if bytes, isBytes := into.(*[]byte); isBytes {
			*bytes = value
			return nil
		}
	}
	if anything, isAny := into.(*any); isAny {
		*anything = value
		return nil
	}
	return fmt.Errorf("cannot read %T into %T", value, into)
}
