package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

const tokenColumns = `signature, kind, user_id, label, description, scope, parent, created, authenticated,
	expires, last_used, last_address, client, ended, end_reason`

// InsertToken implements access.Tx.
func (t tx) InsertToken(ctx context.Context, token access.Token) error {
	parent := sql.NullString{String: token.Parent, Valid: token.Parent != ""}
	return t.insert(ctx, access.ErrValueTaken, `INSERT INTO tokens (`+tokenColumns+`) VALUES (`+placeholders(15)+`)`,
		token.Signature, string(token.Kind), token.UserID, token.Label, token.Description, asJSON{token.Scope}, parent,
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		token.LastAddress, token.Client, millis{&token.Ended}, string(token.EndReason))
}

// GoodTokens implements access.Tx.
func (t tx) GoodTokens(ctx context.Context, after string, now time.Time, count int) ([]access.Token, error) {
	return t.tokens(ctx, `SELECT `+tokenColumns+` FROM tokens
		WHERE signature > ? AND ended IS NULL AND expires > ? ORDER BY signature LIMIT ?`, []any{after, millis{&now}, count})
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

const holderQuery = `SELECT t.signature, t.kind, t.user_id, t.label, t.description, t.scope, t.parent, t.created, t.authenticated,
		t.expires, t.last_used, t.last_address, t.client, t.ended, t.end_reason,
		u.id, u.handle, u.email, u.first, u.middle, u.last, u.password_hash, u.sso, u.disabled, u.superuser, u.created,
		u.bill_to, u.ssh_public_key, u.provisioning_org, u.locked,
		(SELECT MIN(o.auto_logout) FROM memberships m JOIN orgs o ON o.id = m.org_id
			WHERE m.user_id = t.user_id AND o.auto_logout > 0),
		EXISTS (SELECT 1 FROM token_sources s WHERE s.signature = t.signature AND s.source = ?)
	FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.signature = ?`

// TokenHolder implements transaction.Tx.
func (t tx) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	var holder transaction.TokenHolder
	var parent sql.NullString
	fields := append(tokenFields(&holder.Token, &parent), userFields(&holder.User)...)
	fields = append(fields, span{&holder.AutoLogout}, &holder.SourceKnown)
	err := t.row(ctx, access.ErrUnknownToken, holderQuery, []any{source, signature}, fields...)
	holder.Token.Parent = parent.String
	return holder, err
}

// tokenFields returns the destinations of the tokenColumns.
func tokenFields(token *access.Token, parent *sql.NullString) []any {
	return []any{&token.Signature, &token.Kind, &token.UserID, &token.Label, &token.Description, asJSON{&token.Scope}, parent,
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		&token.LastAddress, &token.Client, millis{&token.Ended}, &token.EndReason}
}

// tokens runs a query for the tokenColumns.
func (t tx) tokens(ctx context.Context, query string, args []any) ([]access.Token, error) {
	var list []access.Token
	err := t.each(ctx, query, args, func(rows *sql.Rows) error {
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
		WHERE signature = ? AND ended IS NULL AND (last_used IS NULL OR last_used < ?)`,
		millis{&at}, address, signature, millis{&at})
}

// EndToken implements access.Tx.
func (t tx) EndToken(ctx context.Context, signature string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, `UPDATE tokens SET ended = ?, end_reason = ? WHERE signature = ? AND ended IS NULL`,
		millis{&at}, string(reason), signature)
}

// treeOf begins a statement about the tokens that roots selects and all their
// descendants.
func treeOf(roots string) string {
	return `WITH RECURSIVE tree (signature) AS (
		` + roots + `
		UNION SELECT tokens.signature FROM tokens JOIN tree ON tokens.parent = tree.signature)`
}

const (
	inTree  = `ended IS NULL AND signature IN (SELECT signature FROM tree)`
	endTree = ` UPDATE tokens SET ended = ?, end_reason = ? WHERE ` + inTree
)

// EndTokenTree implements access.Tx.
func (t tx) EndTokenTree(ctx context.Context, signature string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, treeOf(`SELECT signature FROM tokens WHERE signature = ?`)+endTree,
		signature, millis{&at}, string(reason))
}

// EndTokens implements access.Tx.
func (t tx) EndTokens(ctx context.Context, userID string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, treeOf(`SELECT signature FROM tokens WHERE user_id = ? AND ended IS NULL`)+endTree,
		userID, millis{&at}, string(reason))
}

// EndSessions implements access.Tx.
func (t tx) EndSessions(ctx context.Context, userID, except string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, endSessionsQuery(), userID, except, userID, except, millis{&at}, string(reason))
}

// endSessionsQuery ends the sessions that have not ended, and the descendants of
// those that may have. Indexes give both, so that many sessions in the past cost
// nothing. A session always has a last use; the condition on it selects the
// small index.
func endSessionsQuery() string {
	return treeOf(`SELECT signature FROM tokens
			WHERE user_id = ? AND kind = 'session' AND ended IS NULL AND last_used > 0 AND signature <> ?
		UNION SELECT child.signature FROM tokens AS child JOIN tokens AS session
			ON session.signature = child.parent AND session.kind = 'session'
			WHERE child.user_id = ? AND child.parent IS NOT NULL AND child.ended IS NULL AND child.parent <> ?`) + endTree
}

// Reauthenticate implements access.Tx.
func (t tx) Reauthenticate(ctx context.Context, signature string, at time.Time) error {
	return t.exec(ctx, `UPDATE tokens SET authenticated = ? WHERE signature = ? AND ended IS NULL`, millis{&at}, signature)
}

// TokenTree implements access.Tx.
func (t tx) TokenTree(ctx context.Context, signature string) ([]access.Token, error) {
	return t.tokens(ctx, treeOf(`SELECT signature FROM tokens WHERE signature = ?`)+`
		SELECT `+tokenColumns+` FROM tokens WHERE `+inTree+` ORDER BY signature`, []any{signature})
}

// UpdateToken implements access.Tx.
func (t tx) UpdateToken(ctx context.Context, token access.Token) error {
	return t.exec(ctx, `UPDATE tokens SET label = ?, description = ?, scope = ?, expires = ?
		WHERE signature = ? AND ended IS NULL`,
		token.Label, token.Description, asJSON{token.Scope}, millis{&token.Expires}, token.Signature)
}

// SourceKnown implements access.Tx.
func (t tx) SourceKnown(ctx context.Context, signature, source string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM token_sources WHERE signature = ? AND source = ?`, signature, source)
}

// AddSource implements access.Tx.
func (t tx) AddSource(ctx context.Context, signature, source string) error {
	return t.exec(ctx, `INSERT INTO token_sources (signature, source) VALUES (?, ?) ON CONFLICT DO NOTHING`, signature, source)
}

const forgetQuery = `DELETE FROM tokens WHERE signature IN (
		SELECT signature FROM tokens WHERE COALESCE(ended, expires) < ? AND created < ?
		ORDER BY COALESCE(ended, expires) LIMIT ?)`

// ForgetTokens implements access.Tx.
func (t tx) ForgetTokens(ctx context.Context, before time.Time, count int) error {
	return t.exec(ctx, forgetQuery, millis{&before}, millis{&before}, count)
}
