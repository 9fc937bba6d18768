package sqlite

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewImageIsThatOfTheMigrations compares an empty store with a database that the
// migrations made. A store whose file is older gets the later ones at its start, which takes
// a third longer then.
func TestNewImageIsThatOfTheMigrations(t *testing.T) {
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_IMAGE") != "" {
		writeImage(t, scripts)
		t.Fatalf("new.db.gz is now that of %d migrations", len(scripts))
	}
	image, err := unpack(newImage)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "new.db")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := openDatabase(t, path)
	var version, id, freePages int
	var result string
	for pragma, into := range map[string]any{"user_version": &version, "application_id": &id, "freelist_count": &freePages, "integrity_check": &result} {
		if err := fresh.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	if version != len(scripts) {
		t.Fatalf("new.db.gz is that of %d of %d migrations: run this test with UPDATE_IMAGE=1", version, len(scripts))
	}
	if id != applicationID || freePages != 0 || result != "ok" {
		t.Fatalf("new.db.gz has the mark %x, %d free pages and is %s", id, freePages, result)
	}
	migrated := databaseOf(t, scripts)
	want := objectsOf(t, migrated)
	if diff := cmp.Diff(want, objectsOf(t, fresh)); diff != "" {
		t.Errorf("migrations (-) and new.db.gz (+) differ:\n%s", diff)
	}
	for _, object := range want {
		if object.Kind != "table" {
			continue
		}
		for name, db := range map[string]*sql.DB{"migrations": migrated, "new.db.gz": fresh} {
			var rows int
			if err := db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM "`+object.Name+`"`).Scan(&rows); err != nil || rows > 0 {
				t.Errorf("%s: %d rows in %s (%v)", name, rows, object.Name, err)
			}
		}
	}
}

// databaseOf returns a database in which scripts ran.
func databaseOf(t *testing.T, scripts []string) *sql.DB {
	t.Helper()
	db := openDatabase(t, filepath.Join(t.TempDir(), "migrated.db"))
	for _, script := range scripts {
		if _, err := db.ExecContext(t.Context(), script); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// writeImage writes new.db.gz: the objects that the migrations make, in their order, and
// nothing of what they changed on the way.
func writeImage(t *testing.T, scripts []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image.db")
	fresh := openDatabase(t, path)
	statements := []string{fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(scripts))}
	for _, object := range objectsOf(t, databaseOf(t, scripts)) {
		statements = append(statements, object.Statement)
	}
	for _, statement := range statements {
		if _, err := fresh.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.Write(readAll(t, path))
	if err := errors.Join(err, writer.Close(), os.WriteFile("new.db.gz", packed.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// A database of another program that got tables after it was inspected is left alone.
func TestNewImageOverwritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db := openDatabase(t, path)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE x (y); INSERT INTO x VALUES (1)"); err != nil {
		t.Fatal(err)
	}
	before := readAll(t, path)
	if err := migrate(t.Context(), db); !errors.Is(err, errForeignDatabase) {
		t.Errorf("got %v", err)
	}
	if after := readAll(t, path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

// Migrations that are younger than the image run after it.
func TestYoungerMigrations(t *testing.T) {
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	later := []string{"ALTER TABLE users ADD COLUMN later TEXT NOT NULL DEFAULT ''", "CREATE INDEX users_later ON users (later)"}
	db, err := openPool(dataSource(filepath.Join(t.TempDir(), "platform.db"), settings), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrateWith(t.Context(), db, append(scripts, later...)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(objectsOf(t, databaseOf(t, append(scripts, later...))), objectsOf(t, db)); diff != "" {
		t.Error(diff)
	}
}

// A database with pages of another size gets its tables from the migrations.
func TestOtherPageSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	made := openDatabase(t, path)
	if _, err := made.ExecContext(t.Context(), "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(made.Close(), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	insertUser(t, s, "user-alice")
	if diff := cmp.Diff(objectsOf(t, newFile(t).writer), objectsOf(t, s.writer)); diff != "" {
		t.Error(diff)
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
