package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Projects stored before labels were searchable keep them and are found by them.
func TestProjectsOfTheFirstSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	old := openDatabase(t, path)
	for _, statement := range []string{
		scripts[0],
		`INSERT INTO projects VALUES (1, 'project-bare', 'n', '', '', 'user-a', 'user-a', 'r', 0, 'null', 'null', 1, 1)`,
		`INSERT INTO projects VALUES (2, 'project-laden', 'n', '', '', 'user-a', 'user-a', 'r', 0, '["x","y","x"]', '{"k":"","l":"1"}', 1, 1)`,
		`INSERT INTO permissions SELECT 'user-a', no, 4 FROM projects`,
		fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = 1`, applicationID),
	} {
		if _, err := old.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openFile(t, path)
	for _, rule := range []directory.Rule{
		directory.HasTag("x"), directory.HasTag("y"), directory.PropertyIs("k", ""), directory.PropertyIs("l", "1"),
	} {
		found := find(t, s, directory.Query{Filter: directory.Filter{Labels: rule}, Grantees: []string{"user-a"}, Limit: 9})
		if len(found) != 1 || found[0].Project.ID != "project-laden" || !slices.Equal(found[0].Project.Tags, []string{"x", "y", "x"}) {
			t.Errorf("%+v finds %+v", rule, found)
		}
	}
	err = s.Read(t.Context(), func(tx transaction.Tx) error {
		bare, err := tx.ProjectByID(t.Context(), "project-bare")
		if bare.Controls.Protected || bare.Controls.DatabaseResultsRestricted != nil || bare.Controls.AllowedExecutables != nil || bare.Version != 0 {
			t.Errorf("got %+v", bare)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
