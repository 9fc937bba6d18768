package store

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

const orgColumns = `id, handle, name, created, phi_enabled, user_creation_enabled, auto_logout, member_list_visibility,
	restrict_project_transfer, job_reuse, detailed_job_metrics, saml_idp, job_logs_forwarding, created_by`

// orgFields returns the destinations of the orgColumns.
func orgFields(org *directory.Org) []any {
	return []any{&org.ID, &org.Handle, &org.Name, millis{&org.Created}, &org.PHIEnabled, &org.UserCreationEnabled,
		span{&org.AutoLogout}, &org.MemberList, &org.ProjectTransfer, &org.JobReuse, &org.DetailedJobMetrics,
		&org.SAMLIdP, &org.JobLogsForwarding, &org.CreatedBy}
}

// EntityExists implements directory.Tx.
func (t tx) EntityExists(ctx context.Context, id string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM users WHERE id = ? UNION ALL SELECT 1 FROM orgs WHERE id = ?`, id, id)
}

// EntitiesExist implements directory.Tx.
func (t tx) EntitiesExist(ctx context.Context, ids []string) (bool, error) {
	missing, err := t.exists(ctx, `SELECT 1 FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = value)
		AND NOT EXISTS (SELECT 1 FROM orgs WHERE orgs.id = value)`, asList(ids))
	return err == nil && !missing, err
}

// InsertOrg implements directory.Tx.
func (t tx) InsertOrg(ctx context.Context, org directory.Org) error {
	return t.insert(ctx, directory.ErrOrgExists, `INSERT INTO orgs (`+orgColumns+`) VALUES (`+placeholders(14)+`)`, orgFields(&org)...)
}

// CountOrgs implements directory.Tx.
func (t tx) CountOrgs(ctx context.Context, userID string, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM orgs WHERE created_by = ? AND created_by <> ''`, atMost, userID)
}

// CountMembers implements directory.Tx.
func (t tx) CountMembers(ctx context.Context, orgID string, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM memberships WHERE org_id = ?`, atMost, orgID)
}

// OrgByID implements directory.Tx.
func (t tx) OrgByID(ctx context.Context, id string) (directory.Org, error) {
	var org directory.Org
	err := t.row(ctx, directory.ErrNoOrg, `SELECT `+orgColumns+` FROM orgs WHERE id = ?`, []any{id}, orgFields(&org)...)
	return org, err
}

// UpdateOrg implements directory.Tx.
func (t tx) UpdateOrg(ctx context.Context, org directory.Org) error {
	return t.exec(ctx, `UPDATE orgs SET name = ?, phi_enabled = ?, user_creation_enabled = ?, auto_logout = ?,
		member_list_visibility = ?, restrict_project_transfer = ?, job_reuse = ?, detailed_job_metrics = ?,
		saml_idp = ?, job_logs_forwarding = ? WHERE id = ?`,
		org.Name, org.PHIEnabled, org.UserCreationEnabled, span{&org.AutoLogout},
		org.MemberList, org.ProjectTransfer, org.JobReuse, org.DetailedJobMetrics,
		org.SAMLIdP, org.JobLogsForwarding, org.ID)
}

const memberColumns = `org_id, user_id, level, allow_billable_activities, app_access, project_access,
	cloud_integration_management, tre_management, archival_management, data_deletion, data_search, project_member_demotion, accepted`

// memberFields returns the destinations of the memberColumns.
func memberFields(m *directory.Membership) []any {
	return []any{&m.OrgID, &m.UserID, &m.Level, &m.AllowBillableActivities, &m.AppAccess, &m.ProjectAccess,
		&m.CloudIntegrationManagement, &m.TREManagement, &m.ArchivalManagement, &m.DataDeletion, &m.DataSearch,
		&m.ProjectMemberDemotion, &m.Accepted}
}

// SetMember implements directory.Tx.
func (t tx) SetMember(ctx context.Context, orgID string, m directory.Membership) error {
	m.OrgID = orgID
	return t.exec(ctx, `INSERT INTO memberships (`+memberColumns+`) VALUES (`+placeholders(13)+`)
		ON CONFLICT (org_id, user_id) DO UPDATE SET level = excluded.level,
			allow_billable_activities = excluded.allow_billable_activities,
			app_access = excluded.app_access, project_access = excluded.project_access,
			cloud_integration_management = excluded.cloud_integration_management,
			tre_management = excluded.tre_management, archival_management = excluded.archival_management,
			data_deletion = excluded.data_deletion, data_search = excluded.data_search,
			project_member_demotion = excluded.project_member_demotion`,
		memberFields(&m)...)
}

// ChangeMembers implements directory.Tx.
func (t tx) ChangeMembers(ctx context.Context, orgID string, userIDs []string, level directory.OrgLevel, rights directory.Rights) error {
	return t.execEach(ctx, `UPDATE memberships SET level = ?, allow_billable_activities = ?, app_access = ?, project_access = ?,
		cloud_integration_management = ?, tre_management = ?, archival_management = ?, data_deletion = ?, data_search = ?,
		project_member_demotion = ? WHERE org_id = ? AND user_id IN (SELECT value FROM json_each(?))`, userIDs,
		level, rights.AllowBillableActivities, rights.AppAccess, rights.ProjectAccess, rights.CloudIntegrationManagement,
		rights.TREManagement, rights.ArchivalManagement, rights.DataDeletion, rights.DataSearch, rights.ProjectMemberDemotion, orgID)
}

// AcceptOrg implements directory.Tx.
func (t tx) AcceptOrg(ctx context.Context, orgID, userID string) error {
	return t.exec(ctx, `UPDATE memberships SET accepted = TRUE WHERE org_id = ? AND user_id = ?`, orgID, userID)
}

// CountAccepted implements directory.Tx.
func (t tx) CountAccepted(ctx context.Context, userID string, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM memberships WHERE user_id = ? AND accepted`, atMost, userID)
}

// AcceptedOrgs implements directory.Tx.
func (t tx) AcceptedOrgs(ctx context.Context, userID string) ([]directory.Org, error) {
	var list []directory.Org
	err := t.each(ctx, `SELECT `+orgColumns+` FROM orgs
		WHERE id IN (SELECT org_id FROM memberships WHERE user_id = ? AND accepted) ORDER BY id`, []any{userID},
		func(rows Rows) error {
			var org directory.Org
			err := rows.Scan(orgFields(&org)...)
			list = append(list, org)
			return err
		})
	return list, err
}

// RemoveMember implements directory.Tx.
func (t tx) RemoveMember(ctx context.Context, orgID, userID string) error {
	return t.exec(ctx, `DELETE FROM memberships WHERE org_id = ? AND user_id = ?`, orgID, userID)
}

// MembershipsAfter implements directory.Tx.
func (t tx) MembershipsAfter(ctx context.Context, userID, after string, limit int) ([]directory.Membership, error) {
	return t.memberships(ctx, `memberships m WHERE m.user_id = ? AND m.org_id > ? ORDER BY m.org_id LIMIT ?`, userID, after, limit)
}

// MembershipsOn implements directory.Tx. It looks up the orgs of the project one by
// one: they are few, while the user may be a member of many.
func (t tx) MembershipsOn(ctx context.Context, projectID, userID string) ([]directory.Membership, error) {
	return t.memberships(ctx, `(SELECT grantee FROM permissions WHERE project_no = (SELECT no FROM projects WHERE id = ?)) AS granted
		CROSS JOIN memberships m ON m.org_id = granted.grantee WHERE m.user_id = ? ORDER BY m.org_id`, projectID, userID)
}

// ProjectMemberships implements directory.Tx.
func (t tx) ProjectMemberships(ctx context.Context, userID string) ([]directory.Membership, error) {
	return t.memberships(ctx, `memberships m WHERE m.user_id = ? AND m.project_access > 0
		AND EXISTS (SELECT 1 FROM permissions p WHERE p.grantee = m.org_id) ORDER BY m.org_id`, userID)
}

// Member implements directory.Tx.
func (t tx) Member(ctx context.Context, orgID, userID string) (directory.Membership, error) {
	list, err := t.memberships(ctx, `memberships m WHERE m.org_id = ? AND m.user_id = ?`, orgID, userID)
	if err == nil && len(list) == 0 {
		err = directory.ErrNoMember
	}
	if err != nil {
		return directory.Membership{}, err
	}
	return list[0], nil
}

// Members implements directory.Tx. Every variant follows an index, so a page
// costs the same however many members the org has.
func (t tx) Members(ctx context.Context, query directory.MemberQuery) ([]directory.Membership, error) {
	if query.IDs != nil && len(query.IDs) == 0 {
		return nil, nil
	}
	where, args := "memberships m WHERE m.org_id = ?", []any{query.OrgID}
	if query.Level != "" {
		where, args = where+" AND m.level = ?", append(args, query.Level)
	}
	if query.IDs != nil {
		where, args = where+" AND m.user_id IN (SELECT value FROM json_each(?))", append(args, asList(query.IDs))
	}
	where += " AND m.user_id > ? ORDER BY m.user_id LIMIT ?"
	return t.memberships(ctx, where, append(args, query.After, query.Limit)...)
}

// memberships lists the memberships m of a FROM clause.
func (t tx) memberships(ctx context.Context, from string, args ...any) ([]directory.Membership, error) {
	var list []directory.Membership
	err := t.each(ctx, `SELECT `+memberColumns+` FROM `+from, args, func(rows Rows) error {
		var m directory.Membership
		err := rows.Scan(memberFields(&m)...)
		list = append(list, m)
		return err
	})
	return list, err
}
