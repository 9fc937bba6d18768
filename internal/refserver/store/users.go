package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// Users implements identity.Tx.
func (t tx) Users(ctx context.Context, after string, count int) ([]identity.User, error) {
	var list []identity.User
	err := t.each(ctx, `SELECT `+userColumns+` FROM users WHERE id > ? ORDER BY id LIMIT ?`, []any{after, count},
		func(rows *sql.Rows) error {
			var u identity.User
			err := rows.Scan(userFields(&u)...)
			list = append(list, u)
			return err
		})
	return list, err
}

// UpdateUser implements identity.Tx.
func (t tx) UpdateUser(ctx context.Context, u identity.User) error {
	return t.exec(ctx, `UPDATE users SET first = ?, middle = ?, last = ?, bill_to = ?, ssh_public_key = ?,
		provisioning_org = ?, disabled = ?, locked = ? WHERE id = ?`,
		u.First, u.Middle, u.Last, u.BillTo, u.SSHPublicKey, u.ProvisioningOrg, u.Disabled, u.Locked, u.ID)
}

// SetEntryCode implements identity.Tx.
func (t tx) SetEntryCode(ctx context.Context, code identity.EntryCode) error {
	return t.exec(ctx, `INSERT INTO entry_codes (hash, purpose, user_id, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (purpose, user_id) DO UPDATE SET hash = excluded.hash, expires = excluded.expires`,
		code.Hash, code.Purpose, code.UserID, millis{&code.Expires})
}

var errNoEntryCode = errors.New("no entry code")

// EntryCode implements identity.Tx.
func (t tx) EntryCode(ctx context.Context, hash string) (identity.EntryCode, bool, error) {
	code := identity.EntryCode{Hash: hash}
	err := t.row(ctx, errNoEntryCode, `SELECT purpose, user_id, expires FROM entry_codes WHERE hash = ?`, []any{hash},
		&code.Purpose, &code.UserID, millis{&code.Expires})
	if errors.Is(err, errNoEntryCode) {
		return identity.EntryCode{}, false, nil
	}
	return code, err == nil, err
}

// SpendEntryCode implements identity.Tx.
func (t tx) SpendEntryCode(ctx context.Context, hash string) (bool, error) {
	return t.affected(ctx, `DELETE FROM entry_codes WHERE hash = ?`, hash)
}

// Nonce implements directory.Tx.
func (t tx) Nonce(ctx context.Context, userID, nonce string) (directory.Nonce, bool, error) {
	found := directory.Nonce{UserID: userID, Value: nonce}
	err := t.row(ctx, errNoNonce, `SELECT input, made, created FROM nonces WHERE user_id = ? AND nonce = ?`,
		[]any{userID, nonce}, &found.Input, &found.Made, millis{&found.Created})
	if errors.Is(err, errNoNonce) {
		return directory.Nonce{}, false, nil
	}
	return found, err == nil, err
}

var errNoNonce = errors.New("no such nonce")

// KeepNonce implements directory.Tx.
func (t tx) KeepNonce(ctx context.Context, n directory.Nonce) error {
	return t.exec(ctx, `INSERT INTO nonces (user_id, nonce, input, made, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (user_id, nonce) DO UPDATE SET input = excluded.input, made = excluded.made, created = excluded.created`,
		n.UserID, n.Value, n.Input, n.Made, millis{&n.Created})
}

// SweepNonces implements directory.Tx.
func (t tx) SweepNonces(ctx context.Context, before time.Time) error {
	return t.exec(ctx, `DELETE FROM nonces WHERE created < ?`, millis{&before})
}
