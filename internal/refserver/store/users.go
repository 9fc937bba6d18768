package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

const userColumns = `id, handle, email, first, middle, last, password_hash, sso, disabled, superuser, created,
	bill_to, ssh_public_key, provisioning_org, locked, created_by, email_verified`

// userFields returns the destinations of the userColumns.
func userFields(u *identity.User) []any {
	return []any{&u.ID, &u.Handle, &u.Email, &u.First, &u.Middle, &u.Last, &u.PasswordHash,
		&u.SSO, &u.Disabled, &u.Superuser, millis{&u.Created},
		&u.BillTo, &u.SSHPublicKey, &u.ProvisioningOrg, &u.Locked, &u.CreatedBy, &u.EmailVerified}
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
	return t.user(ctx, "email <> '' AND lower(email) = ?", lowerASCII(email))
}

// lowerASCII is what lower is in SQL: letters beyond ASCII stay as they are.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, b := range lower {
		if 'A' <= b && b <= 'Z' {
			lower[i] = b + 'a' - 'A'
		}
	}
	return string(lower)
}

// InsertUser implements identity.Tx.
func (t tx) InsertUser(ctx context.Context, u identity.User) error {
	return t.insert(ctx, identity.ErrUserExists, `INSERT INTO users (`+userColumns+`) VALUES (`+placeholders(17)+`)`, userFields(&u)...)
}

// CountUsersBy implements identity.Tx.
func (t tx) CountUsersBy(ctx context.Context, creatorID string, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM users WHERE created_by = ? AND created_by <> ''`, atMost, creatorID)
}

// SetPasswordHash implements identity.Tx.
func (t tx) SetPasswordHash(ctx context.Context, userID, encoded string) error {
	return t.exec(ctx, `UPDATE users SET password_hash = ? WHERE id = ?`, encoded, userID)
}

// SetEmail implements identity.Tx.
func (t tx) SetEmail(ctx context.Context, userID, email string) error {
	taken, err := t.exists(ctx, `SELECT 1 FROM users WHERE email <> '' AND lower(email) = ? AND id <> ?`, lowerASCII(email), userID)
	if err != nil {
		return err
	}
	if taken {
		return identity.ErrUserExists
	}
	return t.exec(ctx, `UPDATE users SET email = ?, email_verified = (email_verified AND email = ?) WHERE id = ?`, email, email, userID)
}

// Users implements identity.Tx. What it skips, it skips in the index alone.
func (t tx) Users(ctx context.Context, query identity.UserQuery) ([]identity.User, error) {
	var list []identity.User
	err := t.each(ctx, `SELECT `+userColumns+` FROM users
		WHERE id >= (SELECT id FROM users WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?) ORDER BY id LIMIT ?`, []any{query.After, query.Skip, query.Limit},
		func(rows Rows) error {
			var u identity.User
			err := rows.Scan(userFields(&u)...)
			list = append(list, u)
			return err
		})
	return list, err
}

// UsersByID implements identity.Tx.
func (t tx) UsersByID(ctx context.Context, ids []string) (map[string]identity.User, error) {
	found := map[string]identity.User{}
	if len(ids) == 0 {
		return found, nil
	}
	err := t.each(ctx, `SELECT `+userColumns+` FROM users WHERE id IN (`+placeholders(len(ids))+`)`, anys(ids), func(rows Rows) error {
		var u identity.User
		err := rows.Scan(userFields(&u)...)
		found[u.ID] = u
		return err
	})
	return found, err
}

// CountUsers implements identity.Tx.
func (t tx) CountUsers(ctx context.Context) (count int, err error) {
	err = t.row(ctx, errNoRow, `SELECT COUNT(*) FROM users`, nil, &count)
	return count, err
}

// UpdateUser implements identity.Tx.
func (t tx) UpdateUser(ctx context.Context, u identity.User) error {
	return t.exec(ctx, `UPDATE users SET first = ?, middle = ?, last = ?, bill_to = ?, ssh_public_key = ?,
		provisioning_org = ?, disabled = ?, locked = ? WHERE id = ?`,
		u.First, u.Middle, u.Last, u.BillTo, u.SSHPublicKey, u.ProvisioningOrg, u.Disabled, u.Locked, u.ID)
}

// SetAccessCode implements identity.Tx.
func (t tx) SetAccessCode(ctx context.Context, code identity.AccessCode) error {
	return t.exec(ctx, `INSERT INTO entry_codes (hash, purpose, user_id, made, expires) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (purpose, user_id) DO UPDATE SET hash = excluded.hash, made = excluded.made, expires = excluded.expires`,
		code.Hash, code.Purpose, code.UserID, millis{&code.Made}, millis{&code.Expires})
}

// AccessCode implements identity.Tx.
func (t tx) AccessCode(ctx context.Context, hash string) (identity.AccessCode, bool, error) {
	code := identity.AccessCode{Hash: hash}
	found, err := t.found(ctx, `SELECT purpose, user_id, made, expires FROM entry_codes WHERE hash = ?`, []any{hash},
		&code.Purpose, &code.UserID, millis{&code.Made}, millis{&code.Expires})
	return code, found, err
}

// SpendAccessCode implements identity.Tx.
func (t tx) SpendAccessCode(ctx context.Context, hash string) (bool, error) {
	return t.affected(ctx, `DELETE FROM entry_codes WHERE hash = ?`, hash)
}

// SweepAccessCodes implements identity.Tx.
func (t tx) SweepAccessCodes(ctx context.Context, since, now time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM entry_codes WHERE hash IN (
		SELECT hash FROM entry_codes WHERE expires > ? AND expires <= ? LIMIT ?)`, orZero(since), millis{&now}, count)
}

// SweepAccessCodesAhead implements identity.Tx.
func (t tx) SweepAccessCodesAhead(ctx context.Context, latest time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM entry_codes WHERE hash IN (SELECT hash FROM entry_codes WHERE made > ? LIMIT ?)`,
		millis{&latest}, count)
}
