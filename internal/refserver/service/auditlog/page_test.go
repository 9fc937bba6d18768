package auditlog_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// caller is a caller with a token for the whole account.
func caller(isAdministrator bool) service.Caller {
	return service.Caller{
		User:  identity.Principal{ID: "user-admin", Superuser: isAdministrator},
		Token: access.Token{UserID: "user-admin", Scope: access.Scope{Full: true}},
	}
}

// TestPages: pages have each row that a filter selects once, the newest first, however
// many rows one transaction reads, and the last one has no next.
func TestPages(t *testing.T) {
	const rows = 1201
	s := service.New(service.Config{DB: store(t, rows), Now: time.Now, Random: rand.Reader})
	down := func(first, last, step int) (want []string) {
		for i := first; i >= last; i -= step {
			want = append(want, fmt.Sprint(i))
		}
		return want
	}
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Hour) }
	for name, c := range map[string]struct {
		filter audit.Filter
		limit  int
		want   []string
	}{
		"all":               {audit.Filter{}, 100, down(rows-1, 0, 1)},
		"all at once":       {audit.Filter{}, rows, down(rows-1, 0, 1)},
		"all, in a rest":    {audit.Filter{}, 400, down(rows-1, 0, 1)},
		"of a user":         {audit.Filter{Actor: "user-bob"}, 70, down(rows-2, 1, 2)},
		"since":             {audit.Filter{Since: at(900)}, 50, down(rows-1, 900, 1)},
		"one":               {audit.Filter{Subject: "3"}, 50, []string{"3"}},
		"none":              {audit.Filter{Actor: "user-carol"}, 50, nil},
		"in a time":         {audit.Filter{Since: at(10), Until: at(12)}, 1, []string{"11", "10"}},
		"until":             {audit.Filter{Until: at(300)}, 100, down(299, 0, 1)},
		"until the first":   {audit.Filter{Until: at(0)}, 50, nil},
		"until tomorrow":    {audit.Filter{Until: at(rows + 24)}, rows, down(rows-1, 0, 1)},
		"none of an action": {audit.Filter{Action: "token"}, 50, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			pages := 0
			for before, more := int64(0), true; more; more = before != 0 {
				page, next, err := auditlog.Page(t.Context(), s, caller(true), c.filter, before, c.limit)
				if err != nil || len(page) > c.limit || before != 0 && next >= before {
					t.Fatalf("%d rows before %d, next %d: %v", len(page), before, next, err)
				}
				for _, row := range page {
					got = append(got, row.Subject)
				}
				before = next
				pages++
			}
			if !slices.Equal(got, c.want) || pages > len(c.want)/c.limit+2 {
				t.Errorf("%d pages: got %d rows %.60q, want %d", pages, len(got), fmt.Sprint(got), len(c.want))
			}
		})
	}
}

func TestPagesAreForAdministrators(t *testing.T) {
	s := service.New(service.Config{DB: store(t, 1), Now: time.Now, Random: rand.Reader})
	scoped := caller(true)
	scoped.Token.Scope = access.Scope{}
	for name, c := range map[string]service.Caller{"a user": caller(false), "a token of an administrator that is limited": scoped} {
		if rows, _, err := auditlog.Page(t.Context(), s, c, audit.Filter{}, 0, 10); !errors.Is(err, access.ErrNotSuperuser) || rows != nil {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
	}
}

// A page of long ago is found without a look at what is newer.
func TestPageOfLongAgo(t *testing.T) {
	const rows = 1201
	db := &readRows{DB: store(t, rows)}
	s := service.New(service.Config{DB: db, Now: time.Now, Random: rand.Reader})
	page, _, err := auditlog.Page(t.Context(), s, caller(true), audit.Filter{Until: start.Add(5 * time.Hour)}, 0, 50)
	if err != nil || len(page) != 5 {
		t.Fatalf("%d rows, %v", len(page), err)
	}
	if db.read > 30 { // 11 halves, and the page itself
		t.Errorf("%d rows were read for a page of %d", db.read, len(page))
	}
}

// readRows counts the rows of the log that are read.
type readRows struct {
	transaction.DB
	read int
}

func (r *readRows) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return r.DB.Read(ctx, func(tx transaction.Tx) error { return f(countingTx{tx, r}) })
}

type countingTx struct {
	transaction.Tx
	rows *readRows
}

func (tx countingTx) AuditBefore(ctx context.Context, no int64, limit int) ([]audit.Row, error) {
	found, err := tx.Tx.AuditBefore(ctx, no, limit)
	tx.rows.read += len(found)
	return found, err
}

func (tx countingTx) SearchAudit(ctx context.Context, search audit.Search) (audit.Found, error) {
	found, err := tx.Tx.SearchAudit(ctx, search)
	tx.rows.read += len(found.Rows)
	return found, err
}
