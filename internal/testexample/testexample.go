// Package testexample has a testing.TB for Example functions, so that they can use
// package dxtest: Go passes a *testing.T only to tests.
//
// It promises that a failure panics, so that the example fails; that folders are
// temporary; and that [TB.End] runs the cleanups in reverse order, as at the end of a
// test. It has only the methods that dxtest calls; any other one panics.
package testexample

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
)

// TB is a testing.TB outside of a test. Make one with New and end it with End.
type TB struct {
	testing.TB // nil: only the methods below can be called
	cancel     context.CancelFunc
	ctx        context.Context
	cleanups   []func()
}

// New returns a TB.
func New() *TB {
	ctx, cancel := context.WithCancel(context.Background())
	return &TB{ctx: ctx, cancel: cancel}
}

// End cancels the context and runs the cleanups.
func (t *TB) End() {
	t.cancel()
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

// Helper does nothing.
func (t *TB) Helper() {}

// Context returns a context that End cancels.
func (t *TB) Context() context.Context { return t.ctx }

// Output returns a writer that discards the log.
func (t *TB) Output() io.Writer { return io.Discard }

// Cleanup registers a function that End calls.
func (t *TB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Errorf panics.
func (t *TB) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// Fatalf panics.
func (t *TB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// TempDir returns a new folder that End removes.
func (t *TB) TempDir() string {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
