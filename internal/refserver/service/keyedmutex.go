package service

import (
	"context"
	"errors"
	"math"
	"sync"
)

// keyedMutex is a mutex for each key. It serializes the sign-ins of one account
// from one network: each is counted as failed before it is checked, so many right
// passwords at once would otherwise be throttled like wrong ones. It is not needed
// for security: the limit on guesses is counted in the store, which several
// processes share.
type keyedMutex struct {
	slots int // callers that can hold a key at once; 1 for a mutex
	queue int // further callers that can wait for a key
	mutex sync.Mutex
	keys  map[string]*heldKey
}

// heldKey exists as long as a goroutine holds the key or waits for it.
type heldKey struct {
	free  chan struct{} // holds one value for each free slot
	users int
}

func newKeyedMutex() *keyedMutex { return newKeyedLimiter(1, math.MaxInt-1) }

// newKeyedLimiter returns a keyedMutex that several callers can hold at once.
func newKeyedLimiter(slots, queue int) *keyedMutex {
	return &keyedMutex{slots: slots, queue: queue, keys: map[string]*heldKey{}}
}

// errQueueFull is returned for a key for which too many callers wait.
var errQueueFull = errors.New("too many callers wait")

// lock waits for a key until ctx ends, first come, first served, and returns the
// function that unlocks it. It returns errQueueFull at once if too many wait.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	held := m.hold(key)
	if held == nil {
		return nil, errQueueFull
	}
	select {
	case <-held.free:
		return func() { held.free <- struct{}{}; m.drop(key, held) }, nil
	case <-ctx.Done():
		m.drop(key, held)
		return nil, ctx.Err()
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
