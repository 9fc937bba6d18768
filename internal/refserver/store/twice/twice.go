// Package twice makes tests run every write twice.
//
// A database that runs writes concurrently, such as PostgreSQL, rolls back one of
// two that touched the same rows and runs it again. SQLite never does that, so tests
// do it here.
//
// It promises that the first run of a write is rolled back, whatever it
// returned, and that the second one counts. What the first run left outside of
// the store, in a variable that the function sets or appends to, makes the test
// fail. Reads run once.
package twice

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Writes returns db with writes that run twice.
func Writes(db transaction.DB) transaction.DB { return writer{db} }

type writer struct{ transaction.DB }

// errRollBack ends the first run.
var errRollBack = errors.New("first run: rolled back")

// Write implements transaction.DB.
func (w writer) Write(ctx context.Context, f func(transaction.Tx) error) error {
	err := w.DB.Write(ctx, func(tx transaction.Tx) error { return errors.Join(errRollBack, f(tx)) })
	if !errors.Is(err, errRollBack) { // the store itself failed
		return err
	}
	return w.DB.Write(ctx, f)
}
