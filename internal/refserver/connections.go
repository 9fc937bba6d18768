package refserver

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// maxConnections bounds the open connections. Each costs a goroutine, some 16 KiB and
// an open file.
const maxConnections = 4096

// connectionLimit returns the default limit: a quarter of the files that the process
// may have open is left for other uses.
func connectionLimit() int {
	if files := openFiles(); files > 0 {
		return max(1, min(maxConnections, files/4*3))
	}
	return maxConnections
}

// connections bounds the open connections of a server. A connection beyond the limit
// is accepted, and another one is closed for it: of the network that has the most, the
// one that has been without a request for the longest, or else the one whose request
// runs for the longest. So no network can keep others out, nor can connections that
// are only held open keep out those that are used.
type connections struct {
	limit int

	mutex   sync.Mutex
	open    map[net.Conn]*connection
	sources map[string]*source
	closed  int // since the last call of takeClosed
	earlier int // closed before that
}

type connection struct {
	conn   net.Conn
	from   *source
	in     *list.List // waiting or active of from
	inList *list.Element
}

// source is a network with open connections, each list in the order in which they
// came into that state.
type source struct {
	name            string
	waiting, active list.List // for a request, and with one
}

func (s *source) count() int { return s.waiting.Len() + s.active.Len() }

// first returns the connection of the source that is closed first.
func (s *source) first() *connection {
	for _, in := range []*list.List{&s.waiting, &s.active} {
		if front := in.Front(); front != nil {
			return front.Value.(*connection)
		}
	}
	return nil
}

func newConnections(limit int) *connections {
	return &connections{limit: limit, open: map[net.Conn]*connection{}, sources: map[string]*source{}}
}

// note is an http.Server's ConnState: it is called for a new connection before the
// next one is accepted.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch state {
	case http.StateNew:
		if len(c.open) >= c.limit {
			c.closeFor(sourceOf(conn))
		}
		c.add(conn)
	case http.StateActive:
		if known := c.open[conn]; known != nil {
			known.moveTo(&known.from.active)
		}
	case http.StateIdle:
		if known := c.open[conn]; known != nil {
			known.moveTo(&known.from.waiting)
		}
	case http.StateHijacked, http.StateClosed:
		if known := c.open[conn]; known != nil {
			c.remove(known)
		}
	}
}

func (c *connections) add(conn net.Conn) {
	name := sourceOf(conn)
	from := c.sources[name]
	if from == nil {
		from = &source{name: name}
		c.sources[name] = from
	}
	added := &connection{conn: conn, from: from, in: &from.waiting}
	added.inList = added.in.PushBack(added)
	c.open[conn] = added
}

func (c *connection) moveTo(other *list.List) {
	c.in.Remove(c.inList)
	c.in = other
	c.inList = other.PushBack(c)
}

func (c *connections) remove(known *connection) {
	known.in.Remove(known.inList)
	delete(c.open, known.conn)
	if known.from.count() == 0 {
		delete(c.sources, known.from.name)
	}
}

// closeFor closes a connection of the source that has the most, those included that
// the named one will have.
func (c *connections) closeFor(newcomer string) {
	count := func(s *source) int {
		if s.name == newcomer {
			return s.count() + 1
		}
		return s.count()
	}
	most := c.sources[newcomer]
	for _, s := range c.sources {
		if most == nil || count(s) > count(most) {
			most = s
		}
	}
	victim := most.first()
	c.remove(victim)
	c.closed++
	_ = withoutTLS(victim.conn).Close() // an error means that it is closed
}

// withoutTLS returns the connection below TLS, which closes without a message that
// might have to wait.
func withoutTLS(conn net.Conn) net.Conn {
	if wrapped, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return wrapped.NetConn()
	}
	return conn
}

// takeClosed returns how many connections were closed for others since its last call.
func (c *connections) takeClosed() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	closed := c.closed
	c.closed, c.earlier = 0, c.earlier+closed
	return closed
}

// counts returns how many connections are open, and how many were closed for others.
func (c *connections) counts() (open, closed int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.open), c.earlier + c.closed
}

// sourceOf returns the network that a connection comes from.
func sourceOf(conn net.Conn) string {
	peer, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return identity.Source(netip.Addr{})
	}
	return identity.Source(peer.Addr())
}
