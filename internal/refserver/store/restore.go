package store

import (
	"context"
	"time"
)

// copyMark is the name in the table meta of the time at which a copy was made. Only
// copies that no server was started on have it.
const copyMark = "copied"

// MarkCopy marks a store as a copy made at a time.
func MarkCopy(ctx context.Context, conn Conn, made time.Time) error {
	return tx{conn}.exec(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, copyMark, []byte(made.UTC().Format(time.RFC3339)))
}

// TakeCopyMark implements transaction.Tx.
func (t tx) TakeCopyMark(ctx context.Context) (time.Time, bool, error) {
	var value []byte
	found, err := t.found(ctx, `DELETE FROM meta WHERE name = ? RETURNING value`, []any{copyMark}, &value)
	if err != nil || !found {
		return time.Time{}, false, err
	}
	made, err := time.Parse(time.RFC3339, string(value))
	return made, true, err
}

// DropAllCodes implements identity.Tx.
func (t tx) DropAllCodes(ctx context.Context, step int64) error {
	for _, table := range []string{"entry_codes", "tickets", "enrolments", "unread_codes"} {
		if err := t.exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	if err := t.exec(ctx, `DELETE FROM recovery_codes WHERE used IS NULL`); err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE second_factors SET last_step = ? WHERE last_step < ?`, step, step)
}
