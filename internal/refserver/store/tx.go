package store

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// tx is one transaction. Its methods are spread over files by subject:
//
//	users.go       accounts, codes for activation and bootstrap
//	signup.go      accounts that wait for activation, recovery codes not yet shown
//	twofactor.go   second factors, recovery codes, enrollments, tickets
//	attempts.go    waits after wrong guesses, networks known for a user
//	tokens.go      sessions and API tokens
//	tokensearch.go lists of tokens
//	tokenends.go   ends of many tokens
//	orgs.go        orgs and memberships
//	projects.go    projects with their labels and permissions
//	folders.go     folders; removed.go, what is left of removed folders and projects
//	search.go      lists of projects; narrow.go limits them to few projects
//	grants.go      authorization codes, devices that wait for their users
//	nonces.go      requests that may be sent twice
//	outbox.go      e-mails that were not sent yet
//	trust.go       trust rules, exchanged ID tokens
type tx struct{ conn Conn }

var _ transaction.Tx = tx{}

// exec runs a statement. Its error may come with that of a later one.
func (t tx) exec(ctx context.Context, statement string, args ...any) error {
	if err := checkTexts(args); err != nil {
		return err
	}
	return t.conn.ExecLater(ctx, statement, args...)
}

// execEach runs a statement for texts, which its last parameter lists, unless there are none.
func (t tx) execEach(ctx context.Context, statement string, texts []string, args ...any) error {
	if len(texts) == 0 {
		return nil
	}
	return t.exec(ctx, statement, append(args, asList(texts))...)
}

// changed runs a statement and returns the number of rows that it changed.
func (t tx) changed(ctx context.Context, statement string, args ...any) (int, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	n, err := t.conn.Exec(ctx, statement, args...)
	return int(n), err
}

// affected runs a statement and reports whether it changed a row.
func (t tx) affected(ctx context.Context, statement string, args ...any) (bool, error) {
	n, err := t.changed(ctx, statement, args...)
	return n > 0, err
}

// query runs a query. The caller closes the rows.
func (t tx) query(ctx context.Context, query string, args []any) (Rows, error) {
	if err := checkTexts(args); err != nil {
		return nil, err
	}
	return t.conn.Query(ctx, query, args...)
}

// checkTexts refuses what only some engines could store.
func checkTexts(args []any) error {
	for _, arg := range args {
		var text string
		switch arg := arg.(type) {
		case string:
			text = arg
		case *string:
			text = *arg
		case optional:
			text = *arg.string
		case asJSON:
			text = arg.texts()
		}
		if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
			return transaction.ErrText
		}
	}
	return nil
}

// insert adds a row, or returns taken if there is one with the same key. That is
// not an error of the engine, so the transaction can continue.
func (t tx) insert(ctx context.Context, taken error, statement string, args ...any) error {
	added, err := t.affected(ctx, statement+" ON CONFLICT DO NOTHING", args...)
	if err == nil && !added {
		return taken
	}
	return err
}

// row runs a query for one row, and returns missing if there is none.
func (t tx) row(ctx context.Context, missing error, query string, args []any, into ...any) error {
	rows, err := t.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return cmp.Or(rows.Err(), missing)
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close() // a statement with RETURNING may fail after its first row
}

// found runs a query for one row, and reports whether there is one.
func (t tx) found(ctx context.Context, query string, args []any, into ...any) (bool, error) {
	err := t.row(ctx, errNoRow, query, args, into...)
	if errors.Is(err, errNoRow) {
		return false, nil
	}
	return err == nil, err
}

// exists reports whether a query has a row.
func (t tx) exists(ctx context.Context, query string, args ...any) (bool, error) {
	var found bool
	err := t.row(ctx, errNoRow, "SELECT EXISTS ("+query+")", args, &found)
	return found, err
}

// count returns how many rows a query has, but at most atMost, so that it never takes
// long.
func (t tx) count(ctx context.Context, query string, atMost int, args ...any) (int, error) {
	var count int
	err := t.row(ctx, errNoRow, `SELECT COUNT(*) FROM (`+query+` LIMIT ?) AS counted`, append(args, atMost), &count)
	return count, err
}

// errEnough ends each without an error: the rest of the rows is not wanted.
var errEnough = errors.New("enough rows")

// each runs a query and calls scan for each row, until that returns an error.
func (t tx) each(ctx context.Context, query string, args []any, scan func(Rows) error) error {
	rows, err := t.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		switch err := scan(rows); {
		case errors.Is(err, errEnough):
			return nil
		case err != nil:
			return err
		}
	}
	return rows.Err()
}

// AppendAudit adds a row to the audit log.
func (t tx) AppendAudit(ctx context.Context, entry audit.Entry) error {
	return t.AppendAudits(ctx, entry, []string{entry.Subject})
}

// AppendAudits implements audit.Tx.
func (t tx) AppendAudits(ctx context.Context, entry audit.Entry, subjects []string) error {
	return t.execEach(ctx, `INSERT INTO audit (time, actor, action, result, factor, address, user_agent, request_id, subject)
		SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT),
			CAST(? AS TEXT), value FROM json_each(?)`, subjects,
		millis{&entry.Time}, entry.Actor, string(entry.Action), entry.Result,
		entry.Factor, entry.Address, entry.UserAgent, entry.RequestID)
}
