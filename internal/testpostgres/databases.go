package testpostgres

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// NewDatabase makes an empty database for a test and returns its URL.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name, err := s.create("template1")
	if err != nil {
		t.Fatal(err)
	}
	if !s.endsWithTest { // such a server may be a primary without its standby, which cannot remove one
		t.Cleanup(func() { s.drop(t, name) })
	}
	return s.URL(name)
}

// CopyOf returns the URL of a database with the content of a template, for a test
// alone. The first caller on a server fills the template, whatever process it is in:
// the name has to change with the content.
//
// A database is emptied and used again, which takes a tenth of the time of making one.
// The rows of the template come back, and its sequences start again; connections that
// are open and idle stay. If the test changed the schema, the database is dropped.
func (s *Server) CopyOf(t testing.TB, template string, fill func(url string) error) string {
	t.Helper()
	if name := s.spare.take(template); name != "" {
		s.putBackAfter(t, template, name)
		return s.URL(name)
	}
	err := s.ensureTemplate(template, fill)
	if err != nil {
		t.Fatalf("making the template %s: %v", template, err)
	}
	name, err := s.create(template)
	if err != nil {
		t.Fatal(err)
	}
	s.putBackAfter(t, template, name)
	return s.URL(name)
}

func (s *Server) create(template string) (name string, err error) {
	name = "test_" + strings.ToLower(rand.Text())
	return name, Execute(s.URL("postgres"), "CREATE DATABASE "+name+" TEMPLATE "+quoted(template))
}

func (s *Server) drop(t testing.TB, name string) { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// spares are databases that nobody uses, by their template.
type spares struct {
	mu   sync.Mutex
	free map[string][]string
}

// take returns a database, or "" if there is none.
func (s *spares) take(template string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := s.free[template]
	if len(free) == 0 {
		return ""
	}
	s.free[template] = free[:len(free)-1]
	return free[len(free)-1]
}

func (s *spares) put(template, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == nil {
		s.free = map[string][]string{}
	}
	s.free[template] = append(s.free[template], name)
}

func (s *Server) putBackAfter(t testing.TB, template, name string) {
	if s.endsWithTest {
		return
	}
	t.Cleanup(func() {
		same, err := s.empty(name)
		switch {
		case err != nil:
			t.Errorf("emptying the database of the test: %v", err)
		case same:
			s.spare.put(template, name)
		default:
			s.drop(t, name)
		}
	})
}

// kept is the schema for the rows of a template, and for what its tables are.
const kept = "template"

// keepRows copies the rows of a template into another schema.
const keepRows = `DO $$ DECLARE t regclass; BEGIN
	CREATE SCHEMA ` + kept + `;
	FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('CREATE TABLE ` + kept + `.%s AS SELECT * FROM %s', t, t);
	END LOOP;
END $$;
CREATE TABLE ` + kept + `."its schema" AS SELECT (` + fingerprint + `) AS fingerprint`

// bringBack makes the content of a database that of its template, and ends sessions in which
// something goes on. It uses DELETE, which is quicker than TRUNCATE unless there is much to
// delete.
const bringBack = `DO $$ DECLARE t regclass; many text; BEGIN
	PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle';
	SET LOCAL session_replication_role = replica; -- no triggers, no foreign keys
	SELECT string_agg(oid::regclass::text, ', ') INTO many FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 1000000;
	IF many IS NOT NULL THEN
		EXECUTE 'TRUNCATE ' || many || ' CASCADE';
	END IF;
	FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('DELETE FROM %s', t);
		EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM ` + kept + `.%s', t, t);
	END LOOP;
	FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('ALTER SEQUENCE %s RESTART', t);
	END LOOP;
END $$`

// fingerprint is a query that differs if a test changed the schema.
const fingerprint = `SELECT md5(string_agg(part, ' ' ORDER BY part COLLATE "C")) FROM (
	SELECT concat_ws(' ', 'c', oid, relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace
	UNION ALL SELECT concat_ws(' ', 'a', attrelid, attname, atttypid, attnotnull) FROM pg_attribute
		JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
	UNION ALL SELECT concat_ws(' ', 't', oid, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
	UNION ALL SELECT concat_ws(' ', 'k', oid, conname) FROM pg_constraint
	UNION ALL SELECT concat_ws(' ', 'p', oid, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
	UNION ALL SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
) AS parts (part)`

// empty brings the content of a template back. It reports whether the schema is the
// template's, too.
func (s *Server) empty(name string) (same bool, err error) {
	err = with(s.URL(name), func(ctx context.Context, conn *pgx.Conn) error {
		err := conn.QueryRow(ctx, `SELECT (`+fingerprint+`) = fingerprint FROM `+kept+`."its schema"`).Scan(&same)
		if err != nil || !same {
			return err
		}
		_, err = conn.Exec(ctx, bringBack)
		return err
	})
	return same, err
}

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
		return s.makeTemplate(name, fill)
	})
}

func (s *Server) makeTemplate(name string, fill func(url string) error) error {
	draft := name + "_draft"
	err := Execute(s.URL("postgres"), "DROP DATABASE IF EXISTS "+quoted(draft)+" WITH (FORCE)", "CREATE DATABASE "+quoted(draft))
	if err != nil {
		return err
	}
	if err := fill(s.URL(draft)); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	if err := Execute(s.URL(draft), keepRows); err != nil {
		return err
	}
	return Execute(s.URL("postgres"), "ALTER DATABASE "+quoted(draft)+" RENAME TO "+quoted(name))
}

func exists(ctx context.Context, conn *pgx.Conn, database string) (found bool, err error) {
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&found)
	return found, err
}
