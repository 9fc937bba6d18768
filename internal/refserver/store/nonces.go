package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// Nonce implements directory.Tx.
func (t tx) Nonce(ctx context.Context, userID, nonce string) (directory.Nonce, bool, error) {
	use := directory.Nonce{UserID: userID, Value: nonce}
	found, err := t.found(ctx, `SELECT input, made, created FROM nonces WHERE user_id = ? AND nonce = ?`,
		[]any{userID, nonce}, &use.Input, &use.Made, millis{&use.Created})
	return use, found, err
}

// KeepNonce implements directory.Tx.
func (t tx) KeepNonce(ctx context.Context, n directory.Nonce) error {
	return t.exec(ctx, `INSERT INTO nonces (user_id, nonce, input, made, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (user_id, nonce) DO UPDATE SET input = excluded.input, made = excluded.made, created = excluded.created`,
		n.UserID, n.Value, n.Input, n.Made, millis{&n.Created})
}

// SweepNonces implements directory.Tx.
func (t tx) SweepNonces(ctx context.Context, before time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM nonces WHERE (user_id, nonce) IN (
		SELECT user_id, nonce FROM nonces WHERE created < ? LIMIT ?)`, millis{&before}, count)
}
