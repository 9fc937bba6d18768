package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// link is what this package knows of a connection beside pgx.
//
// It bounds waits without a context. Where a context ends, pgx sends a cancel request
// over a second connection, and so it does where a connection breaks. A server that gets
// one while it commits stops waiting for its standby: the transaction is committed, and
// lost if the standby takes over. So a link lets pgx connect once.
type link struct {
	limit     atomic.Int64 // nanoseconds that the database may take to respond
	connected atomic.Bool
	wrote     atomic.Bool // something was sent since the last commit began
	warned    atomic.Bool // the database sent a warning since then
}

// linkKey is the name of the link in the custom data of a connection.
const linkKey = "link"

// responseLimit bounds the wait for a response. It is more than statementLimit, so that only a
// connection or a machine that is gone exceeds it.
const responseLimit = statementLimit + 5*time.Second

var (
	errNoCancelRequest = errors.New("a connection sends no cancel request")
	errNoResponse      = errors.New("the database did not respond in time")
)

// limitWaits gives a new connection its link.
func limitWaits(_ context.Context, config *pgx.ConnConfig) error {
	l := &link{}
	l.limit.Store(int64(responseLimit))
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if l.connected.Load() {
			return nil, errNoCancelRequest
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return limited{conn, l}, nil
	}
	config.AfterConnect = func(_ context.Context, conn *pgconn.PgConn) error {
		conn.CustomData()[linkKey] = l
		l.connected.Store(true)
		return nil
	}
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) {
		if notice.SeverityUnlocalized == "WARNING" {
			l.warned.Store(true)
		}
	}
	return nil
}

func linkOf(conn *pgx.Conn) *link { return conn.PgConn().CustomData()[linkKey].(*link) }

// limited is a network connection on which a response has to come within the limit of
// its link, counted from the last write.
type limited struct {
	net.Conn
	link *link
}

// Write implements net.Conn.
func (l limited) Write(data []byte) (int, error) {
	if err := l.SetDeadline(time.Now().Add(time.Duration(l.link.limit.Load()))); err != nil {
		return 0, err
	}
	l.link.wrote.Store(true)
	n, err := l.Conn.Write(data)
	return n, asLoss(err)
}

// Read implements net.Conn.
func (l limited) Read(data []byte) (int, error) {
	n, err := l.Conn.Read(data)
	return n, asLoss(err)
}

// asLoss turns a time-out into an error that ends the connection: pgx takes a time-out
// for the end of a context.
func asLoss(err error) error {
	if failure, ok := errors.AsType[net.Error](err); ok && failure.Timeout() {
		return fmt.Errorf("%w: %s", errNoResponse, err)
	}
	return err
}
