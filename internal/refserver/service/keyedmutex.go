package service

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"
)

// keyedMutex is a mutex for each key. It serializes the sign-ins of one account
// from one network: each is counted as failed before it is checked, so many right
// passwords at once would otherwise be throttled like wrong ones. It is not needed
// for security: the limit on guesses is counted in the store, which several
// processes share.
type keyedMutex struct {
	slots int // callers that can hold a key at once; 1 for a mutex
	queue int // further callers that can wait for a key

	patience time.Duration // how long a caller waits; 0: as long as its context allows

	mutex sync.Mutex
	keys  map[string]*heldKey
}

// heldKey exists as long as a goroutine holds the key or waits for it.
type heldKey struct {
	free  chan struct{} // holds one value for each free slot
	users int
}

func newKeyedMutex() *keyedMutex { return newKeyedLimiter(1, math.MaxInt-1, 0) }

// newKeyedLimiter returns a keyedMutex that several callers can hold at once.
func newKeyedLimiter(slots, queue int, patience time.Duration) *keyedMutex {
	return &keyedMutex{slots: slots, queue: queue, patience: patience, keys: map[string]*heldKey{}}
}

// errQueueFull is returned for a key for which too many callers wait, or for which the
// caller waited too long.
var errQueueFull = errors.New("too many callers wait")

// lock waits for a key until ctx ends, first come, first served, and returns the
// function that unlocks it. It returns errQueueFull at once if too many wait, and later
// if this caller waits too long.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	held := m.hold(key)
	if held == nil {
		return nil, errQueueFull
	}
	if err := m.wait(ctx, held); err != nil {
		m.drop(key, held)
		return nil, err
	}
	return func() { held.free <- struct{}{}; m.drop(key, held) }, nil
}

// wait takes a slot of the key. A free one costs no timer.
func (m *keyedMutex) wait(ctx context.Context, held *heldKey) error {
	select {
	case <-held.free:
		return nil
	default:
	}
	var tooLong <-chan time.Time
	if m.patience > 0 {
		tooLong = time.After(m.patience)
	}
	select {
	case <-held.free:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-tooLong:
		return errQueueFull
	}
}

// hold returns nil if too many hold the key or wait for it.
func (m *keyedMutex) hold(key string) *heldKey {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	held, found := m.keys[key]
	if !found {
		held = &heldKey{free: make(chan struct{}, m.slots)}
		for range m.slots {
			held.free <- struct{}{}
		}
		m.keys[key] = held
	}
	if held.users >= m.slots+m.queue {
		return nil
	}
	held.users++
	return held
}

func (m *keyedMutex) drop(key string, held *heldKey) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if held.users--; held.users == 0 {
		delete(m.keys, key)
	}
}
