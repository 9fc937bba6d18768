package store

import (
	"context"
	"maps"
	"slices"
	"time"

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
	err := t.insert(ctx, directory.ErrIDTaken, `INSERT INTO projects (no, `+projectColumns+`) VALUES (`+nextNumber+`, `+placeholders(21)+`)`,
		projectFields(&p)...)
	if err != nil {
		return err
	}
	if len(p.Tags) == 0 && len(p.Properties) == 0 {
		return nil
	}
	return t.storeLabels(ctx, p)
}

// CountProjects implements directory.Tx.
func (t tx) CountProjects(ctx context.Context, payer string) (int, error) {
	var count int
	_, err := t.found(ctx, `SELECT projects FROM payer_counts WHERE payer = ?`, []any{payer}, &count)
	return count, err
}

// nextNumber is the subquery for the number of a new project: none of a removed
// project, of which something may be left.
const nextNumber = `(SELECT COALESCE(MAX(no), 0) + 1 FROM (
	SELECT MAX(no) AS no FROM projects UNION ALL SELECT MAX(no) FROM removed_projects) AS used)`

// ProjectByID implements directory.Tx.
func (t tx) ProjectByID(ctx context.Context, id string) (directory.Project, error) {
	var p directory.Project
	err := t.row(ctx, directory.ErrNoProject, `SELECT `+projectColumns+` FROM projects WHERE id = ?`, []any{id}, projectFields(&p)...)
	return p, err
}

// TouchProjects implements directory.Tx.
func (t tx) TouchProjects(ctx context.Context, at time.Time, ids ...string) error {
	return t.execEach(ctx, `UPDATE projects SET modified = ? WHERE id IN (SELECT value FROM json_each(?))`, ids, millis{&at})
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
	return t.storeLabels(ctx, p)
}

// storeLabels changes the rows that differ in the tables of tags and properties, which
// searches use.
func (t tx) storeLabels(ctx context.Context, p directory.Project) error {
	if err := t.storeTags(ctx, p); err != nil {
		return err
	}
	return t.storeProperties(ctx, p)
}

func (t tx) storeTags(ctx context.Context, p directory.Project) error {
	old, err := t.labels(ctx, `SELECT tag, '' FROM project_tags WHERE project_no = `+number, p.ID)
	if err != nil {
		return err
	}
	var added []string
	for _, tag := range p.Tags {
		if _, stored := old[tag]; !stored {
			added = append(added, tag)
		}
		delete(old, tag)
	}
	err = t.execEach(ctx, `INSERT INTO project_tags (project_no, tag) SELECT `+number+`, value FROM json_each(?) WHERE TRUE
		ON CONFLICT DO NOTHING`, added, p.ID)
	if err != nil {
		return err
	}
	return t.execEach(ctx, `DELETE FROM project_tags WHERE project_no = `+number+` AND tag IN (SELECT value FROM json_each(?))`,
		slices.Collect(maps.Keys(old)), p.ID)
}

func (t tx) storeProperties(ctx context.Context, p directory.Project) error {
	old, err := t.labels(ctx, `SELECT name, value FROM project_properties WHERE project_no = `+number, p.ID)
	if err != nil {
		return err
	}
	changed := map[string]string{}
	for key, value := range p.Properties {
		if stored, found := old[key]; !found || stored != value {
			changed[key] = value
		}
		delete(old, key)
	}
	if len(changed) > 0 {
		err := t.exec(ctx, `INSERT INTO project_properties (project_no, name, value) SELECT `+number+`, pairs.key, pairs.value
			FROM json_each(?) AS pairs WHERE TRUE ON CONFLICT (project_no, name) DO UPDATE SET value = excluded.value`, p.ID, asJSON{changed})
		if err != nil {
			return err
		}
	}
	return t.execEach(ctx, `DELETE FROM project_properties WHERE project_no = `+number+` AND name IN (SELECT value FROM json_each(?))`,
		slices.Collect(maps.Keys(old)), p.ID)
}

// labels runs a query for the keys and values that are stored for a project.
func (t tx) labels(ctx context.Context, query, projectID string) (map[string]string, error) {
	stored := map[string]string{}
	err := t.each(ctx, query, []any{projectID}, func(rows Rows) error {
		var key, value string
		err := rows.Scan(&key, &value)
		stored[key] = value
		return err
	})
	return stored, err
}

// AnyBilledTo implements directory.Tx.
func (t tx) AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error) {
	if len(projectIDs) == 0 {
		return false, nil
	}
	return t.exists(ctx, `SELECT 1 FROM projects WHERE bill_to = ? AND id IN (`+placeholders(len(projectIDs))+`)`,
		append([]any{orgID}, anys(projectIDs)...)...)
}

// RemoveProject implements directory.Tx. Without the row in projects, nothing finds what
// belonged to it.
func (t tx) RemoveProject(ctx context.Context, id string) error {
	for _, statement := range []string{
		removeFolder + `project_no = ` + number + ` AND parent = 0`,
		`INSERT INTO removed_projects SELECT no FROM projects WHERE id = ?`,
		`DELETE FROM projects WHERE id = ?`,
	} {
		if err := t.exec(ctx, statement, id); err != nil {
			return err
		}
	}
	return nil
}

// number is the subquery for the number of a project.
const number = `(SELECT no FROM projects WHERE id = ?)`

// SetPermission implements directory.Tx.
func (t tx) SetPermission(ctx context.Context, projectID, grantee string, level directory.Level) error {
	return t.exec(ctx, `INSERT INTO permissions (grantee, project_no, level) VALUES (?, `+number+`, ?)
		ON CONFLICT (grantee, project_no) DO UPDATE SET level = excluded.level`, grantee, projectID, int(level))
}

// SetPermissions implements directory.Tx.
func (t tx) SetPermissions(ctx context.Context, projectIDs, grantees []string, level directory.Level) error {
	return t.execEach(ctx, `INSERT INTO permissions (grantee, project_no, level)
		SELECT grantees.value, no, CAST(? AS BIGINT) FROM (SELECT no FROM projects WHERE projects.id IN (SELECT value FROM json_each(?))) AS numbers
			CROSS JOIN json_each(?) AS grantees ON TRUE WHERE TRUE
		ON CONFLICT (grantee, project_no) DO UPDATE SET level = excluded.level`, grantees, int(level), asList(projectIDs))
}

// RemovePermissions implements directory.Tx.
func (t tx) RemovePermissions(ctx context.Context, projectIDs, grantees []string) error {
	return t.execEach(ctx, `DELETE FROM permissions WHERE project_no IN (SELECT no FROM projects WHERE projects.id IN (SELECT value FROM json_each(?)))
		AND grantee IN (SELECT value FROM json_each(?))`, grantees, asList(projectIDs))
}

// ProjectsWithout implements directory.Tx.
func (t tx) ProjectsWithout(ctx context.Context, level directory.Level, ids []string) ([]string, error) {
	var without []string
	err := t.each(ctx, `SELECT id FROM projects WHERE projects.id IN (SELECT value FROM json_each(?))
		AND NOT EXISTS (SELECT 1 FROM permissions WHERE project_no = no AND level = ?)`, []any{asList(ids), int(level)}, func(rows Rows) error {
		var id string
		err := rows.Scan(&id)
		without = append(without, id)
		return err
	})
	return without, err
}

// Permissions implements directory.Tx.
func (t tx) Permissions(ctx context.Context, projectID string) (map[string]directory.Level, error) {
	permissions := map[string]directory.Level{}
	err := t.each(ctx, `SELECT grantee, level FROM permissions WHERE project_no = `+number, []any{projectID},
		func(rows Rows) error {
			var grantee string
			var level directory.Level
			err := rows.Scan(&grantee, &level)
			permissions[grantee] = level
			return err
		})
	return permissions, err
}

// GrantsOn implements directory.Tx. It begins with the projects of the payer, which are
// limited in number: others may give a grantee permissions without end.
func (t tx) GrantsOn(ctx context.Context, payer, grantee string, limit int) (map[string]directory.Level, error) {
	grants := map[string]directory.Level{}
	err := t.each(ctx, `SELECT p.id, g.level FROM projects p CROSS JOIN permissions g ON g.project_no = p.no
		WHERE p.bill_to = ? AND g.grantee = ? ORDER BY p.no LIMIT ?`, []any{payer, grantee, limit}, func(rows Rows) error {
		var id string
		var level directory.Level
		err := rows.Scan(&id, &level)
		grants[id] = level
		return err
	})
	return grants, err
}
