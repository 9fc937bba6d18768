// Package keylock has locks by key: one for each account, say, or for each account and
// network.
//
// It promises that at most a given number of callers hold a key at the same time, that
// the others get it first come, first served, and that it keeps nothing about keys that
// nobody holds or waits for. A lock may limit how many callers wait for a key, and how
// long.
//
// It orders the requests of one process, so that one user can't use up what others need.
// It is not a guard: what must hold when several processes share a store is decided in the
// store.
package keylock

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"
)

// ErrFull is returned for a key for which too many callers wait, or for which the caller
// waited too long.
var ErrFull = errors.New("too many callers wait")

// Limits bound who can hold a key, and who can wait for it.
type Limits struct {
	Slots   int           // callers that can hold a key at once
	Waiting int           // further callers that can wait for a key
	Wait    time.Duration // how long a caller waits; 0: as long as its context allows
}

// Locks has a lock for each key.
type Locks struct {
	limits Limits
	mutex  sync.Mutex
	keys   map[string]*heldKey
}

// heldKey exists as long as a goroutine holds the key or waits for it.
type heldKey struct {
	free  chan struct{} // holds one value for each free slot
	users int
}

// New returns locks with limits.
func New(limits Limits) *Locks {
	return &Locks{limits: limits, keys: map[string]*heldKey{}}
}

// NewMutexes returns locks that one caller at a time can hold, while any number waits.
func NewMutexes() *Locks { return New(Limits{Slots: 1, Waiting: math.MaxInt - 1}) }

// Lock waits for a key until ctx ends, and returns the function that unlocks it. It
// returns ErrFull at once if too many wait, and later if this caller waits too long.
func (l *Locks) Lock(ctx context.Context, key string) (unlock func(), err error) {
	held := l.hold(key)
	if held == nil {
		return nil, ErrFull
	}
	if err := l.wait(ctx, held); err != nil {
		l.drop(key, held)
		return nil, err
	}
	return func() { held.free <- struct{}{}; l.drop(key, held) }, nil
}

// wait takes a slot of the key. A free one costs no timer.
func (l *Locks) wait(ctx context.Context, held *heldKey) error {
	select {
	case <-held.free:
		return nil
	default:
	}
	var tooLong <-chan time.Time
	if l.limits.Wait > 0 {
		tooLong = time.After(l.limits.Wait)
	}
	select {
	case <-held.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-tooLong:
		return ErrFull
	}
}

// hold returns nil if too many hold the key or wait for it.
func (l *Locks) hold(key string) *heldKey {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	held, found := l.keys[key]
	if !found {
		held = &heldKey{free: make(chan struct{}, l.limits.Slots)}
		for range l.limits.Slots {
			held.free <- struct{}{}
		}
		l.keys[key] = held
	}
	if held.users >= l.limits.Slots+l.limits.Waiting {
		return nil
	}
	held.users++
	return held
}

func (l *Locks) drop(key string, held *heldKey) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if held.users--; held.users == 0 {
		delete(l.keys, key)
	}
}
