// Package testpostgres runs a real PostgreSQL for tests: one server for all tests of a
// process, one for a single test, or a primary with a standby.
//
// It promises that a server has a temporary folder, a Unix socket and a port on the
// loopback interface, and that nothing of it is left when the test or its process has
// ended, even if the process was killed. It runs as the user of the test, or as nobody
// if that is root, because PostgreSQL refuses to run as root. Its default collation is
// that of a language, not "C", so that a statement which relies on the order of bytes
// and does not say so fails here.
//
// A server does not wait for the disk. Killing it loses nothing that it acknowledged,
// because the kernel has it; only the end of the machine would.
//
// If a program is missing, the test fails with the name of its Debian package.
package testpostgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long to wait for a program of PostgreSQL.
const patience = 2 * time.Minute

// Variable is the environment variable with the URL of a server that runs already.
const Variable = "DXAUTH_TEST_POSTGRES"

// superuser is the role that owns a server and its databases.
const superuser = "dxauth"

// Server is a PostgreSQL server.
type Server struct {
	address url.URL  // of a database of the server, with a role that may create others
	cluster *cluster // nil: a server that ran before

	endsWithTest bool
	spare        spares
}

// Shared returns the server for all tests of this process: the one at the URL in
// [Variable], or one that ends with the process. The one at the URL must be for tests
// alone: some of their databases stay in it.
func Shared(t testing.TB) *Server {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatalf("starting PostgreSQL for the tests of this package: %v", err)
	}
	return server
}

var shared = sync.OnceValues(func() (*Server, error) {
	if address := os.Getenv(Variable); address != "" {
		return Running(address)
	}
	return Run()
})

// Running returns a server that runs already.
func Running(address string) (*Server, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New(Variable + " is not a URL") // which may have a password
	}
	return &Server{address: *parsed}, nil
}

// Run starts a server that ends with the process, or with [Server.Close]. Settings are
// lines of postgresql.conf.
func Run(settings ...string) (*Server, error) {
	c, err := newCluster()
	if err != nil {
		return nil, err
	}
	if err := c.initialize(settings); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return serverOf(c)
}

// serverOf starts the server of a cluster, or closes the cluster.
func serverOf(c *cluster) (*Server, error) {
	if err := c.start(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	query := url.Values{"host": {c.folder}, "port": {strconv.Itoa(c.port)}, "user": {superuser}}
	return &Server{address: url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: query.Encode()}, cluster: c}, nil
}

// Start starts a server for one test. Settings are lines of postgresql.conf.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	server, err := Run(settings...)
	if err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	server.endWith(t)
	return server
}

func (s *Server) endWith(t testing.TB) {
	s.endsWithTest = true
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of PostgreSQL on port %d:\n%s", s.cluster.port, s.cluster.lastWords())
		}
		if err := s.Close(); err != nil {
			t.Errorf("ending PostgreSQL: %v", err)
		}
	})
}

// Close ends a server that was started here, and removes its folder.
func (s *Server) Close() error {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.close()
}

// URL returns the URL of a database, for the role that owns it. It leads to the Unix
// socket unless the server ran before.
func (s *Server) URL(database string) string {
	address := s.address
	address.Path = "/" + database
	return address.String()
}

// HostPort returns the address of a server that was started here on the loopback
// interface, for [net.Dial].
func (s *Server) HostPort() string {
	return net.JoinHostPort(loopback, strconv.Itoa(s.cluster.port))
}

// TCPURL is like URL, but leads to [Server.HostPort].
func (s *Server) TCPURL(database string) string {
	address := url.URL{Scheme: "postgres", User: url.User(superuser), Host: s.HostPort(), Path: "/" + database}
	return address.String()
}

// Log returns what a server that was started here logged so far.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.cluster.folder, logName))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Folder returns the folder of a server that was started here.
func (s *Server) Folder() string { return s.cluster.folder }

// Execute runs statements in the database at a URL.
func Execute(url string, statements ...string) error {
	return with(url, func(ctx context.Context, conn *pgx.Conn) error {
		for _, statement := range statements {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// Value returns the only column of the only row of a query in the database at a URL, as
// text.
func Value(t testing.TB, url, query string) string {
	t.Helper()
	value, err := value(url, query)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func value(url, query string) (value string, err error) {
	err = with(url, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SELECT ("+query+")::text").Scan(&value)
	})
	return value, err
}

// with connects to a database for the time of f.
func with(url string, f func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return f(ctx, conn)
}

// Exec runs statements in the database postgres of a server.
func (s *Server) Exec(t testing.TB, statements ...string) {
	t.Helper()
	if err := Execute(s.URL("postgres"), statements...); err != nil {
		t.Fatal(err)
	}
}
