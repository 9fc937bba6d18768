package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// SetSignUp implements identity.Tx.
func (t tx) SetSignUp(ctx context.Context, signUp identity.SignUp) error {
	return t.exec(ctx, `INSERT INTO sign_ups (user_id, code_hash, code) VALUES (?, ?, ?)`,
		signUp.UserID, signUp.CodeHash, signUp.SealedCode)
}

// SignUp implements identity.Tx.
func (t tx) SignUp(ctx context.Context, userID string) (identity.SignUp, bool, error) {
	return t.signUp(ctx, "user_id = ?", userID)
}

// SignUpByCode implements identity.Tx.
func (t tx) SignUpByCode(ctx context.Context, hash string) (identity.SignUp, bool, error) {
	return t.signUp(ctx, "code_hash = ?", hash)
}

func (t tx) signUp(ctx context.Context, where, arg string) (identity.SignUp, bool, error) {
	var signUp identity.SignUp
	waits, err := t.found(ctx, `SELECT user_id, code_hash, code FROM sign_ups WHERE `+where, []any{arg},
		&signUp.UserID, &signUp.CodeHash, &signUp.SealedCode)
	return signUp, waits, err
}

// DropSignUp implements identity.Tx.
func (t tx) DropSignUp(ctx context.Context, userID string) (bool, error) {
	return t.affected(ctx, `DELETE FROM sign_ups WHERE user_id = ?`, userID)
}

// CountSignUps implements identity.Tx.
func (t tx) CountSignUps(ctx context.Context) (int, error) {
	var count int
	err := t.row(ctx, sql.ErrNoRows, `SELECT COUNT(*) FROM sign_ups`, nil, &count)
	return count, err
}

// SetUnreadCodes implements identity.Tx.
func (t tx) SetUnreadCodes(ctx context.Context, userID string, sealed []byte, expires time.Time) error {
	return t.exec(ctx, `INSERT INTO unread_codes (user_id, codes, expires) VALUES (?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET codes = excluded.codes, expires = excluded.expires`,
		userID, sealed, millis{&expires})
}

// TakeUnreadCodes implements identity.Tx.
func (t tx) TakeUnreadCodes(ctx context.Context, userID string, now time.Time) (sealed []byte, err error) {
	_, err = t.found(ctx, `DELETE FROM unread_codes WHERE user_id = ? AND expires > ? RETURNING codes`,
		[]any{userID, millis{&now}}, &sealed)
	return sealed, err
}

// SweepUnreadCodes implements identity.Tx.
func (t tx) SweepUnreadCodes(ctx context.Context, before time.Time) error {
	return t.exec(ctx, `DELETE FROM unread_codes WHERE expires <= ?`, millis{&before})
}
