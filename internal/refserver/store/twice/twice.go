// Package twice makes tests run every write twice.
//
// A transaction may run again: a database that runs writes beside each other
// undoes one of two that touched the same rows, and it has to start over. The
// reference server's own engine never does that, so tests do it here.
//
// It promises that the first run of a write is rolled back, whatever it
// returned, and that the second one counts. What is left of the first run, in a
// variable that the function sets or appends to, or outside of the store, shows
// as a failure of the test. Reads run once. Under the race detector, which makes
// the store slow, writes run once too.
package twice

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Writes returns db with writes that run twice.
func Writes(db transaction.DB) transaction.DB {
	if raceDetector {
		return db
	}
	return writer{db}
}

type writer struct{ transaction.DB }

// errRollBack ends the first run.
var errRollBack = errors.New("this run is rolled back")

// Write implements transaction.DB.
func (w writer) Write(ctx context.Context, f func(transaction.Tx) error) error {
	err := w.DB.Write(ctx, func(tx transaction.Tx) error { return errors.Join(errRollBack, f(tx)) })
	if !errors.Is(err, errRollBack) { // the store could not serve
		return err
	}
	return w.DB.Write(ctx, f)
}
