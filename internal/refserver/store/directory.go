package store

import (
	"context"
	"database/sql"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// EntityExists implements directory.Tx.
func (t tx) EntityExists(ctx context.Context, id string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM users WHERE id = ? UNION ALL SELECT 1 FROM orgs WHERE id = ?`, id, id)
}

// InsertOrg implements directory.Tx.
func (t tx) InsertOrg(ctx context.Context, org directory.Org) error {
	err := t.exec(ctx, `INSERT INTO orgs (id, handle, name, auto_logout, phi_enabled, created) VALUES (?, ?, ?, ?, ?, ?)`,
		org.ID, org.Handle, org.Name, org.AutoLogout.Milliseconds(), org.PHIEnabled, millis{&org.Created})
	if isDuplicate(err) {
		return directory.ErrOrgExists
	}
	return err
}

// OrgByID implements directory.Tx.
func (t tx) OrgByID(ctx context.Context, id string) (directory.Org, error) {
	var org directory.Org
	var autoLogout int64
	err := t.row(ctx, directory.ErrNoOrg, `SELECT id, handle, name, auto_logout, phi_enabled, created FROM orgs WHERE id = ?`,
		[]any{id}, &org.ID, &org.Handle, &org.Name, &autoLogout, &org.PHIEnabled, millis{&org.Created})
	org.AutoLogout = time.Duration(autoLogout) * time.Millisecond
	return org, err
}

// UpdateOrg implements directory.Tx.
func (t tx) UpdateOrg(ctx context.Context, org directory.Org) error {
	return t.exec(ctx, `UPDATE orgs SET name = ?, auto_logout = ? WHERE id = ?`,
		org.Name, org.AutoLogout.Milliseconds(), org.ID)
}

// SetMember implements directory.Tx.
func (t tx) SetMember(ctx context.Context, orgID string, m directory.Membership) error {
	return t.exec(ctx, `INSERT INTO memberships (org_id, user_id, level, allow_billable_activities, app_access, project_access)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, user_id) DO UPDATE SET level = excluded.level,
			allow_billable_activities = excluded.allow_billable_activities,
			app_access = excluded.app_access, project_access = excluded.project_access`,
		orgID, m.UserID, string(m.Level), m.AllowBillableActivities, m.AppAccess, int(m.ProjectAccess))
}

// MembershipsOf implements directory.Tx.
func (t tx) MembershipsOf(ctx context.Context, userID string) ([]directory.Membership, error) {
	var list []directory.Membership
	err := t.each(ctx, `SELECT m.org_id, m.user_id, m.level, m.allow_billable_activities, m.app_access, m.project_access, o.auto_logout
		FROM memberships m JOIN orgs o ON o.id = m.org_id WHERE m.user_id = ? ORDER BY m.org_id`, []any{userID},
		func(rows *sql.Rows) error {
			var m directory.Membership
			var autoLogout int64
			err := rows.Scan(&m.OrgID, &m.UserID, &m.Level, &m.AllowBillableActivities, &m.AppAccess, &m.ProjectAccess, &autoLogout)
			m.AutoLogout = time.Duration(autoLogout) * time.Millisecond
			list = append(list, m)
			return err
		})
	return list, err
}

const projectColumns = `id, name, summary, description, created_by, bill_to, region, contains_phi,
	tags, properties, protected, restricted, download_restricted, preview_restricted, upload_restricted,
	ui_view_only, results_restricted, executables, version, created, modified`

// projectFields returns where the projectColumns go.
func projectFields(p *directory.Project) []any {
	c := &p.Controls
	return []any{&p.ID, &p.Name, &p.Summary, &p.Description, &p.CreatedBy, &p.BillTo, &p.Region, &p.ContainsPHI,
		asJSON{&p.Tags}, asJSON{&p.Properties}, &c.Protected, &c.Restricted, &c.DownloadRestricted, &c.PreviewViewerRestricted,
		&c.ExternalUploadRestricted, &c.DatabaseUIViewOnly, &c.DatabaseResultsRestricted, asJSON{&c.AllowedExecutables}, &p.Version,
		millis{&p.Created}, millis{&p.Modified}}
}

// InsertProject implements directory.Tx.
func (t tx) InsertProject(ctx context.Context, p directory.Project) error {
	err := t.exec(ctx, `INSERT INTO projects (`+projectColumns+`) VALUES (`+placeholders(21)+`)`, projectFields(&p)...)
	if isDuplicate(err) {
		return directory.ErrIDTaken
	}
	return err
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

// DeleteProject implements directory.Tx.
func (t tx) DeleteProject(ctx context.Context, id string) error {
	return t.exec(ctx, `DELETE FROM projects WHERE id = ?`, id)
}

// number is the subquery for a project's number.
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

// InsertFolder implements directory.Tx.
func (t tx) InsertFolder(ctx context.Context, projectID, folder string) error {
	err := t.exec(ctx, `INSERT INTO folders (project_no, parent, path) VALUES (`+number+`, ?, ?)`,
		projectID, parentOf(folder), folder)
	if isDuplicate(err) {
		return directory.ErrFolderThere
	}
	return err
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

// parentOf is path.Dir, but for the root, whose parent is nothing.
func parentOf(folder string) string {
	if folder == directory.Root {
		return ""
	}
	return path.Dir(folder)
}

// publicLevel is the column with what everybody may do in a project p; 0: nothing.
const publicLevel = `coalesce((SELECT level FROM permissions WHERE grantee = 'PUBLIC' AND project_no = p.no), 0)`

// SearchProjects implements directory.Tx. Each grantee's grants are read in the
// order of the primary key and merged, so that a page costs as much as its
// rows, however many there are behind it.
func (t tx) SearchProjects(ctx context.Context, search directory.Search) ([]directory.Found, error) {
	if len(search.Grantees) == 0 {
		return nil, nil
	}
	// One more project than asked, and every grant of each.
	rowLimit := (search.Count + 1) * len(search.Grantees)
	query, args := searchQuery(search, rowLimit)
	var found []directory.Found
	count := 0
	err := t.each(ctx, query, args, func(rows *sql.Rows) error {
		count++
		row, err := scanGrant(rows)
		found = addGrant(found, row)
		return err
	})
	if len(found) > search.Count {
		found = found[:search.Count]
	}
	return found, err
}

// maxParts is how many ordered lists are merged at most. Somebody with more
// grantees shares them out, and pays with a sort.
const maxParts = 100

// searchQuery asks for one row for each grant, the grants of a project together.
func searchQuery(search directory.Search, rowLimit int) (string, []any) {
	var parts []string
	var args []any
	for some := range slices.Chunk(search.Grantees, 1+len(search.Grantees)/maxParts) {
		part := `SELECT pm.project_no AS no, pm.grantee, pm.level FROM permissions pm
			WHERE pm.grantee IN (` + placeholders(len(some)) + `) AND pm.project_no > ?`
		if search.Name != "" {
			part = `SELECT n.no AS no, pm.grantee, pm.level FROM projects n JOIN permissions pm ON pm.project_no = n.no
				WHERE pm.grantee IN (` + placeholders(len(some)) + `) AND n.no > ? AND n.name = ?`
		}
		for _, grantee := range some {
			args = append(args, grantee)
		}
		args = append(args, search.After)
		if search.Name != "" {
			args = append(args, search.Name)
		}
		parts = append(parts, part)
	}
	grants := strings.Join(parts, " UNION ALL ") + " ORDER BY 1 LIMIT ?"
	return `SELECT g.no, g.grantee, g.level, ` + publicLevel + `, ` + projectColumns + `
		FROM (` + grants + `) g JOIN projects p ON p.no = g.no ORDER BY g.no`, append(args, rowLimit)
}

// grantRow is one grant with its project.
type grantRow struct {
	grantee       string
	level, public directory.Level
	found         directory.Found
}

func scanGrant(rows *sql.Rows) (grantRow, error) {
	var row grantRow
	fields := []any{&row.found.Position, &row.grantee, &row.level, &row.public}
	err := rows.Scan(append(fields, projectFields(&row.found.Project)...)...)
	return row, err
}

// addGrant appends a row's project, or adds the grant to the last project where
// it is the same.
func addGrant(list []directory.Found, row grantRow) []directory.Found {
	if len(list) == 0 || list[len(list)-1].Position != row.found.Position {
		row.found.Permissions = map[string]directory.Level{}
		if row.public > directory.None {
			row.found.Permissions[directory.Public] = row.public
		}
		list = append(list, row.found)
	}
	list[len(list)-1].Permissions[row.grantee] = row.level
	return list
}
