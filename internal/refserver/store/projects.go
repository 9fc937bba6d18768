package store

import (
	"context"
	"database/sql"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

const projectColumns = `id, name, summary, description, created_by, bill_to, region, contains_phi,
	tags, properties, protected, restricted, download_restricted, preview_restricted, upload_restricted,
	ui_view_only, results_restricted, executables, version, created, modified`

// projectFields returns the destinations of the projectColumns.
func projectFields(p *directory.Project) []any {
	c := &p.Controls
	return []any{&p.ID, &p.Name, &p.Summary, &p.Description, &p.CreatedBy, &p.BillTo, &p.Region, &p.ContainsPHI,
		asJSON{&p.Tags}, asJSON{&p.Properties}, &c.Protected, &c.Restricted, &c.DownloadRestricted, &c.PreviewViewerRestricted,
		&c.ExternalUploadRestricted, &c.DatabaseUIViewOnly, &c.DatabaseResultsRestricted, asJSON{&c.AllowedExecutables}, &p.Version,
		millis{&p.Created}, millis{&p.Modified}}
}

// InsertProject implements directory.Tx.
func (t tx) InsertProject(ctx context.Context, p directory.Project) error {
	err := t.insert(ctx, directory.ErrIDTaken, `INSERT INTO projects (`+projectColumns+`) VALUES (`+placeholders(21)+`)`, projectFields(&p)...)
	if err != nil {
		return err
	}
	return t.insertLabels(ctx, p)
}

// ProjectByID implements directory.Tx.
func (t tx) ProjectByID(ctx context.Context, id string) (directory.Project, error) {
	var p directory.Project
	err := t.row(ctx, directory.ErrNoProject, `SELECT `+projectColumns+` FROM projects WHERE id = ?`, []any{id}, projectFields(&p)...)
	return p, err
}

// TouchProject implements directory.Tx.
func (t tx) TouchProject(ctx context.Context, id string, at time.Time) error {
	return t.exec(ctx, `UPDATE projects SET modified = ? WHERE id = ?`, millis{&at}, id)
}

// UpdateProject implements directory.Tx.
func (t tx) UpdateProject(ctx context.Context, p directory.Project) error {
	c := &p.Controls
	changed, err := t.affected(ctx, `UPDATE projects SET name = ?, summary = ?, description = ?, bill_to = ?, contains_phi = ?, tags = ?,
		properties = ?, protected = ?, restricted = ?, download_restricted = ?, preview_restricted = ?, upload_restricted = ?,
		ui_view_only = ?, results_restricted = ?, executables = ?, version = ?, modified = ? WHERE id = ?`,
		p.Name, p.Summary, p.Description, p.BillTo, p.ContainsPHI, asJSON{&p.Tags},
		asJSON{&p.Properties}, c.Protected, c.Restricted, c.DownloadRestricted, c.PreviewViewerRestricted, c.ExternalUploadRestricted,
		c.DatabaseUIViewOnly, c.DatabaseResultsRestricted, asJSON{&c.AllowedExecutables}, p.Version, millis{&p.Modified}, p.ID)
	if err != nil || !changed {
		return err
	}
	for _, table := range []string{"project_tags", "project_properties"} {
		if err := t.exec(ctx, `DELETE FROM `+table+` WHERE project_no = `+number, p.ID); err != nil {
			return err
		}
	}
	return t.insertLabels(ctx, p)
}

// insertLabels stores tags and properties in the tables that searches use.
func (t tx) insertLabels(ctx context.Context, p directory.Project) error {
	for _, tag := range p.Tags {
		err := t.exec(ctx, `INSERT INTO project_tags (project_no, tag) VALUES (`+number+`, ?) ON CONFLICT DO NOTHING`, p.ID, tag)
		if err != nil {
			return err
		}
	}
	for key, value := range p.Properties {
		err := t.exec(ctx, `INSERT INTO project_properties (project_no, name, value) VALUES (`+number+`, ?, ?)`, p.ID, key, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// AnyBilledTo implements directory.Tx.
func (t tx) AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error) {
	if len(projectIDs) == 0 {
		return false, nil
	}
	return t.exists(ctx, `SELECT 1 FROM projects WHERE bill_to = ? AND id IN (`+placeholders(len(projectIDs))+`)`,
		append([]any{orgID}, anys(projectIDs)...)...)
}

// DeleteProject implements directory.Tx.
func (t tx) DeleteProject(ctx context.Context, id string) error {
	return t.exec(ctx, `DELETE FROM projects WHERE id = ?`, id)
}

// number is the subquery for the number of a project.
const number = `(SELECT no FROM projects WHERE id = ?)`

// SetPermission implements directory.Tx.
func (t tx) SetPermission(ctx context.Context, projectID, grantee string, level directory.Level) error {
	return t.exec(ctx, `INSERT INTO permissions (grantee, project_no, level) VALUES (?, `+number+`, ?)
		ON CONFLICT (grantee, project_no) DO UPDATE SET level = excluded.level`, grantee, projectID, int(level))
}

// RemovePermission implements directory.Tx.
func (t tx) RemovePermission(ctx context.Context, projectID, grantee string) error {
	return t.exec(ctx, `DELETE FROM permissions WHERE grantee = ? AND project_no = `+number, grantee, projectID)
}

// Permissions implements directory.Tx.
func (t tx) Permissions(ctx context.Context, projectID string) (map[string]directory.Level, error) {
	permissions := map[string]directory.Level{}
	err := t.each(ctx, `SELECT grantee, level FROM permissions WHERE project_no = `+number, []any{projectID},
		func(rows *sql.Rows) error {
			var grantee string
			var level directory.Level
			err := rows.Scan(&grantee, &level)
			permissions[grantee] = level
			return err
		})
	return permissions, err
}

// GrantsOn implements directory.Tx.
func (t tx) GrantsOn(ctx context.Context, payer, grantee string) (map[string]directory.Level, error) {
	grants := map[string]directory.Level{}
	err := t.each(ctx, `SELECT p.id, g.level FROM permissions g JOIN projects p ON p.no = g.project_no
		WHERE g.grantee = ? AND p.bill_to = ?`, []any{grantee, payer}, func(rows *sql.Rows) error {
		var id string
		var level directory.Level
		err := rows.Scan(&id, &level)
		grants[id] = level
		return err
	})
	return grants, err
}

// InsertFolder implements directory.Tx.
func (t tx) InsertFolder(ctx context.Context, projectID, folder string) error {
	return t.insert(ctx, directory.ErrFolderThere, `INSERT INTO folders (project_no, parent, path) VALUES (`+number+`, ?, ?)`,
		projectID, parentOf(folder), folder)
}

// FolderExists implements directory.Tx.
func (t tx) FolderExists(ctx context.Context, projectID, folder string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM folders WHERE project_no = `+number+` AND parent = ? AND path = ?`,
		projectID, parentOf(folder), folder)
}

// ChildFolders implements directory.Tx.
func (t tx) ChildFolders(ctx context.Context, projectID, folder string) ([]string, error) {
	var list []string
	err := t.each(ctx, `SELECT path FROM folders WHERE project_no = `+number+` AND parent = ? ORDER BY path`,
		[]any{projectID, folder}, func(rows *sql.Rows) error {
			var child string
			err := rows.Scan(&child)
			list = append(list, child)
			return err
		})
	return list, err
}

// below is the condition for the descendants of a folder, with the length of
// their common prefix as the first argument. Lengths are in characters, as
// substr counts.
const below = `substr(path, 1, ?) = ?`

func belowOf(folder string) (length int, prefix string) {
	prefix = strings.TrimSuffix(folder, directory.Root) + directory.Root
	return utf8.RuneCountInString(prefix), prefix
}

// FoldersBelow implements directory.Tx.
func (t tx) FoldersBelow(ctx context.Context, projectID, folder string) ([]string, error) {
	length, prefix := belowOf(folder)
	var list []string
	err := t.each(ctx, `SELECT path FROM folders WHERE project_no = `+number+` AND `+below+` AND path <> ? ORDER BY path`,
		[]any{projectID, length, prefix, folder}, func(rows *sql.Rows) error {
			var path string
			err := rows.Scan(&path)
			list = append(list, path)
			return err
		})
	return list, err
}

// DeleteFolders implements directory.Tx.
func (t tx) DeleteFolders(ctx context.Context, projectID, folder string) error {
	length, prefix := belowOf(folder)
	return t.exec(ctx, `DELETE FROM folders WHERE project_no = `+number+` AND (path = ? OR `+below+`) AND path <> ?`,
		projectID, folder, length, prefix, directory.Root)
}

// RenameFolders implements directory.Tx.
func (t tx) RenameFolders(ctx context.Context, projectID, from, to string) error {
	length, prefix := belowOf(from) // the rest of a path, with its slash, begins at the length
	return t.exec(ctx, `UPDATE folders SET path = ? || substr(path, ?),
		parent = CASE WHEN path = ? THEN ? ELSE ? || substr(parent, ?) END
		WHERE project_no = `+number+` AND (path = ? OR `+below+`)`,
		to, length, from, parentOf(to), to, length, projectID, from, length, prefix)
}

// parentOf is path.Dir, except that the root has no parent.
func parentOf(folder string) string {
	if folder == directory.Root {
		return ""
	}
	return path.Dir(folder)
}
