//go:build unix

package soak

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// A fact is a value that the server was asked to change. If it acknowledged the change,
// one value is possible; if its response was lost, two are.
type fact[T comparable] struct{ known, possible T }

func factOf[T comparable](value T) fact[T] { return fact[T]{known: value, possible: value} }

// change records the result of the call that set the value.
func (f *fact[T]) change(value T, err error) {
	switch {
	case err == nil:
		*f = factOf(value)
	case isLost(err):
		f.possible = value
	}
}

// settle records the actual value, and reports whether it was possible.
func (f *fact[T]) settle(value T) bool {
	fits := value == f.known || value == f.possible
	*f = factOf(value)
	return fits
}

// isLost reports whether a call ended without a response, or with one that leaves open
// whether it changed anything.
func isLost(err error) bool {
	_, unreachable := errors.AsType[*httpcall.UnreachableError](err)
	return unreachable || errors.Is(err, context.Canceled) || dnanexus.IsType(err, dnanexus.TypeUnknownOutcome) || isOfProxy(err)
}

// isOfProxy reports whether a proxy responded for a server that was gone.
func isOfProxy(err error) bool {
	failure, ok := errors.AsType[*httpcall.UnexpectedAnswerError](err)
	return ok && failure.Status >= http.StatusBadGateway
}

func TestFact(t *testing.T) {
	lost, refused := &httpcall.UnreachableError{}, &dnanexus.Error{}
	for name, c := range map[string]struct {
		err     error
		yes, no bool // whether the fact may be true, or false, after it was to become true
	}{
		"acknowledged": {err: nil, yes: true, no: false},
		"lost":         {err: lost, yes: true, no: true},
		"given up":     {err: context.Canceled, yes: true, no: true},
		"refused":      {err: refused, yes: false, no: true},
	} {
		for _, seen := range []bool{true, false} {
			f := factOf(false)
			f.change(true, c.err)
			if got, want := f.settle(seen), map[bool]bool{true: c.yes, false: c.no}[seen]; got != want {
				t.Errorf("%s: %v is possible: %v, want %v", name, seen, got, want)
			}
			if f.settle(!seen) {
				t.Errorf("%s: what was seen to be %v may be %v", name, seen, !seen)
			}
		}
	}
}
