//go:build unix

package soak

import (
	"database/sql"
	"net/url"
	"testing"

	_ "modernc.org/sqlite" // the driver

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// oddities must not be in any database: each query finds the rows of a partial change.
var oddities = map[string]string{
	"a project without its root folder": `SELECT id FROM projects
		WHERE no NOT IN (SELECT project_no FROM folders WHERE parent = 0)`,
	"a project without an administrator": `SELECT id FROM projects
		WHERE no NOT IN (SELECT project_no FROM permissions WHERE level = :administer)`,
	"a folder without its parent": `SELECT name FROM folders
		WHERE parent > 0 AND (project_no, parent) NOT IN (SELECT project_no, no FROM folders)`,
	"a folder without those made with it": `SELECT f.name FROM folders f JOIN folders root ON root.no = f.parent AND root.parent = 0
		WHERE NOT EXISTS (SELECT 1 FROM folders raw JOIN folders reads ON reads.parent = raw.no AND reads.name = 'reads'
			WHERE raw.parent = f.no AND raw.name = 'raw')`,

	"a token without its audit row": `SELECT signature FROM tokens
		WHERE client <> 'fixture' AND substr(signature, 1, 12) NOT IN (SELECT subject FROM audit WHERE action IN ('sign-in', 'token.new'))`,
	// Only the newest of a user's tokens that have ended are kept.
	"an audit row without its token": `SELECT subject FROM audit
		WHERE action IN ('sign-in', 'token.new') AND result = 'ok' AND subject NOT IN (SELECT substr(signature, 1, 12) FROM tokens)
		AND subject NOT IN (SELECT subject FROM audit WHERE action = 'token.revoke')`,
	"an ended token without its audit row": `SELECT signature FROM tokens
		WHERE ended IS NOT NULL AND substr(signature, 1, 12) NOT IN (SELECT subject FROM audit WHERE action = 'token.revoke')`,
	"an audit row of a token that has not ended": `SELECT subject FROM audit
		WHERE action = 'token.revoke' AND subject IN (SELECT substr(signature, 1, 12) FROM tokens WHERE ended IS NULL)`,

	"a project without its audit row": `SELECT id FROM projects
		WHERE id NOT IN (SELECT subject FROM audit WHERE action = 'project.new')`,
	"an audit row without its project": `SELECT subject FROM audit
		WHERE action = 'project.new' AND subject NOT IN (SELECT id FROM projects)
		AND subject NOT IN (SELECT subject FROM audit WHERE action = 'project.remove')`,
	"a project that was removed": `SELECT id FROM projects
		WHERE id IN (SELECT subject FROM audit WHERE action = 'project.remove')`,
	"more or fewer folders than audit rows": `SELECT id, made, (SELECT count(*) FROM folders f JOIN folders root ON root.no = f.parent AND root.parent = 0 WHERE f.project_no = p.no) AS there
		FROM projects p JOIN (SELECT subject, count(*) AS made FROM audit WHERE action = 'folder.new' GROUP BY subject) ON subject = id
		WHERE made <> there`,
	"more or fewer codes spent than sign-ins with one": `SELECT spent, rows
		FROM (SELECT count(*) AS spent FROM recovery_codes WHERE used IS NOT NULL),
			(SELECT count(*) AS rows FROM audit WHERE factor = 'password+recovery-code' AND result = 'ok')
		WHERE spent <> rows`,
	"a row that refers to nothing": `PRAGMA foreign_key_check`,
	"damage":                       `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
}

// openDatabase opens the file of a store for reading, while a server may use it.
func openDatabase(t testing.TB, file string) *sql.DB {
	t.Helper()
	name := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// verifyDatabase looks for partial changes.
func verifyDatabase(t testing.TB, db *sql.DB) {
	t.Helper()
	lookFor(t, db, oddities)
}

// lookFor runs queries that must find nothing.
func lookFor(t testing.TB, db *sql.DB, oddities map[string]string) {
	t.Helper()
	for name, query := range oddities {
		odd, err := exists(t, db, query)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if odd {
			t.Errorf("there is %s", name)
		}
	}
}

func exists(t testing.TB, db *sql.DB, query string) (bool, error) {
	rows, err := db.QueryContext(t.Context(), query, sql.Named("administer", int(directory.Administer)))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	found := rows.Next()
	return found, rows.Err()
}

// verifyAudit compares the number of rows with the number of changes.
func verifyAudit(t testing.TB, db *sql.DB, crew crew) {
	t.Helper()
	verifyAuditRows(t, crew, func(action string) (rows int) {
		must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM audit WHERE action = ?", action).Scan(&rows))
		return rows
	})
}

// verifyAuditRows is verifyAudit for a store of any kind; count returns how many rows an
// action has.
func verifyAuditRows(t testing.TB, crew crew, count func(action string) int) {
	t.Helper()
	acked, lost := crew.tally()
	for _, action := range []audit.Action{
		audit.TokenNew, audit.TokenRevoke, audit.ProjectNew, audit.ProjectRemove, audit.ProjectGrant, audit.FolderNew,
	} {
		if rows := count(string(action)); rows < acked[action] || rows > acked[action]+lost[action] {
			t.Errorf("%s has %d rows; %d changes were acknowledged and %d got no response", action, rows, acked[action], lost[action])
		}
	}
}
