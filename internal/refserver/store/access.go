package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

const tokenColumns = `signature, kind, user_id, label, scope, parent, created, authenticated,
	expires, last_used, last_address, client, ended, end_reason`

// InsertToken implements access.Tx.
func (t tx) InsertToken(ctx context.Context, token access.Token) error {
	parent := sql.NullString{String: token.Parent, Valid: token.Parent != ""}
	return t.exec(ctx, `INSERT INTO tokens (`+tokenColumns+`) VALUES (`+placeholders(14)+`)`,
		token.Signature, string(token.Kind), token.UserID, token.Label, asJSON{token.Scope}, parent,
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		token.LastAddress, token.Client, millis{&token.Ended}, string(token.EndReason))
}

// TokenBySignature implements access.Tx.
func (t tx) TokenBySignature(ctx context.Context, signature string) (access.Token, error) {
	var token access.Token
	var parent sql.NullString
	err := t.row(ctx, access.ErrUnknownToken, `SELECT `+tokenColumns+` FROM tokens WHERE signature = ?`, []any{signature},
		tokenFields(&token, &parent)...)
	token.Parent = parent.String
	return token, err
}

// tokenFields returns where the tokenColumns go.
func tokenFields(token *access.Token, parent *sql.NullString) []any {
	return []any{&token.Signature, &token.Kind, &token.UserID, &token.Label, asJSON{&token.Scope}, parent,
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		&token.LastAddress, &token.Client, millis{&token.Ended}, &token.EndReason}
}

// LiveTokens implements access.Tx.
func (t tx) LiveTokens(ctx context.Context, userID string, now time.Time) ([]access.Token, error) {
	var list []access.Token
	err := t.each(ctx, `SELECT `+tokenColumns+` FROM tokens
		WHERE user_id = ? AND ended IS NULL AND expires > ? ORDER BY created, signature`, []any{userID, millis{&now}},
		func(rows *sql.Rows) error {
			var token access.Token
			var parent sql.NullString
			err := rows.Scan(tokenFields(&token, &parent)...)
			token.Parent = parent.String
			list = append(list, token)
			return err
		})
	return list, err
}

// TouchToken implements access.Tx.
func (t tx) TouchToken(ctx context.Context, signature string, at time.Time, address string) error {
	return t.exec(ctx, `UPDATE tokens SET last_used = ?, last_address = ?
		WHERE signature = ? AND ended IS NULL AND last_used < ?`,
		millis{&at}, address, signature, millis{&at})
}

// EndToken implements access.Tx.
func (t tx) EndToken(ctx context.Context, signature string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, `UPDATE tokens SET ended = ?, end_reason = ? WHERE signature = ? AND ended IS NULL`,
		millis{&at}, string(reason), signature)
}

// EndTokenTree implements access.Tx.
func (t tx) EndTokenTree(ctx context.Context, signature string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, `WITH RECURSIVE tree (signature) AS (
			SELECT signature FROM tokens WHERE signature = ?
			UNION SELECT tokens.signature FROM tokens JOIN tree ON tokens.parent = tree.signature)
		UPDATE tokens SET ended = ?, end_reason = ? WHERE ended IS NULL AND signature IN (SELECT signature FROM tree)`,
		signature, millis{&at}, string(reason))
}

// EndSessions implements access.Tx.
func (t tx) EndSessions(ctx context.Context, userID string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, `WITH RECURSIVE tree (signature) AS (
			SELECT signature FROM tokens WHERE user_id = ? AND kind = ?
			UNION SELECT tokens.signature FROM tokens JOIN tree ON tokens.parent = tree.signature)
		UPDATE tokens SET ended = ?, end_reason = ? WHERE ended IS NULL AND signature IN (SELECT signature FROM tree)`,
		userID, string(access.Session), millis{&at}, string(reason))
}
