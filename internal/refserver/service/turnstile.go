package service

import (
	"context"
	"sync"
)

// turnstile lets the holders of one key through one after the other. A sign-in
// is counted as failed before it is looked at, so without it many right
// passwords at once would look like many wrong ones.
type turnstile struct {
	mutex sync.Mutex
	lanes map[string]*lane
}

// lane is there as long as somebody is in it or waits for it.
type lane struct {
	free  chan struct{} // holds one value while nobody is inside
	users int
}

func newTurnstile() *turnstile { return &turnstile{lanes: map[string]*lane{}} }

// enter waits for the lane of a key. The function that it returns leaves it.
func (t *turnstile) enter(ctx context.Context, key string) (leave func(), err error) {
	l := t.join(key)
	select {
	case <-l.free:
		return func() { l.free <- struct{}{}; t.part(key, l) }, nil
	case <-ctx.Done():
		t.part(key, l)
		return nil, ctx.Err()
	}
}

func (t *turnstile) join(key string) *lane {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	l, found := t.lanes[key]
	if !found {
		l = &lane{free: make(chan struct{}, 1)}
		l.free <- struct{}{}
		t.lanes[key] = l
	}
	l.users++
	return l
}

func (t *turnstile) part(key string, l *lane) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if l.users--; l.users == 0 {
		delete(t.lanes, key)
	}
}
