package store

import "context"

// EntityExists implements directory.Tx.
func (t tx) EntityExists(ctx context.Context, id string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM users WHERE id = ? UNION ALL SELECT 1 FROM orgs WHERE id = ?`, id, id)
}
