package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Folders that were stored with their paths keep them, and count for their payer.
func TestFoldersOfTheTenthSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "platform.db")
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	old := openDatabase(t, path)
	for _, statement := range append(slices.Clone(scripts[:10]),
		`INSERT INTO projects (no, id, name, summary, description, created_by, bill_to, region, contains_phi, tags, properties, created, modified)
			VALUES (1, 'project-bare', 'n', '', '', 'user-a', 'user-a', 'r', 0, 'null', 'null', 1, 1),
				(2, 'project-full', 'n', '', '', 'user-a', 'user-a', 'r', 0, 'null', 'null', 1, 1)`,
		`INSERT INTO folders VALUES (1, '', '/'), (2, '', '/'), (2, '/', '/a'), (2, '/a', '/a/ä'), (2, '/a/ä', '/a/ä/a'), (2, '/', '/ä')`,
		fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = 10`, applicationID),
	) {
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
	err = openFile(t, path).Read(t.Context(), func(tx transaction.Tx) error {
		for project, want := range map[string][]string{"project-bare": nil, "project-full": {"/a", "/a/ä", "/a/ä/a", "/ä"}} {
			got, err := tx.FoldersBelow(t.Context(), project, "/")
			if err != nil {
				return err
			}
			ofProject, ofPayer, err := tx.FolderCounts(t.Context(), project)
			if !slices.Equal(got, want) || ofProject != len(want) || ofPayer != 4 {
				t.Errorf("%s has %v; counted are %d and %d", project, got, ofProject, ofPayer)
			}
			if err != nil {
				return err
			}
		}
		projects, err := tx.CountProjects(t.Context(), "user-a")
		if projects != 2 {
			t.Errorf("%d projects", projects)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

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
