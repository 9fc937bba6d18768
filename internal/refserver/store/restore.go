package store

import (
	"context"
	"time"
)

// CopyMarkName is the name in the table meta of the time at which a copy was made. Only
// copies that no server was started on have it.
const CopyMarkName = "copied"

// MarkCopy marks a store as a copy made at a time.
func MarkCopy(ctx context.Context, conn Conn, made time.Time) error {
	return tx{conn}.setMeta(ctx, CopyMarkName, []byte(made.UTC().Format(time.RFC3339)))
}

// MarkCopyOnce is MarkCopy, unless the store is marked: then it is a copy of that time.
func MarkCopyOnce(ctx context.Context, conn Conn, made time.Time) error {
	return AddMeta(ctx, conn, CopyMarkName, []byte(made.UTC().Format(time.RFC3339)))
}

// CopyMark implements history.Tx.
func (t tx) CopyMark(ctx context.Context) (time.Time, bool, error) {
	made, err := t.metaTime(ctx, CopyMarkName)
	return made, !made.IsZero(), err
}

// DropCopyMark implements history.Tx.
func (t tx) DropCopyMark(ctx context.Context) (bool, error) {
	return t.affected(ctx, `DELETE FROM meta WHERE name = ?`, CopyMarkName)
}

// restoredName is the name in the table meta of the time at which the store was restored
// last.
const restoredName = "restored"

// SetRestored implements history.Tx.
func (t tx) SetRestored(ctx context.Context, at time.Time) error {
	return t.setMeta(ctx, restoredName, []byte(at.UTC().Format(time.RFC3339Nano)))
}

// Restored implements trust.Tx.
func (t tx) Restored(ctx context.Context) (time.Time, error) { return t.metaTime(ctx, restoredName) }

// metaTime returns a time of the table meta; zero: there is none.
func (t tx) metaTime(ctx context.Context, name string) (time.Time, error) {
	var value []byte
	found, err := t.found(ctx, `SELECT value FROM meta WHERE name = ?`, []any{name}, &value)
	if err != nil || !found {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, string(value)) // takes fractions, too
}

// DropCodes implements identity.Tx.
func (t tx) DropCodes(ctx context.Context, step int64, count int) (more bool, err error) {
	left := count
	for _, drop := range []struct {
		statement string
		args      []any
	}{
		{`DELETE FROM entry_codes WHERE hash IN (SELECT hash FROM entry_codes LIMIT ?)`, nil},
		{`DELETE FROM tickets WHERE hash IN (SELECT hash FROM tickets LIMIT ?)`, nil},
		{`DELETE FROM provider_sign_ins WHERE hash IN (SELECT hash FROM provider_sign_ins LIMIT ?)`, nil},
		{`DELETE FROM enrolments WHERE user_id IN (SELECT user_id FROM enrolments LIMIT ?)`, nil},
		{`DELETE FROM unread_codes WHERE user_id IN (SELECT user_id FROM unread_codes LIMIT ?)`, nil},
		{`DELETE FROM authorization_codes WHERE hash IN (SELECT hash FROM authorization_codes LIMIT ?)`, nil},
		{`DELETE FROM devices WHERE hash IN (SELECT hash FROM devices LIMIT ?)`, nil},
		{`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox LIMIT ?)`, nil},
		{`DELETE FROM recovery_codes WHERE (user_id, hash) IN (SELECT user_id, hash FROM recovery_codes WHERE used IS NULL LIMIT ?)`, nil},
		{`UPDATE second_factors SET last_step = ? WHERE user_id IN (SELECT user_id FROM second_factors WHERE last_step < ? LIMIT ?)`, []any{step, step}},
	} {
		changed, err := t.changed(ctx, drop.statement, append(drop.args, left)...)
		if left -= changed; err != nil || left <= 0 {
			return true, err
		}
	}
	return false, nil
}
