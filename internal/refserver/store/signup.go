package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
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
