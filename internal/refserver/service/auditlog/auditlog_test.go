package auditlog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

var start = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// store is a store with a log of one row an hour, by alice and bob in turns, whose subject
// says which row it is.
func store(t *testing.T, rows int) transaction.DB {
	t.Helper()
	db := teststore.Open(t)
	for from := 0; from < rows; from += 1000 {
		err := db.Write(t.Context(), func(tx transaction.Tx) error {
			for i := from; i < min(rows, from+1000); i++ {
				if err := appendRow(t.Context(), tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func appendRow(ctx context.Context, tx transaction.Tx, i int) error {
	return tx.AppendAudit(ctx, audit.Entry{
		Time: start.Add(time.Duration(i) * time.Hour), Actor: []string{"user-alice", "user-bob"}[i%2], Subject: fmt.Sprint(i), Action: audit.SignIn, Result: "ok",
	})
}

// subjects collects the subjects of rows.
type subjects []string

func (s *subjects) add(row audit.Row) error {
	*s = append(*s, row.Subject)
	return nil
}

func TestLast(t *testing.T) {
	const rows = 1201 // more than two transactions read
	db := store(t, rows)
	from := func(first, step int) (want subjects) {
		for i := first; i < rows; i += step {
			want = append(want, fmt.Sprint(i))
		}
		return want
	}
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Hour) }
	for name, c := range map[string]struct {
		filter audit.Filter
		count  int
		want   subjects
	}{
		"all":                     {audit.Filter{}, 0, from(0, 1)},
		"the last ones":           {audit.Filter{}, 3, from(rows-3, 1)},
		"more than there are":     {audit.Filter{}, 5000, from(0, 1)},
		"the last ones of a user": {audit.Filter{Actor: "user-alice"}, 2, subjects{"1198", "1200"}},
		"all of a user":           {audit.Filter{Actor: "user-bob"}, 0, from(1, 2)},
		"since":                   {audit.Filter{Since: at(600)}, 0, from(600, 1)},
		"since, the last ones":    {audit.Filter{Since: at(600)}, 2, from(rows-2, 1)},
		"in a time":               {audit.Filter{Since: at(10), Until: at(12)}, 0, subjects{"10", "11"}},
		"nothing":                 {audit.Filter{Actor: "user-carol"}, 5, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got subjects
			newest, err := auditlog.New(db).Last(t.Context(), c.filter, c.count, got.add)
			if err != nil || newest == 0 || !slices.Equal(got, c.want) {
				t.Errorf("newest %d, %v: got %d rows %.60q…, want %d %.60q…", newest, err, len(got), fmt.Sprint(got), len(c.want), fmt.Sprint(c.want))
			}
		})
	}
}

// TestFollow: rows that are written later are passed on once, also those whose number is
// smaller than that of a row that was there before.
func TestFollow(t *testing.T) {
	db := store(t, 10)
	log := auditlog.New(db)
	newest, err := log.Last(t.Context(), audit.Filter{}, 1, func(audit.Row) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	ended := errors.New("ended")
	i := 10
	wait := func() error {
		if i == 16 {
			return ended
		}
		defer func() { i++ }()
		return db.Write(t.Context(), func(tx transaction.Tx) error { return appendRow(t.Context(), tx, i) })
	}
	var got subjects
	if err := log.Follow(t.Context(), audit.Filter{Actor: "user-alice"}, newest, wait, got.add); !errors.Is(err, ended) {
		t.Fatal(err)
	}
	if want := (subjects{"10", "12", "14"}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// lateDB hides a row for some looks at the log, as PostgreSQL does until it is committed.
type lateDB struct {
	transaction.DB
	hidden int64
}

func (l *lateDB) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return l.DB.Read(ctx, func(tx transaction.Tx) error { return f(lateTx{tx, l}) })
}

type lateTx struct {
	transaction.Tx
	db *lateDB
}

func (tx lateTx) AuditAfter(ctx context.Context, no int64, limit int) ([]audit.Row, error) {
	rows, err := tx.Tx.AuditAfter(ctx, no, limit)
	return slices.DeleteFunc(rows, func(row audit.Row) bool { return row.No == tx.db.hidden }), err
}

func TestFollowFindsLateRows(t *testing.T) {
	db := &lateDB{DB: store(t, 10)}
	err := db.Read(t.Context(), func(tx transaction.Tx) error {
		rows, err := tx.AuditAfter(t.Context(), 0, 100)
		db.hidden = rows[7].No
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	log := auditlog.New(db)
	newest, err := log.Last(t.Context(), audit.Filter{}, 1, func(audit.Row) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	ended := errors.New("ended")
	looks := 0
	wait := func() error {
		switch looks++; looks {
		case 2:
			db.hidden = 0
		case 4:
			return ended
		}
		return nil
	}
	var got subjects
	if err := log.Follow(t.Context(), audit.Filter{}, newest, wait, got.add); !errors.Is(err, ended) || !slices.Equal(got, subjects{"7"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestSweep: what is older than the age is removed, oldest first, once the clock can be
// believed; the newest row stays.
func TestSweep(t *testing.T) {
	db := store(t, 1201)
	log := auditlog.New(db)
	left := func() (got subjects) {
		if _, err := log.Last(t.Context(), audit.Filter{}, 0, got.add); err != nil {
			t.Fatal(err)
		}
		return got
	}
	now := start.Add(1200 * time.Hour)
	sweep := func(age time.Duration) {
		if err := log.Sweep(t.Context(), now, age); err != nil {
			t.Fatal(err)
		}
	}
	sweep(time.Hour)
	if got := left(); len(got) != 1201 {
		t.Errorf("the clock has just begun, and %d rows are left", len(got))
	}
	for range 24 {
		now = now.Add(30 * time.Minute)
		sweep(100000 * time.Hour)
	}
	sweep(112 * time.Hour)
	if got := left(); len(got) != 101 || got[0] != "1100" {
		t.Errorf("%d rows are left, the oldest %v", len(got), got[0])
	}
	sweep(time.Hour)
	if got := left(); !slices.Equal(got, subjects{"1200"}) {
		t.Errorf("left are %v", got)
	}
	now = now.Add(48 * time.Hour) // a step
	sweep(time.Hour)
	if got := left(); len(got) != 1 {
		t.Errorf("left are %v", got)
	}
}
