package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// SecondFactor implements identity.Tx.
func (t tx) SecondFactor(ctx context.Context, userID string) (identity.SecondFactor, bool, error) {
	var factor identity.SecondFactor
	on, err := t.found(ctx, `SELECT seed, last_step, since FROM second_factors WHERE user_id = ?`, []any{userID},
		&factor.SealedSeed, &factor.LastStep, millis{&factor.Since})
	return factor, on, err
}

// HaveSecondFactor implements identity.Tx.
func (t tx) HaveSecondFactor(ctx context.Context, userIDs []string) (map[string]bool, error) {
	have := map[string]bool{}
	if len(userIDs) == 0 {
		return have, nil
	}
	err := t.each(ctx, `SELECT user_id FROM second_factors WHERE user_id IN (`+placeholders(len(userIDs))+`)`, anys(userIDs), func(rows Rows) error {
		var userID string
		err := rows.Scan(&userID)
		have[userID] = true
		return err
	})
	return have, err
}

// SetSecondFactor implements identity.Tx.
func (t tx) SetSecondFactor(ctx context.Context, userID string, factor identity.SecondFactor) error {
	return t.exec(ctx, `INSERT INTO second_factors (user_id, seed, last_step, since) VALUES (?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET seed = excluded.seed, last_step = excluded.last_step, since = excluded.since`,
		userID, factor.SealedSeed, factor.LastStep, millis{&factor.Since})
}

// ClearSecondFactor implements identity.Tx.
func (t tx) ClearSecondFactor(ctx context.Context, userID string) (bool, error) {
	return t.affected(ctx, `DELETE FROM second_factors WHERE user_id = ?`, userID)
}

// SpendStep implements identity.Tx.
func (t tx) SpendStep(ctx context.Context, userID string, step, horizon int64) (bool, error) {
	return t.affected(ctx, `UPDATE second_factors SET last_step = ? WHERE user_id = ? AND (last_step < ? OR last_step > ?)`,
		step, userID, step, horizon)
}

// RecoveryCodes implements identity.Tx.
func (t tx) RecoveryCodes(ctx context.Context, userID string) ([]identity.RecoveryCode, error) {
	var codes []identity.RecoveryCode
	err := t.each(ctx, `SELECT hash, used FROM recovery_codes WHERE user_id = ?`, []any{userID}, func(rows Rows) error {
		var code identity.RecoveryCode
		err := rows.Scan(&code.Hash, millis{&code.Used})
		codes = append(codes, code)
		return err
	})
	return codes, err
}

// SetRecoveryCodes implements identity.Tx.
func (t tx) SetRecoveryCodes(ctx context.Context, userID string, hashes []string) error {
	if err := t.exec(ctx, `DELETE FROM recovery_codes WHERE user_id = ?`, userID); err != nil {
		return err
	}
	for _, hash := range hashes {
		if err := t.exec(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)`, userID, hash); err != nil {
			return err
		}
	}
	return nil
}

// SpendRecoveryCode implements identity.Tx.
func (t tx) SpendRecoveryCode(ctx context.Context, userID, hash string, at time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE recovery_codes SET used = ? WHERE user_id = ? AND hash = ? AND used IS NULL`,
		millis{&at}, userID, hash)
}

// Enrollment implements identity.Tx.
func (t tx) Enrollment(ctx context.Context, userID string) (identity.Enrollment, bool, error) {
	var e identity.Enrollment
	found, err := t.found(ctx, `SELECT seed, step, codes, made, expires FROM enrolments WHERE user_id = ?`, []any{userID},
		&e.SealedSeed, &e.Step, asJSON{&e.CodeHashes}, millis{&e.Made}, millis{&e.Expires})
	return e, found, err
}

// SetEnrollment implements identity.Tx.
func (t tx) SetEnrollment(ctx context.Context, userID string, e identity.Enrollment) error {
	return t.exec(ctx, `INSERT INTO enrolments (user_id, seed, step, codes, made, expires) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET
			seed = excluded.seed, step = excluded.step, codes = excluded.codes, made = excluded.made, expires = excluded.expires`,
		userID, e.SealedSeed, e.Step, asJSON{e.CodeHashes}, millis{&e.Made}, millis{&e.Expires})
}

// ConfirmEnrollment implements identity.Tx.
func (t tx) ConfirmEnrollment(ctx context.Context, userID string, step int64, hashes []string) (bool, error) {
	return t.affected(ctx, `UPDATE enrolments SET step = ?, codes = ? WHERE user_id = ? AND step < ?`,
		step, asJSON{hashes}, userID, step)
}

// ClearEnrollment implements identity.Tx.
func (t tx) ClearEnrollment(ctx context.Context, userID string) error {
	return t.exec(ctx, `DELETE FROM enrolments WHERE user_id = ?`, userID)
}

// maxTickets bounds the tickets of a user. Each requires the right password, but
// a program that keeps trying would fill the store.
const maxTickets = 10

// InsertTicket implements identity.Tx.
func (t tx) InsertTicket(ctx context.Context, ticket identity.Ticket) error {
	err := t.exec(ctx, `INSERT INTO tickets (hash, user_id, ordered, made, expires) VALUES (?, ?, ?, ?, ?)`,
		ticket.Hash, ticket.UserID, ticket.Order, millis{&ticket.Made}, millis{&ticket.Expires})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM tickets WHERE user_id = ? AND hash <> ? AND hash NOT IN (
		SELECT hash FROM tickets WHERE user_id = ? AND hash <> ? ORDER BY expires DESC LIMIT ?)`,
		ticket.UserID, ticket.Hash, ticket.UserID, ticket.Hash, maxTickets-1)
}

// TicketByHash implements identity.Tx.
func (t tx) TicketByHash(ctx context.Context, hash string) (identity.Ticket, error) {
	ticket := identity.Ticket{Hash: hash}
	err := t.row(ctx, identity.ErrNoTicket, `SELECT user_id, ordered, made, expires FROM tickets WHERE hash = ?`, []any{hash},
		&ticket.UserID, &ticket.Order, millis{&ticket.Made}, millis{&ticket.Expires})
	return ticket, err
}

// DropTicket implements identity.Tx.
func (t tx) DropTicket(ctx context.Context, hash string) (bool, error) {
	return t.affected(ctx, `DELETE FROM tickets WHERE hash = ?`, hash)
}

// DropTickets implements identity.Tx.
func (t tx) DropTickets(ctx context.Context, userID string) error {
	return t.exec(ctx, `DELETE FROM tickets WHERE user_id = ?`, userID)
}

// SweepEnrollments implements identity.Tx.
func (t tx) SweepEnrollments(ctx context.Context, now time.Time, count int) error {
	return t.sweepInvalid(ctx, "enrolments", "user_id", now, count)
}

// SweepTickets implements identity.Tx.
func (t tx) SweepTickets(ctx context.Context, now time.Time, count int) error {
	return t.sweepInvalid(ctx, "tickets", "hash", now, count)
}
