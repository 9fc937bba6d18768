package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
)

// Preparing a look-up takes the engine as long as running it, so each connection
// keeps its prepared statements. This layer is between database/sql and the
// engine's driver; no other code knows of it.

// maxPrepared bounds the statements that a connection keeps. Statements with a
// fixed text are fewer; searches have more variants.
const maxPrepared = 250

// preparing opens a pool whose connections keep their statements.
func preparing(connector driver.Connector, connections int) *sql.DB {
	return bounded(sql.OpenDB(preparingConnector{connector}), connections)
}

type preparingConnector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c preparingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparingConn{engineConn: conn.(engineConn), prepared: map[string]statement{}}, nil
}

// engineConn is what the driver's connections implement.
type engineConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements implement.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparingConn is a connection with its prepared statements. A statement in use
// is not among them, so that the same text can run twice at once.
type preparingConn struct {
	engineConn
	prepared map[string]statement
}

// ExecContext implements driver.ExecerContext.
func (c *preparingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !isAboutRows(query) {
		return c.engineConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close()) // its state is unknown
	}
	return result, c.putBack(query, s)
}

// QueryContext implements driver.QueryerContext.
func (c *preparingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !isAboutRows(query) {
		return c.engineConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, s.Close()) // its state is unknown
	}
	return &preparedRows{Rows: rows, conn: c, query: query, statement: s}, nil
}

// isAboutRows excludes statements that change the schema or a setting: they are
// rare, and the engine runs some pragmas while it prepares them.
func isAboutRows(query string) bool {
	verb, _, _ := strings.Cut(query, " ")
	switch verb {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK":
		return true
	default:
		return false
	}
}

// take returns a statement for the caller alone, until putBack.
func (c *preparingConn) take(ctx context.Context, query string) (statement, error) {
	if s, found := c.prepared[query]; found {
		delete(c.prepared, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, withHiddenLimits(query))
	if err != nil {
		return nil, err
	}
	return s.(statement), nil
}

// withHiddenLimits returns a statement that the engine keeps. If a limit is a parameter,
// SQLite plans by its value and prepares the statement again for each one, which takes
// longer than most queries. It does not look into an expression.
func withHiddenLimits(query string) string {
	return strings.ReplaceAll(query, "LIMIT ?", "LIMIT ? + 0")
}

// putBack keeps a statement for the next use. When there are too many it closes
// all of them, which is rare enough to cost little.
func (c *preparingConn) putBack(query string, s statement) error {
	if _, found := c.prepared[query]; found {
		return s.Close()
	}
	if len(c.prepared) >= maxPrepared {
		if err := c.forget(); err != nil {
			return err
		}
	}
	c.prepared[query] = s
	return nil
}

func (c *preparingConn) forget() error {
	var failures []error
	for query, s := range c.prepared {
		failures = append(failures, s.Close())
		delete(c.prepared, query)
	}
	return errors.Join(failures...)
}

// Close implements driver.Conn.
func (c *preparingConn) Close() error {
	return errors.Join(c.forget(), c.engineConn.Close())
}

// preparedRows puts its statement back when it is closed.
type preparedRows struct {
	driver.Rows
	conn      *preparingConn
	query     string
	statement statement
}

// Close implements driver.Rows.
func (r *preparedRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		return errors.Join(err, r.statement.Close()) // its state is unknown
	}
	return r.conn.putBack(r.query, r.statement)
}
