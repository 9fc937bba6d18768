//go:build unix

package refserver

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A request waits for the database as few times as it can: a database may be far away.
func TestRoundTrips(t *testing.T) {
	database := newTripCounter(t, teststore.NewDatabase(t))
	handler := handlerOn(t, database.address(t))
	for _, test := range []struct {
		name, path, body string
		most             int64
	}{
		{"whoami", "/system/whoami", `{}`, 1},
		{"a sign-in", "/system/newAuthToken", `{"username": "alice", "password": "wonderland-2026"}`, 11},
		{"an API token", "/system/newAuthToken", `{"label": "backup", "username": "alice", "password": "wonderland-2026"}`, 10},
		{"a narrowed token", "/system/newAuthToken", `{"scope": {"projects": {"*": "VIEW"}}}`, 5},
		{"a new project", "/project/new", `{"name": "exomes"}`, 5},
		{"a list of projects", "/system/findProjects", `{}`, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 { // prepares the statements of the first time and of later ones
				ask(t, handler, test.path, test.body)
			}
			database.trips.Store(0)
			ask(t, handler, test.path, test.body)
			if trips := database.trips.Load(); trips > test.most {
				t.Errorf("%d round trips, at most %d", trips, test.most)
			}
		})
	}
}

// A page waits for the database once for the session of its visitor, and once for each
// statement that it needs: as many for an org with many members as for one with a few.
func TestRoundTripsOfPages(t *testing.T) {
	database := newTripCounter(t, teststore.NewDatabase(t))
	handler := handlerOn(t, database.address(t))
	visitor := &pageVisitor{handler: handler}
	visitor.send(t, http.MethodPost, "/console/sign-in", "username=alice&password=wonderland-2026")
	for path, most := range map[string]int64{
		"/console/":                              3,
		"/console/tokens":                        6,
		"/console/tokens/new":                    5,
		"/console/security":                      4,
		"/console/profile":                       3,
		"/console/orgs":                          4,
		"/console/orgs/org-lab":                  5,
		"/console/orgs/org-lab/members/user-bob": 5,
		"/console/orgs/org-lab/invite":           3,
		"/console/orgs/org-lab/tokens":           7,
		"/console/admin/users":                   3,
		"/console/admin/users/user-bob":          6,
		"/console/admin/users/user-bob/tokens":   3,
		"/console/admin/audit":                   3,
	} {
		t.Run(path, func(t *testing.T) {
			for range 2 {
				visitor.send(t, http.MethodGet, path, "")
			}
			database.trips.Store(0)
			visitor.send(t, http.MethodGet, path, "")
			if trips := database.trips.Load(); trips > most {
				t.Errorf("%d round trips, at most %d", trips, most)
			}
		})
	}
}

// pageVisitor is a browser on the machine of the server.
type pageVisitor struct {
	handler http.Handler
	cookies []*http.Cookie
}

// send sends a request, and keeps the cookies of the response.
func (v *pageVisitor) send(t *testing.T, method, path, form string) {
	t.Helper()
	request := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(form))
	request.RemoteAddr = "127.0.0.1:50000"
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, cookie := range v.cookies {
		request.AddCookie(cookie)
	}
	response := httptest.NewRecorder()
	v.handler.ServeHTTP(response, request)
	if response.Code >= http.StatusBadRequest {
		t.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
	v.cookies = append(v.cookies, response.Result().Cookies()...)
}

// handlerOn returns a server whose store has one connection, with a user and a token.
func handlerOn(t *testing.T, address postgres.Address) http.Handler {
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{Address: address, Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026, superuser: true}, {username: bob}, {username: carol}]
orgs: [{handle: lab, name: Lab, admins: [alice], members: [bob, carol]}]
tokens:
  - {user: alice, value: ` + benchToken + `, label: ci, expires: 1d}
  - {user: alice, value: 0123456789abcdefghijABCDEFGHIJ77, label: narrow, expires: 1d, scope: {projects: {genomes: VIEW}}}
projects: [{name: genomes, createdBy: alice, permissions: {alice: ADMINISTER}}]
`))
	if err != nil {
		t.Fatal(err)
	}
	server, err := Open(t.Context(), Config{Database: db, Fixture: &file, HashParams: passwordhash.Cheapest()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.Handler()
}

// ask sends a request, with a token unless it has a password.
func ask(t *testing.T, handler http.Handler, path, body string) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	if !strings.Contains(body, "password") {
		request.Header.Set("Authorization", "Bearer "+benchToken)
	}
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	if response.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, response.Code, response.Body)
	}
}

// tripCounter is a proxy in front of a database. A round trip is what is sent to the
// database after it responded; nobody waits for the end of a transaction that is given up.
type tripCounter struct {
	listener net.Listener
	behind   *pgconn.Config
	trips    atomic.Int64
}

func newTripCounter(t *testing.T, database postgres.Address) *tripCounter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c := &tripCounter{listener: listener, behind: &database.Config().Config}
	go c.serve()
	return c
}

// address is that of the proxy.
func (c *tripCounter) address(t *testing.T) postgres.Address {
	t.Helper()
	address, err := postgres.ParseAddress(secret.New(fmt.Sprintf("postgres://%s@%s/%s", c.behind.User, c.listener.Addr(), c.behind.Database)))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// serve serves connections until the listener is closed.
func (c *tripCounter) serve() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		network, address := pgconn.NetworkAddress(c.behind.Host, c.behind.Port)
		server, err := net.Dial(network, address)
		if err != nil {
			_ = client.Close()
			continue
		}
		var responded atomic.Bool
		go relay(server, client, func(sent []byte) {
			if responded.Swap(false) && !bytes.Contains(sent, []byte("ROLLBACK")) {
				c.trips.Add(1)
			}
		})
		go relay(client, server, func([]byte) { responded.Store(true) })
	}
}

// relay copies what one connection sends to the other, and calls seen for each part of it
// before the other gets it.
func relay(to, from net.Conn, seen func([]byte)) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			seen(buffer[:n])
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
