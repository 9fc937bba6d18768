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
	if d := s.spare.take(template); d != nil {
		s.putBackAfter(t, template, d)
		return s.URL(d.name)
	}
	err := s.ensureTemplate(template, fill)
	if err != nil {
		t.Fatalf("making the template %s: %v", template, err)
	}
	name, err := s.create(template)
	if err != nil {
		t.Fatal(err)
	}
	s.putBackAfter(t, template, &database{name: name})
	return s.URL(name)
}

func (s *Server) create(template string) (name string, err error) {
	name = "test_" + strings.ToLower(rand.Text())
	return name, Execute(s.URL("postgres"), "CREATE DATABASE "+name+" TEMPLATE "+quoted(template))
}

func (s *Server) drop(t testing.TB, name string) { s.Exec(t, "DROP DATABASE "+name+" WITH (FORCE)") }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// database is a copy of a template.
type database struct {
	name string
	conn *pgx.Conn // on which it is emptied; nil: it never was
}

// spares are databases that nobody uses, by their template.
type spares struct {
	mu   sync.Mutex
	free map[string][]*database
}

// take returns a database, or nil if there is none.
func (s *spares) take(template string) *database {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := s.free[template]
	if len(free) == 0 {
		return nil
	}
	s.free[template] = free[:len(free)-1]
	return free[len(free)-1]
}

func (s *spares) put(template string, d *database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == nil {
		s.free = map[string][]*database{}
	}
	s.free[template] = append(s.free[template], d)
}

func (s *Server) putBackAfter(t testing.TB, template string, d *database) {
	if s.endsWithTest {
		return
	}
	t.Cleanup(func() {
		same, err := s.empty(d)
		switch {
		case err != nil:
			t.Errorf("emptying the database of the test: %v", err)
		case same:
			s.spare.put(template, d)
		default:
			s.drop(t, d.name)
		}
	})
}

// kept is the schema for the rows of a template, and for what its tables are.
const kept = "template"

// keepRows copies the rows of a template into another schema, and makes the procedure
// bring_back there, which makes the content of a database that of its template: a session
// plans its statements once. It uses DELETE, which is quicker than TRUNCATE unless there is
// much to delete.
const keepRows = `DO $body$ DECLARE t regclass; first bigint; has_rows bool; statements text := ''; BEGIN
	CREATE SCHEMA ` + kept + `;
	FOR t IN SELECT oid::regclass FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
		EXECUTE format('CREATE TABLE ` + kept + `.%s AS SELECT * FROM %s', t, t);
		statements := statements || format('DELETE FROM %s;', t);
		EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t) INTO has_rows;
		IF has_rows THEN
			statements := statements || format('INSERT INTO %s OVERRIDING SYSTEM VALUE SELECT * FROM ` + kept + `.%s;', t, t);
		END IF;
	END LOOP;
	FOR t, first IN SELECT seqrelid::regclass, seqstart FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid WHERE relnamespace = 'public'::regnamespace LOOP
		statements := statements || format('PERFORM setval(%L, %s, false);', t, first);
	END LOOP;
	EXECUTE format('CREATE PROCEDURE ` + kept + `.bring_back() LANGUAGE plpgsql AS %L', 'DECLARE many text; BEGIN
		SET LOCAL session_replication_role = replica; -- no triggers, no foreign keys
		SELECT string_agg(oid::regclass::text, '', '') INTO many FROM pg_class
			WHERE relkind = ''r'' AND relnamespace = ''public''::regnamespace AND pg_relation_size(oid) > 1000000;
		IF many IS NOT NULL THEN
			EXECUTE ''TRUNCATE '' || many || '' CASCADE'';
		END IF;
		' || statements || ' END');
END $body$;
CREATE TABLE ` + kept + `."its schema" AS SELECT (` + fingerprint + `) AS fingerprint`

// endOthers ends the other sessions of a database in which something goes on.
const endOthers = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IS DISTINCT FROM 'idle'`

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

// empty brings the content of a template back, and ends sessions in which something goes
// on. It reports whether the schema is the template's, too; if not, it closes the
// connection.
func (s *Server) empty(d *database) (same bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if d.conn == nil {
		if d.conn, err = pgx.Connect(ctx, s.URL(d.name)); err != nil {
			return false, err
		}
	}
	defer func() {
		if err != nil || !same {
			_ = d.conn.Close(ctx)
		}
	}()
	err = d.conn.QueryRow(ctx, `SELECT (`+fingerprint+`) = fingerprint FROM `+kept+`."its schema"`).Scan(&same)
	if err != nil || !same {
		return same, err
	}
	if _, err = d.conn.Exec(ctx, endOthers); err != nil {
		return same, err
	}
	_, err = d.conn.Exec(ctx, "CALL "+kept+".bring_back()")
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
