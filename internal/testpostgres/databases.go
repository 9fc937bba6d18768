package testpostgres

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// NewDatabase makes an empty database for a test and returns its URL.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	return s.copyFor(t, "template1")
}

// CopyOf makes a database for a test, with the content of a template, and returns its
// URL. The first caller on a server fills the template, whatever process it is in: the
// name has to change with the content.
func (s *Server) CopyOf(t testing.TB, template string, fill func(url string) error) string {
	t.Helper()
	if err := s.ensureTemplate(template, fill); err != nil {
		t.Fatalf("making the template %s: %v", template, err)
	}
	return s.copyFor(t, template)
}

func (s *Server) copyFor(t testing.TB, template string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	s.Exec(t, "CREATE DATABASE "+name+" TEMPLATE "+quoted(template))
	if s.endsWithTest {
		return s.URL(name) // and a primary without its standby could not remove it
	}
	t.Cleanup(func() { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.URL(name)
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// templateLock is the advisory lock of whoever fills a template.
const templateLock = 7236

// ensureTemplate fills a template unless it exists. It gets its name when it is
// complete.
func (s *Server) ensureTemplate(name string, fill func(url string) error) error {
	return with(s.URL("postgres"), func(ctx context.Context, conn *pgx.Conn) error {
		if isThere, err := exists(ctx, conn, name); isThere || err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
			return err
		}
		if isThere, err := exists(ctx, conn, name); isThere || err != nil {
			return err
		}
		draft := name + "_draft"
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + quoted(draft) + " WITH (FORCE)", "CREATE DATABASE " + quoted(draft)} {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return err
			}
		}
		if err := fill(s.URL(draft)); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, "ALTER DATABASE "+quoted(draft)+" RENAME TO "+quoted(name))
		return err
	})
}

func exists(ctx context.Context, conn *pgx.Conn, database string) (found bool, err error) {
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&found)
	return found, err
}
