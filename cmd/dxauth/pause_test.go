//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// pause stops the requests to one route before they are served, and again before
// the response is sent.
type pause struct{ served, answered checkpoint }

// checkpoint stops a request until the test releases it.
type checkpoint struct{ reached, released chan struct{} }

func newCheckpoint() checkpoint { return checkpoint{make(chan struct{}), make(chan struct{})} }

func (s checkpoint) pass() {
	close(s.reached)
	<-s.released
}

func (s checkpoint) waitFor(t *testing.T) {
	t.Helper()
	select {
	case <-s.reached:
	case <-time.After(patience):
		t.Fatal("the request did not arrive")
	}
}

// pauseAt stops the next request to a route.
func (p *platform) pauseAt(route string) *pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := &pause{newCheckpoint(), newCheckpoint()}
	p.pauses = map[string]*pause{route: held}
	return held
}

// pauseOf returns the pause at a route, or nil.
func (p *platform) pauseOf(route string) *pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pauses[route]
}

// serve calls the handler. A nil pause stops nothing.
func (p *pause) serve(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	if p == nil {
		handler.ServeHTTP(w, r)
		return
	}
	p.served.pass()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	p.answered.pass()
	w.WriteHeader(answer.Code)
	_, _ = io.Copy(w, answer.Body) // the client may be gone
}
