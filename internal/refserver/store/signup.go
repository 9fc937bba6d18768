package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// SetSignUp implements identity.Tx.
func (t tx) SetSignUp(ctx context.Context, signUp identity.SignUp) error {
	return t.exec(ctx, `INSERT INTO sign_ups (user_id, code_hash, code, made, expires) VALUES (?, ?, ?, ?, ?)`,
		signUp.UserID, signUp.CodeHash, signUp.SealedCode, millis{&signUp.Valid.Made}, millis{&signUp.Valid.Ends})
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
	waits, err := t.found(ctx, `SELECT user_id, code_hash, code, made, expires FROM sign_ups WHERE `+where, []any{arg},
		&signUp.UserID, &signUp.CodeHash, &signUp.SealedCode, millis{&signUp.Valid.Made}, millis{&signUp.Valid.Ends})
	return signUp, waits, err
}

// RenewSignUp implements identity.Tx.
func (t tx) RenewSignUp(ctx context.Context, userID, hash string) error {
	return t.exec(ctx, `UPDATE sign_ups SET code_hash = ? WHERE user_id = ?`, hash, userID)
}

// SweepSignUps implements identity.Tx.
func (t tx) SweepSignUps(ctx context.Context, since, now time.Time, count int) error {
	const ended = `SELECT s.user_id FROM sign_ups s WHERE s.expires > ? AND s.expires <= ?`
	err := t.exec(ctx, `DELETE FROM users WHERE id IN (`+ended+`
		AND NOT EXISTS (SELECT 1 FROM memberships WHERE user_id = s.user_id)
		AND NOT EXISTS (SELECT 1 FROM permissions WHERE grantee = s.user_id)
		AND NOT EXISTS (SELECT 1 FROM projects WHERE bill_to = s.user_id)
		AND NOT EXISTS (SELECT 1 FROM identities WHERE user_id = s.user_id) LIMIT ?)`, orZero(since), millis{&now}, count)
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM sign_ups WHERE user_id IN (`+ended+` LIMIT ?)`, orZero(since), millis{&now}, count)
}

// DropSignUp implements identity.Tx.
func (t tx) DropSignUp(ctx context.Context, userID string) (bool, error) {
	return t.affected(ctx, `DELETE FROM sign_ups WHERE user_id = ?`, userID)
}

// CountSignUps implements identity.Tx.
func (t tx) CountSignUps(ctx context.Context) (int, error) {
	var count int
	err := t.row(ctx, errNoRow, `SELECT COUNT(*) FROM sign_ups`, nil, &count)
	return count, err
}

// SetUnreadCodes implements identity.Tx.
func (t tx) SetUnreadCodes(ctx context.Context, userID string, sealed []byte, valid clock.Span) error {
	return t.exec(ctx, `INSERT INTO unread_codes (user_id, codes, made, expires) VALUES (?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET codes = excluded.codes, made = excluded.made, expires = excluded.expires`,
		userID, sealed, millis{&valid.Made}, millis{&valid.Ends})
}

// TakeUnreadCodes implements identity.Tx.
func (t tx) TakeUnreadCodes(ctx context.Context, userID string, now time.Time) (sealed []byte, err error) {
	var valid clock.Span
	_, err = t.found(ctx, `DELETE FROM unread_codes WHERE user_id = ? RETURNING codes, made, expires`,
		[]any{userID}, &sealed, millis{&valid.Made}, millis{&valid.Ends})
	if err != nil || !valid.Contains(now) {
		return nil, err
	}
	return append([]byte{}, sealed...), nil // the driver reads an empty value as nil
}

// SweepUnreadCodes implements identity.Tx.
func (t tx) SweepUnreadCodes(ctx context.Context, now time.Time, count int) error {
	return t.sweepInvalid(ctx, "unread_codes", "user_id", now, count)
}

// sweepInvalid deletes at most count rows of a table that are not valid.
func (t tx) sweepInvalid(ctx context.Context, table, key string, now time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM `+table+` WHERE `+key+` IN (
		SELECT `+key+` FROM `+table+` WHERE expires <= ? OR made > ? LIMIT ?)`,
		millis{&now}, now.Add(clock.Slack).UnixMilli(), count)
}
