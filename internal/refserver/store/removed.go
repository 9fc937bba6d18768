package store

import "context"

// ClearRemoved implements directory.Tx.
func (t tx) ClearRemoved(ctx context.Context, count int) (more bool, err error) {
	left := count
	for _, clear := range []func(context.Context, int) (int, error){t.clearFolders, t.clearProjects} {
		changed, err := clear(ctx, left)
		if left -= changed; err != nil || left <= 0 {
			return left <= 0, err
		}
	}
	return t.exists(ctx, `SELECT 1 FROM folders WHERE parent < 0 UNION ALL SELECT 1 FROM removed_projects`)
}

// clearFolders deletes removed folders in which nothing is left. Those in the others are
// taken out of them, so that the next call deletes both.
func (t tx) clearFolders(ctx context.Context, count int) (int, error) {
	deleted, err := t.changed(ctx, `DELETE FROM folders WHERE no IN (SELECT r.no FROM folders r WHERE r.parent < 0
		AND NOT EXISTS (SELECT 1 FROM folders f WHERE f.project_no = r.project_no AND f.parent = r.no) LIMIT ?)`, count)
	if err != nil || deleted >= count {
		return deleted, err
	}
	taken, err := t.changed(ctx, removeFolder+`no IN (SELECT f.no FROM folders r
		CROSS JOIN folders f ON f.project_no = r.project_no AND f.parent = r.no WHERE r.parent < 0 LIMIT ?)`, count-deleted)
	return deleted + taken, err
}

// clearProjects deletes what is left of removed projects, except folders.
func (t tx) clearProjects(ctx context.Context, count int) (int, error) {
	total := 0
	for _, of := range []struct{ table, key string }{{"permissions", "grantee"}, {"project_tags", "tag"}, {"project_properties", "name"}} {
		deleted, err := t.changed(ctx, `DELETE FROM `+of.table+` WHERE (project_no, `+of.key+`) IN (
			SELECT project_no, `+of.key+` FROM removed_projects CROSS JOIN `+of.table+` ON project_no = no LIMIT ?)`, count-total)
		if total += deleted; err != nil || total >= count {
			return total, err
		}
	}
	deleted, err := t.changed(ctx, `DELETE FROM removed_projects WHERE no IN (SELECT no FROM removed_projects r
		WHERE NOT EXISTS (SELECT 1 FROM folders WHERE project_no = r.no) LIMIT ?)`, count-total)
	return total + deleted, err
}
