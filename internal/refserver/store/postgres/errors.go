package postgres

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// SQLSTATE codes of a transaction that others made fail. Out of memory is also a database
// that has no room left to remember what serializable transactions read.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	outOfMemory          = "53200"
)

// unavailable are the codes and classes of codes of a database that cannot serve now.
func unavailable() []string {
	return []string{
		"08",             // connection
		"25006",          // takes no writes: a standby
		"25P03",          // transaction idle for too long
		"40003",          // not known whether a statement was completed
		"53",             // out of memory, disk or connections
		"55P03",          // lock not available in time
		"57",             // interrupted: statement time-out, shutting down, starting up
		"58",             // I/O
		"XX001", "XX002", // damaged
	}
}

// classify marks the errors of a database that cannot serve now.
func classify(err error) error {
	if err == nil || errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	failure, responded := errors.AsType[*pgconn.PgError](err)
	if !responded && !isLoss(err) {
		return err
	}
	if !responded || slices.ContainsFunc(unavailable(), func(code string) bool {
		return code == failure.Code || code == failure.Code[:min(2, len(failure.Code))]
	}) {
		return fmt.Errorf("%w: %w", transaction.ErrUnavailable, err)
	}
	return err
}

// isLoss reports whether an error that is not the database's says that the connection is
// lost: whatever else can fail is in the program.
func isLoss(err error) bool {
	_, ofNetwork := errors.AsType[net.Error](err)
	return ofNetwork || errors.Is(err, errNoResponse) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || pgconn.SafeToRetry(err)
}

// isConflict reports whether a transaction failed because of another one, so that it may
// run again.
func isConflict(err error) bool { return hasCode(err, serializationFailure, deadlockDetected) }

// isShortage reports whether a transaction failed because the database has no memory for
// it, which may be that for serializable transactions only.
func isShortage(err error) bool { return hasCode(err, outOfMemory) }

func hasCode(err error, codes ...string) bool {
	failure, responded := errors.AsType[*pgconn.PgError](err)
	return responded && slices.Contains(codes, failure.Code)
}

// isRefusal reports whether the database refused a statement and goes on. A session that
// ends may have done what it was told before.
func isRefusal(err error) bool {
	failure, responded := errors.AsType[*pgconn.PgError](err)
	return responded && failure.SeverityUnlocalized == "ERROR"
}
