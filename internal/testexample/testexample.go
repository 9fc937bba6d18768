// Package testexample gives an Example function the testing.TB that package dxtest
// takes, because Go passes a *testing.T to tests only.
//
// It promises that a failure is seen, because it ends the example with a panic; that
// folders are temporary; and that [TB.End] runs what was registered to be cleaned up,
// the last first, as at the end of a test. Methods that dxtest does not call are not
// there, and calling one panics.
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

// Output discards what is logged.
func (t *TB) Output() io.Writer { return io.Discard }

// Cleanup registers what End runs.
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
