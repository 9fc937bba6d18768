package store

import (
	"context"
	"time"
)

// copyMark is the name in the table meta of the time at which a copy was made. Only
// copies that no server was started on have it.
const copyMark = "copied"

// markCopy marks a store as a copy made now.
func markCopy(ctx context.Context, path string) error {
	db, err := openPool(dataSource(path, waitSettings), 1)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, copyMark, []byte(time.Now().UTC().Format(time.RFC3339)))
	return classify(err)
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
