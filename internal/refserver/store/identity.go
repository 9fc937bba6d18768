package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

const userColumns = `id, handle, email, first, middle, last, password_hash, sso, disabled, superuser, created,
	bill_to, ssh_public_key, provisioning_org, locked`

// userFields returns where the userColumns go.
func userFields(u *identity.User) []any {
	return []any{&u.ID, &u.Handle, &u.Email, &u.First, &u.Middle, &u.Last, &u.PasswordHash,
		&u.SSO, &u.Disabled, &u.Superuser, millis{&u.Created},
		&u.BillTo, &u.SSHPublicKey, &u.ProvisioningOrg, &u.Locked}
}

func (t tx) user(ctx context.Context, where string, arg any) (identity.User, error) {
	var u identity.User
	err := t.row(ctx, identity.ErrNoUser, `SELECT `+userColumns+` FROM users WHERE `+where, []any{arg}, userFields(&u)...)
	return u, err
}

// AnyUser implements identity.Tx.
func (t tx) AnyUser(ctx context.Context) (bool, error) { return t.exists(ctx, `SELECT 1 FROM users`) }

// UserByID implements identity.Tx.
func (t tx) UserByID(ctx context.Context, id string) (identity.User, error) {
	return t.user(ctx, "id = ?", id)
}

// UserByEmail implements identity.Tx.
func (t tx) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	return t.user(ctx, "email <> '' AND lower(email) = lower(?)", email)
}

// InsertUser implements identity.Tx.
func (t tx) InsertUser(ctx context.Context, u identity.User) error {
	err := t.exec(ctx, `INSERT INTO users (`+userColumns+`) VALUES (`+placeholders(15)+`)`, userFields(&u)...)
	if isDuplicate(err) {
		return identity.ErrUserExists
	}
	return err
}

// SetPasswordHash implements identity.Tx.
func (t tx) SetPasswordHash(ctx context.Context, userID, encoded string) error {
	return t.exec(ctx, `UPDATE users SET password_hash = ? WHERE id = ?`, encoded, userID)
}

// SetEmail implements identity.Tx.
func (t tx) SetEmail(ctx context.Context, userID, email string) error {
	err := t.exec(ctx, `UPDATE users SET email = ? WHERE id = ?`, email, userID)
	if isDuplicate(err) {
		return identity.ErrUserExists
	}
	return err
}

// maxSources bounds the networks remembered for a user.
const maxSources = 20

// KnownSource implements identity.Tx.
func (t tx) KnownSource(ctx context.Context, userID, source string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM known_sources WHERE user_id = ? AND source = ?`, userID, source)
}

// RememberSource implements identity.Tx.
func (t tx) RememberSource(ctx context.Context, userID, source string, at time.Time) error {
	err := t.exec(ctx, `INSERT INTO known_sources (user_id, source, seen) VALUES (?, ?, ?)
		ON CONFLICT (user_id, source) DO UPDATE SET seen = excluded.seen`, userID, source, millis{&at})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM known_sources WHERE user_id = ? AND source IN (
		SELECT source FROM known_sources WHERE user_id = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)`,
		userID, userID, maxSources)
}
