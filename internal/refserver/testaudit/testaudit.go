// Package testaudit records what the use cases under test write into the audit log.
//
// It promises that a row is there once its transaction is committed, and only once: what
// a run that was rolled back appended does not count. The rows go to the store as well. A
// DB may be used by several goroutines at once.
package testaudit

import (
	"context"
	"slices"
	"sync"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// DB is a store whose audit rows are recorded.
type DB struct {
	transaction.DB
	mutex sync.Mutex
	rows  []audit.Entry
}

// New returns a DB that stores what it gets in another one.
func New(db transaction.DB) *DB { return &DB{DB: db} }

// Write implements transaction.DB.
func (d *DB) Write(ctx context.Context, f func(transaction.Tx) error) error {
	var rows []audit.Entry // of the last run
	err := d.DB.Write(ctx, func(tx transaction.Tx) error {
		rows = nil
		return f(recorder{tx, &rows})
	})
	if err != nil {
		return err
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.rows = append(d.rows, rows...)
	return nil
}

type recorder struct {
	transaction.Tx
	rows *[]audit.Entry
}

func (r recorder) AppendAudit(ctx context.Context, entry audit.Entry) error {
	*r.rows = append(*r.rows, entry)
	return r.Tx.AppendAudit(ctx, entry)
}

func (r recorder) AppendAudits(ctx context.Context, entry audit.Entry, subjects []string) error {
	for _, subject := range subjects {
		entry.Subject = subject
		*r.rows = append(*r.rows, entry)
	}
	return r.Tx.AppendAudits(ctx, entry, subjects)
}

// Last returns the last rows. There must be that many.
func (d *DB) Last(count int) []audit.Entry {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return slices.Clone(d.rows[len(d.rows)-count:])
}

// Of returns the rows of an action.
func (d *DB) Of(action audit.Action) []audit.Entry {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(d.rows), func(row audit.Entry) bool { return row.Action != action })
}

// Take returns the rows since it was called before.
func (d *DB) Take() []audit.Entry {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	rows := d.rows
	d.rows = nil
	return rows
}
