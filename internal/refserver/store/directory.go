package store

import (
	"context"
	"database/sql"
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
