//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// gate holds the requests to one route, before they are served and again before
// they are answered.
type gate struct{ served, answered turnstile }

// turnstile lets a request through when the test has done its part.
type turnstile struct{ reached, released chan struct{} }

func newTurnstile() turnstile { return turnstile{make(chan struct{}), make(chan struct{})} }

func (s turnstile) pass() {
	close(s.reached)
	<-s.released
}

func (s turnstile) waitFor(t *testing.T) {
	t.Helper()
	select {
	case <-s.reached:
	case <-time.After(patience):
		t.Fatal("the server was not asked")
	}
}

// guard puts a gate before a route.
func (p *platform) guard(route string) *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := &gate{newTurnstile(), newTurnstile()}
	p.gates = map[string]*gate{route: g}
	return g
}

// gate returns the one before a route, or nil.
func (p *platform) gate(route string) *gate {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gates[route]
}

// serve is the handler's ServeHTTP; without a gate it is nothing else.
func (g *gate) serve(handler http.Handler, w http.ResponseWriter, r *http.Request) {
	if g == nil {
		handler.ServeHTTP(w, r)
		return
	}
	g.served.pass()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	g.answered.pass()
	w.WriteHeader(answer.Code)
	_, _ = io.Copy(w, answer.Body) // nobody may be there any more
}
