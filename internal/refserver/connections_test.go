package refserver

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// named is a connection from an address that records that it was closed.
type named struct {
	net.Conn
	name, address string
	closed        *[]string
}

func (n named) RemoteAddr() net.Addr { return peerAddress(n.address) }

func (n named) Close() error {
	*n.closed = append(*n.closed, n.name)
	return nil
}

type peerAddress string

func (peerAddress) Network() string  { return "tcp" }
func (a peerAddress) String() string { return string(a) }

// Which connection is closed for a new one: of the network with the most, the one that
// waits for a request for the longest, or else the one with the oldest request.
func TestWhichConnectionIsClosed(t *testing.T) {
	for name, c := range map[string]struct{ events, closed string }{
		"none below the limit":       {"new a1, new a2, new a3, new a4", ""},
		"the oldest":                 {"new a1, new a2, new a3, new a4, new a5, new a6", "a1 a2"},
		"not one with a request":     {"new a1, active a1, new a2, new a3, new a4, new b1", "a2"},
		"the first without anything": {"new a1, new a2, active a1, idle a1, new a3, new a4, new a5, new a6", "a2 a1"},
		"the oldest request":         {"new a1, new a2, new a3, new a4, active a3, active a1, active a2, active a4, new a5", "a3"},
		"of the one with the most":   {"new b1, new a1, new a2, new a3, new b2", "a1"},
		"the new one is counted":     {"new b1, new b2, new a1, new a2, new a3", "a1"},
		"each network has one":       {"new a1, new b1, new c1, new x1, new a2", "a1"},
		"active ones of the most":    {"new b1, new a1, new a2, new a3, active a1, active a2, active a3, new b2", "a1"},
		"ended ones do not count":    {"new a1, new a2, new a3, new a4, closed a2, new a5", ""},
		"hijacked ones do not count": {"new a1, new a2, new a3, new a4, hijacked a2, new a5", ""},
		"one network of IPv6":        {"new x1, new y1, new b1, new b2, new x2", "x1"},
		"late news of a closed one":  {"new a1, new a2, new a3, new a4, new a5, active a1, idle a1, closed a1, new a6", "a1 a2"},
	} {
		t.Run(name, func(t *testing.T) {
			var closed []string
			limit := newConnections(4)
			open := map[string]named{}
			for _, event := range strings.Split(c.events, ", ") {
				kind, conn, _ := strings.Cut(event, " ")
				if kind == "new" {
					from := map[byte]string{'a': "192.0.2.1:1", 'b': "192.0.2.2:1", 'c': "192.0.2.3:1", 'x': "[2001:db8::1]:1", 'y': "[2001:db8::2]:1"}[conn[0]]
					open[conn] = named{name: conn, address: from, closed: &closed}
				}
				limit.note(open[conn], map[string]http.ConnState{
					"new": http.StateNew, "active": http.StateActive, "idle": http.StateIdle, "hijacked": http.StateHijacked, "closed": http.StateClosed,
				}[kind])
			}
			if diff := cmp.Diff(strings.Fields(c.closed), closed); diff != "" && c.closed+strings.Join(closed, "") != "" {
				t.Errorf("closed (-want +got):\n%s", diff)
			}
			if n := limit.takeClosed(); n != len(closed) || limit.takeClosed() != 0 {
				t.Errorf("%d were counted as closed", n)
			}
		})
	}
}

// However connections are held open, many of them keep no new one out.
func TestHeldConnectionsKeepNoneOut(t *testing.T) {
	const limit = 8
	for name, sends := range map[string]string{
		"nothing":                   "",
		"headers without an end":    "POST /system/greet HTTP/1.1\r\nHost: localhost\r\n",
		"a body without an end":     request(10) + "{",
		"no request after a first":  request(2) + "{}",
		"no request after an error": "x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := serve(t, openOwn(t, Config{Connections: limit}))
				var closed atomic.Int64
				for range 10 * limit {
					connection := r.connect(sends)
					go func() {
						_, _ = io.Copy(io.Discard, connection) // until the other side closes it
						closed.Add(1)
					}()
					synctest.Wait()
				}
				fresh := r.connect(request(2) + "{}")
				if status := r.statusOf(fresh); status != http.StatusOK {
					t.Errorf("a new connection gets status %d", status)
				}
				synctest.Wait()
				if open := 10*limit - closed.Load(); open >= limit {
					t.Errorf("%d connections are open beside the new one", open)
				}
				r.stop()
				for range r.served { // nothing may be left in the bubble
				}
				time.Sleep(time.Minute) // of the fake clock: net/http waits before it closes after an error
			})
		})
	}
}
