package store

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

const userColumns = `id, handle, email, first, middle, last, password_hash, sso, disabled, superuser, created`

func (t tx) user(ctx context.Context, where string, arg any) (identity.User, error) {
	var u identity.User
	err := t.row(ctx, identity.ErrNoUser, `SELECT `+userColumns+` FROM users WHERE `+where, []any{arg},
		&u.ID, &u.Handle, &u.Email, &u.First, &u.Middle, &u.Last, &u.PasswordHash,
		&u.SSO, &u.Disabled, &u.Superuser, millis{&u.Created})
	return u, err
}

// AnyUser implements identity.Tx.
func (t tx) AnyUser(ctx context.Context) (bool, error) { return t.exists(ctx, `SELECT 1 FROM users`) }

// UserByID implements identity.Tx.
func (t tx) UserByID(ctx context.Context, id string) (identity.User, error) {
	return t.user(ctx, "id = ?", id)
}

// UserByEmail implements identity.Tx.
func (t tx) UserByEmail(ctx context.Context, email string) (identity.User, error) {
	return t.user(ctx, "email <> '' AND lower(email) = lower(?)", email)
}

// InsertUser implements identity.Tx.
func (t tx) InsertUser(ctx context.Context, u identity.User) error {
	err := t.exec(ctx, `INSERT INTO users (`+userColumns+`) VALUES (`+placeholders(11)+`)`,
		u.ID, u.Handle, u.Email, u.First, u.Middle, u.Last, u.PasswordHash,
		u.SSO, u.Disabled, u.Superuser, millis{&u.Created})
	if isDuplicate(err) {
		return identity.ErrUserExists
	}
	return err
}

// SetPasswordHash implements identity.Tx.
func (t tx) SetPasswordHash(ctx context.Context, userID, encoded string) error {
	return t.exec(ctx, `UPDATE users SET password_hash = ? WHERE id = ?`, encoded, userID)
}

var errNoFactor = errors.New("no second factor")

// SecondFactor implements identity.Tx.
func (t tx) SecondFactor(ctx context.Context, userID string) (identity.SecondFactor, bool, error) {
	var factor identity.SecondFactor
	err := t.row(ctx, errNoFactor, `SELECT seed, last_step FROM second_factors WHERE user_id = ?`, []any{userID},
		&factor.SealedSeed, &factor.LastStep)
	if errors.Is(err, errNoFactor) {
		return factor, false, nil
	}
	return factor, err == nil, err
}

// SetSecondFactor implements identity.Tx.
func (t tx) SetSecondFactor(ctx context.Context, userID string, factor identity.SecondFactor) error {
	return t.exec(ctx, `INSERT INTO second_factors (user_id, seed, last_step) VALUES (?, ?, ?)
		ON CONFLICT (user_id) DO UPDATE SET seed = excluded.seed, last_step = excluded.last_step`,
		userID, factor.SealedSeed, factor.LastStep)
}

// SpendStep implements identity.Tx.
func (t tx) SpendStep(ctx context.Context, userID string, step int64) (bool, error) {
	return t.affected(ctx, `UPDATE second_factors SET last_step = ? WHERE user_id = ? AND last_step < ?`, step, userID, step)
}

// AddRecoveryCode implements identity.Tx.
func (t tx) AddRecoveryCode(ctx context.Context, userID, hash string) error {
	return t.exec(ctx, `INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)`, userID, hash)
}

// SpendRecoveryCode implements identity.Tx.
func (t tx) SpendRecoveryCode(ctx context.Context, userID, hash string, at time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE recovery_codes SET used = ? WHERE user_id = ? AND hash = ? AND used IS NULL`,
		millis{&at}, userID, hash)
}

// maxSources bounds the networks remembered for a user.
const maxSources = 20

// KnownSource implements identity.Tx.
func (t tx) KnownSource(ctx context.Context, userID, source string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM known_sources WHERE user_id = ? AND source = ?`, userID, source)
}

// RememberSource implements identity.Tx.
func (t tx) RememberSource(ctx context.Context, userID, source string, at time.Time) error {
	err := t.exec(ctx, `INSERT INTO known_sources (user_id, source, seen) VALUES (?, ?, ?)
		ON CONFLICT (user_id, source) DO UPDATE SET seen = excluded.seen`, userID, source, millis{&at})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM known_sources WHERE user_id = ? AND source IN (
		SELECT source FROM known_sources WHERE user_id = ? ORDER BY seen DESC LIMIT -1 OFFSET ?)`,
		userID, userID, maxSources)
}
