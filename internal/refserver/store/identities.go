package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

const identityColumns = `issuer, subject, user_id, email, linked, used`

// identityFields returns the destinations of the identityColumns.
func identityFields(i *identity.LinkedIdentity) []any {
	return []any{&i.Issuer, &i.Subject, &i.UserID, &i.Email, millis{&i.Linked}, millis{&i.Used}}
}

// LinkedIdentity implements identity.Tx.
func (t tx) LinkedIdentity(ctx context.Context, issuer, subject string) (identity.LinkedIdentity, bool, error) {
	var linked identity.LinkedIdentity
	found, err := t.found(ctx, `SELECT `+identityColumns+` FROM identities WHERE issuer = ? AND subject = ?`,
		[]any{issuer, subject}, identityFields(&linked)...)
	return linked, found, err
}

// LinkedIdentities implements identity.Tx.
func (t tx) LinkedIdentities(ctx context.Context, userID string) ([]identity.LinkedIdentity, error) {
	var list []identity.LinkedIdentity
	err := t.each(ctx, `SELECT `+identityColumns+` FROM identities WHERE user_id = ? ORDER BY issuer, subject`, []any{userID},
		func(rows Rows) error {
			var linked identity.LinkedIdentity
			err := rows.Scan(identityFields(&linked)...)
			list = append(list, linked)
			return err
		})
	return list, err
}

// InsertLinkedIdentity implements identity.Tx.
func (t tx) InsertLinkedIdentity(ctx context.Context, linked identity.LinkedIdentity) (bool, error) {
	return t.affected(ctx, `INSERT INTO identities (`+identityColumns+`) VALUES (`+placeholders(6)+`) ON CONFLICT DO NOTHING`,
		identityFields(&linked)...)
}

// UseLinkedIdentity implements identity.Tx.
func (t tx) UseLinkedIdentity(ctx context.Context, issuer, subject string, now time.Time) error {
	return t.exec(ctx, `UPDATE identities SET used = ? WHERE issuer = ? AND subject = ?`, millis{&now}, issuer, subject)
}

// DropLinkedIdentity implements identity.Tx.
func (t tx) DropLinkedIdentity(ctx context.Context, issuer, subject string) (bool, error) {
	return t.affected(ctx, `DELETE FROM identities WHERE issuer = ? AND subject = ?`, issuer, subject)
}

// SetSSO implements identity.Tx.
func (t tx) SetSSO(ctx context.Context, userID string, sso bool) error {
	return t.exec(ctx, `UPDATE users SET sso = ? WHERE id = ?`, sso, userID)
}

// VerifyEmail implements identity.Tx.
func (t tx) VerifyEmail(ctx context.Context, userID, email string) (bool, error) {
	return t.affected(ctx, `UPDATE users SET email_verified = TRUE WHERE id = ? AND email = ? AND email <> ''`, userID, email)
}

// InsertProviderSignIn implements identity.Tx.
func (t tx) InsertProviderSignIn(ctx context.Context, s identity.ProviderSignIn) (bool, error) {
	return t.affected(ctx, `INSERT INTO provider_sign_ins (hash, provider, content, made, expires) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.Hash, s.Provider, asJSON{&s.User}, millis{&s.Made}, millis{&s.Expires})
}

// ProviderSignIn implements identity.Tx.
func (t tx) ProviderSignIn(ctx context.Context, hash string) (identity.ProviderSignIn, bool, error) {
	s := identity.ProviderSignIn{Hash: hash}
	found, err := t.found(ctx, `SELECT provider, content, made, expires FROM provider_sign_ins WHERE hash = ? AND NOT spent`, []any{hash},
		&s.Provider, asJSON{&s.User}, millis{&s.Made}, millis{&s.Expires})
	return s, found, err
}

// SpendProviderSignIn implements identity.Tx.
func (t tx) SpendProviderSignIn(ctx context.Context, hash string) (bool, error) {
	return t.affected(ctx, `UPDATE provider_sign_ins SET spent = TRUE WHERE hash = ? AND NOT spent`, hash)
}

// SweepProviderSignIns implements identity.Tx.
func (t tx) SweepProviderSignIns(ctx context.Context, now time.Time, count int) error {
	return t.sweepInvalid(ctx, "provider_sign_ins", "hash", now, count)
}
