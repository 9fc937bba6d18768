package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/outbox"
)

const mailColumns = `id, recipient, kind, letter, made, expires, next_try, attempts`

// mailFields returns the destinations of the mailColumns.
func mailFields(m *outbox.Message) []any {
	return []any{&m.ID, &m.To, &m.Kind, &m.Sealed, millis{&m.Made}, millis{&m.Expires}, millis{&m.Next}, &m.Attempts}
}

// InsertMail implements outbox.Tx.
func (t tx) InsertMail(ctx context.Context, m outbox.Message) error {
	return t.exec(ctx, `INSERT INTO outbox (`+mailColumns+`) VALUES (`+placeholders(8)+`)`,
		m.ID, m.To, string(m.Kind), m.Sealed, millis{&m.Made}, millis{&m.Expires}, millis{&m.Next}, m.Attempts)
}

// CountMails implements outbox.Tx.
func (t tx) CountMails(ctx context.Context, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM outbox`, atMost)
}

// CountMailsTo implements outbox.Tx.
func (t tx) CountMailsTo(ctx context.Context, to string, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM outbox WHERE lower(recipient) = ?`, atMost, lowerASCII(to))
}

// DueMails implements outbox.Tx.
func (t tx) DueMails(ctx context.Context, now time.Time, count int) ([]outbox.Message, error) {
	return t.mails(ctx, `WHERE next_try <= ? AND expires > ? ORDER BY next_try, id LIMIT ?`, millis{&now}, millis{&now}, count)
}

// Mails implements outbox.Tx.
func (t tx) Mails(ctx context.Context, count int) ([]outbox.Message, error) {
	return t.mails(ctx, `ORDER BY made DESC, id LIMIT ?`, count)
}

func (t tx) mails(ctx context.Context, rest string, args ...any) ([]outbox.Message, error) {
	return t.mailsOf(ctx, `SELECT `+mailColumns+` FROM outbox `+rest, args...)
}

// mailsOf returns the rows that a statement returns with the mailColumns.
func (t tx) mailsOf(ctx context.Context, statement string, args ...any) (list []outbox.Message, err error) {
	err = t.each(ctx, statement, args, func(rows Rows) error {
		var m outbox.Message
		err := rows.Scan(mailFields(&m)...)
		list = append(list, m)
		return err
	})
	return list, err
}

// ClaimMail implements outbox.Tx.
func (t tx) ClaimMail(ctx context.Context, id string, attempts int, now, next time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE outbox SET attempts = attempts + 1, next_try = ? WHERE id = ? AND attempts = ? AND next_try <= ?`,
		millis{&next}, id, attempts, millis{&now})
}

// DeferMail implements outbox.Tx.
func (t tx) DeferMail(ctx context.Context, id string, attempts int, next time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE outbox SET next_try = ? WHERE id = ? AND attempts = ?`, millis{&next}, id, attempts)
}

// DropMail implements outbox.Tx.
func (t tx) DropMail(ctx context.Context, id string, attempts int) (bool, error) {
	return t.affected(ctx, `DELETE FROM outbox WHERE id = ? AND attempts = ?`, id, attempts)
}

// SweepMails implements outbox.Tx.
func (t tx) SweepMails(ctx context.Context, now time.Time, count int) ([]outbox.Message, error) {
	return t.mailsOf(ctx, `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE expires <= ? LIMIT ?) RETURNING `+mailColumns, millis{&now}, count)
}
