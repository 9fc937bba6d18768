// Package places remembers where the next page of a list begins, for clients that count
// rows instead of sending a cursor back.
//
// It promises that a client which reads a list from its start, page by page, is found
// where it is, so that no page counts or skips the rows before it; that it keeps a bounded
// number of places, each for a few minutes; and that to forget one costs time only, because
// whoever finds none counts. So it needs no store, and each server has its own.
package places

import (
	"sync"
	"time"
)

// Key names a place: a list, and the number of the row that is next in it.
type Key struct {
	List string
	Next int
}

// A place is forgotten when atMost others were remembered after it, or after maxAge: at the
// latest twice that much later.
const (
	atMost = 1000
	maxAge = 5 * time.Minute
)

// Places remember a value for each place.
type Places[V any] struct {
	mutex        sync.Mutex
	newer, older map[Key]V
	newerBegan   time.Time
}

// New returns Places that are empty.
func New[V any]() *Places[V] { return &Places[V]{newer: map[Key]V{}} }

// Remember keeps a value until it is too old.
func (p *Places[V]) Remember(key Key, value V, now time.Time) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.age(now)
	p.newer[key] = value
}

// Find returns the value that was remembered for a place.
func (p *Places[V]) Find(key Key, now time.Time) (value V, found bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.age(now)
	if value, found = p.newer[key]; !found {
		value, found = p.older[key]
	}
	return value, found
}

// age drops the older half when the newer one is full or too old. A clock that was set back
// makes it begin anew.
func (p *Places[V]) age(now time.Time) {
	age := now.Sub(p.newerBegan)
	switch {
	case age >= 2*maxAge || age < 0:
		p.older, p.newer, p.newerBegan = nil, map[Key]V{}, now
	case age >= maxAge || len(p.newer) >= atMost:
		p.older, p.newer, p.newerBegan = p.newer, map[Key]V{}, now
	}
}
