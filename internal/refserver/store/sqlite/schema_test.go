package sqlite

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewSchemaIsThatOfTheMigrations compares an empty store with a database that the
// migrations made. A later migration needs no change of the file.
func TestNewSchemaIsThatOfTheMigrations(t *testing.T) {
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	update := os.Getenv("UPDATE_SCHEMA") != ""
	upTo := newVersion
	if update {
		upTo = len(scripts)
	}
	migrated := openDatabase(t, filepath.Join(t.TempDir(), "migrated.db"))
	for _, script := range scripts[:upTo] {
		if _, err := migrated.ExecContext(t.Context(), script); err != nil {
			t.Fatal(err)
		}
	}
	want := objectsOf(t, migrated)
	if update {
		if err := os.WriteFile("schema.sql", []byte(makingOf(want)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Fatalf("schema.sql is that of %d migrations: set newVersion to it", upTo)
	}
	fresh := openDatabase(t, filepath.Join(t.TempDir(), "new.db"))
	if _, err := fresh.ExecContext(t.Context(), newSchema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, objectsOf(t, fresh)); diff != "" {
		t.Errorf("migrations (-) and schema.sql (+) differ:\n%s", diff)
	}
	for _, object := range want {
		if object.Kind != "table" {
			continue
		}
		var rows int
		if err := migrated.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM "`+object.Name+`"`).Scan(&rows); err != nil || rows > 0 {
			t.Errorf("the migrations put %d rows into %s, which schema.sql does not: %v", rows, object.Name, err)
		}
	}
}

// object is a table, index or trigger of a database.
type object struct{ Kind, Name, Statement string }

// objectsOf returns the objects of a database in the order in which they were made, which
// decides between indexes that seem as good to the engine.
func objectsOf(t *testing.T, db *sql.DB) (list []object) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY rowid`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.Kind, &o.Name, &o.Statement); err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func makingOf(objects []object) string {
	var script strings.Builder
	script.WriteString("-- Written by TestNewSchemaIsThatOfTheMigrations: the migrations say why each of these is as it is.\n")
	for _, o := range objects {
		script.WriteString(o.Statement + ";\n")
	}
	return script.String()
}
