package service

import (
	"context"
	"sync"
)

// keyedMutex is a mutex for each key. It serializes the sign-ins of one account
// from one network: each is counted as failed before it is checked, so many right
// passwords at once would otherwise be throttled like wrong ones. It is not needed
// for security: the limit on guesses is counted in the store, which several
// processes share.
type keyedMutex struct {
	mutex sync.Mutex
	keys  map[string]*heldKey
}

// heldKey exists as long as a goroutine holds the key or waits for it.
type heldKey struct {
	free  chan struct{} // holds one value while the key is unlocked
	users int
}

func newKeyedMutex() *keyedMutex { return &keyedMutex{keys: map[string]*heldKey{}} }

// lock waits for a key until ctx ends, and returns the function that unlocks it.
func (m *keyedMutex) lock(ctx context.Context, key string) (unlock func(), err error) {
	held := m.hold(key)
	select {
	case <-held.free:
		return func() { held.free <- struct{}{}; m.drop(key, held) }, nil
	case <-ctx.Done():
		m.drop(key, held)
		return nil, ctx.Err()
	}
}

func (m *keyedMutex) hold(key string) *heldKey {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	held, found := m.keys[key]
	if !found {
		held = &heldKey{free: make(chan struct{}, 1)}
		held.free <- struct{}{}
		m.keys[key] = held
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
