package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

const (
	ownTokenColumns = `signature, kind, user_id, label, description, scope, parent, created, authenticated,
		expires, last_used, last_address, client, root, protocol`
	// usedColumns are those that decide whether a token is good, and for what.
	usedColumns = `signature, kind, user_id, scope, parent, created, authenticated, expires, last_used, last_address, root, protocol`
	// endColumns are the end of a token as it is, stored or pending.
	endColumns = `, COALESCE(ended, (SELECT e.ended FROM pending_ends e WHERE e.no = ` + pendingEndNo + `)) AS ended,
		COALESCE((SELECT e.end_reason FROM pending_ends e WHERE e.no = ` + pendingEndNo + `), end_reason) AS end_reason`
	tokenColumns = ownTokenColumns + endColumns
)

// InsertToken implements access.Tx.
func (t tx) InsertToken(ctx context.Context, token access.Token) error {
	return t.insert(ctx, access.ErrValueTaken, `INSERT INTO tokens (`+ownTokenColumns+`, ended, end_reason, made_after)
		VALUES (`+placeholders(17)+`, (SELECT COALESCE(MAX(no), 0) FROM pending_ends))`,
		token.Signature, string(token.Kind), token.UserID, token.Label, token.Description, asJSON{token.Scope}, optional{&token.Parent},
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		token.LastAddress, token.Client, optional{&token.Root}, string(token.Protocol), millis{&token.Ended}, string(token.EndReason))
}

// GoodHolders implements transaction.Tx. What it skips, it skips in the index alone.
func (t tx) GoodHolders(ctx context.Context, search access.GoodQuery) ([]transaction.TokenHolder, error) {
	where, args := `(user_id, signature) > (?, ?)`, []any{search.After.UserID, search.After.Signature}
	if search.UserID != "" {
		where, args = `user_id = ? AND signature > ?`, []any{search.UserID, search.After.Signature}
	}
	query := holderOf(tokenColumns, `IN (
		SELECT signature FROM tokens WHERE ended IS NULL AND expires > ? AND `+where+`
		ORDER BY user_id, signature LIMIT ? OFFSET ?)`) + ` ORDER BY t.user_id, t.signature`
	found, _, err := t.holders(ctx, tokenFields, query, slices.Concat([]any{search.Now.UnixMilli()}, args, []any{search.Limit, search.Skip})...)
	if err != nil {
		return nil, err
	}
	return found, t.addRoots(ctx, found)
}

// addRoots sets the Root of holders.
func (t tx) addRoots(ctx context.Context, found []transaction.TokenHolder) error {
	tokens := make([]access.Token, len(found))
	for i := range found {
		tokens[i] = found[i].Token
	}
	roots, err := t.TokenHolders(ctx, access.Roots(tokens))
	for i := range found {
		if root, hasRoot := roots[found[i].Token.Root]; hasRoot {
			found[i].Root = &root
		}
	}
	return err
}

// CountGood implements access.Tx. It reads an index only.
func (t tx) CountGood(ctx context.Context, userID string, now time.Time) (count int, err error) {
	query, args := countGoodQuery(userID, now)
	err = t.row(ctx, errNoRow, query, args, &count)
	return count, err
}

// countGoodQuery has a condition on user_id in any case: it selects the index.
func countGoodQuery(userID string, now time.Time) (string, []any) {
	of := `user_id = ?`
	if userID == "" {
		of = `user_id > ?`
	}
	return `SELECT COUNT(*) FROM tokens WHERE ended IS NULL AND expires > ? AND ` + of, []any{now.UnixMilli(), userID}
}

// TokenBySignature implements access.Tx.
func (t tx) TokenBySignature(ctx context.Context, signature string) (access.Token, error) {
	var token access.Token
	err := t.row(ctx, access.ErrUnknownToken, `SELECT `+tokenColumns+` FROM tokens WHERE signature = ?`, []any{signature},
		tokenFields(&token)...)
	return token, err
}

// TokensBySignature implements access.Tx.
func (t tx) TokensBySignature(ctx context.Context, signatures []string) (map[string]access.Token, error) {
	list, err := t.tokens(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE signature IN (SELECT value FROM json_each(?))`, []any{asList(signatures)})
	found := map[string]access.Token{}
	for _, token := range list {
		found[token.Signature] = token
	}
	return found, err
}

// autoLogoutOf returns an expression for the shortest idle limit of the orgs that a
// user accepted, or NULL.
func autoLogoutOf(userID string) string {
	return `(SELECT MIN(o.auto_logout) FROM memberships m JOIN orgs o ON o.id = m.org_id
		WHERE m.user_id = ` + userID + ` AND m.accepted AND o.auto_logout > 0)`
}

// Queries for the holder of one token. The first one does not look for pending ends, but
// says whether there are any: to begin the search for them takes PostgreSQL longer than
// all the rest, and there rarely are. They leave out texts that decide nothing: on SQLite each
// column takes a fiftieth of the look-up of a token.
var (
	storedHolderQuery = holderOf(usedColumns+`, ended, end_reason`, `= ?`)
	holderQuery       = holderOf(usedColumns+endColumns, `= ?`)
)

// holderOf returns a query for the holders of the tokens whose signature meets a
// condition. The columns have names because SQLite's
// driver copies those with every result, and an expression is its own name.
func holderOf(columns, condition string) string {
	return `SELECT t.*, u.handle, u.bill_to, u.superuser, u.disabled OR u.locked AS blocked,
			CASE WHEN t.kind = 'session' THEN ` + autoLogoutOf("t.user_id") + ` END AS auto_logout,
			EXISTS (SELECT 1 FROM pending_ends) AS pending
		FROM (SELECT ` + columns + ` FROM tokens WHERE signature ` + condition + `) t JOIN users u ON u.id = t.user_id`
}

// TokenHolder implements transaction.Tx. The first token of a chain is looked up after the
// token itself, so what ended both is seen; most tokens are the first of theirs.
func (t tx) TokenHolder(ctx context.Context, signature, source string) (transaction.TokenHolder, error) {
	// A few look-ups by key take less time than watching for the end of ctx.
	ctx = context.WithoutCancel(ctx)
	own, err := t.holder(ctx, signature)
	if err != nil {
		return own, err
	}
	if own.SourceKnown, err = t.usedFrom(ctx, own.Token, source); err != nil {
		return own, err
	}
	if own.Token.Root != "" {
		root, err := t.holder(ctx, own.Token.Root)
		if err != nil && !errors.Is(err, access.ErrUnknownToken) {
			return own, err
		}
		if err == nil {
			own.Root = &root
		}
	}
	if rule := own.Token.Scope.TrustRule; rule != "" {
		stands, err := t.TrustRuleStands(ctx, rule)
		own.RuleEnded = !stands
		return own, err
	}
	return own, nil
}

// usedFrom reports whether a token was used from a source, empty for none. It usually was the
// last time, so that nothing else is read.
func (t tx) usedFrom(ctx context.Context, token access.Token, source string) (bool, error) {
	if source == "" || source == identity.SourceOf(token.LastAddress) {
		return source != "", nil
	}
	return t.SourceKnown(ctx, token.Signature, source)
}

// holder returns the holder of a token without its Root.
func (t tx) holder(ctx context.Context, signature string) (transaction.TokenHolder, error) {
	found, pending, err := t.holders(ctx, usedFields, storedHolderQuery, signature)
	if err == nil && pending {
		found, _, err = t.holders(ctx, usedFields, holderQuery, signature)
	}
	if err == nil && len(found) == 0 {
		err = access.ErrUnknownToken
	}
	if err != nil {
		return transaction.TokenHolder{}, err
	}
	return found[0], nil
}

// TokenHolders implements transaction.Tx.
func (t tx) TokenHolders(ctx context.Context, signatures []string) (map[string]transaction.TokenHolder, error) {
	if len(signatures) == 0 {
		return nil, nil
	}
	query := holderOf(tokenColumns, `IN (`+placeholders(len(signatures))+`)`)
	found, _, err := t.holders(ctx, tokenFields, query, anys(signatures)...)
	bySignature := map[string]transaction.TokenHolder{}
	for _, holder := range found {
		bySignature[holder.Token.Signature] = holder
	}
	for signature, holder := range bySignature {
		if root, hasRoot := bySignature[holder.Token.Root]; hasRoot {
			holder.Root = &root
			bySignature[signature] = holder
		}
	}
	return bySignature, err
}

// holders returns what a query made of holderOf finds, and whether there are pending ends.
// Fields returns the destinations of the columns of a token.
func (t tx) holders(
	ctx context.Context, fields func(*access.Token) []any, query string, args ...any,
) (found []transaction.TokenHolder, pending bool, err error) {
	err = t.each(ctx, query, args, func(rows Rows) error {
		var holder transaction.TokenHolder
		user := &holder.User
		err := rows.Scan(append(fields(&holder.Token), &user.Handle, &user.BillTo, &user.Superuser, &user.Blocked,
			span{&holder.AutoLogout}, &pending)...)
		user.ID = holder.Token.UserID
		found = append(found, holder)
		return err
	})
	return found, pending, err
}

// tokenFields returns the destinations of the tokenColumns.
func tokenFields(token *access.Token) []any {
	return []any{&token.Signature, &token.Kind, &token.UserID, &token.Label, &token.Description, asJSON{&token.Scope}, optional{&token.Parent},
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		&token.LastAddress, &token.Client, optional{&token.Root}, &token.Protocol, millis{&token.Ended}, &token.EndReason}
}

// usedFields returns the destinations of the usedColumns and the end of a token.
func usedFields(token *access.Token) []any {
	return []any{&token.Signature, &token.Kind, &token.UserID, asJSON{&token.Scope}, optional{&token.Parent},
		millis{&token.Created}, millis{&token.Authenticated}, millis{&token.Expires}, millis{&token.LastUsed},
		&token.LastAddress, optional{&token.Root}, &token.Protocol, millis{&token.Ended}, &token.EndReason}
}

// tokens runs a query for the tokenColumns.
func (t tx) tokens(ctx context.Context, query string, args []any) ([]access.Token, error) {
	var list []access.Token
	err := t.each(ctx, query, args, func(rows Rows) error {
		var token access.Token
		err := rows.Scan(tokenFields(&token)...)
		list = append(list, token)
		return err
	})
	return list, err
}

// TouchToken implements access.Tx.
func (t tx) TouchToken(ctx context.Context, signature string, at time.Time, address string) error {
	return t.exec(ctx, `UPDATE tokens SET last_used = ?, last_address = ?
		WHERE signature = ? AND `+isActive+` AND (last_used IS NULL OR last_used < ? OR last_used > ?)`,
		millis{&at}, address, signature, millis{&at}, at.Add(access.ClockSkew).UnixMilli())
}

// ForgetEnded implements access.Tx.
func (t tx) ForgetEnded(ctx context.Context, userID string, keep, count int) error {
	return t.exec(ctx, forgetEndedQuery, userID, count, keep)
}

const forgetEndedQuery = `DELETE FROM tokens WHERE signature IN (
	SELECT signature FROM tokens WHERE user_id = ? AND ended IS NOT NULL ORDER BY ended DESC LIMIT ? OFFSET ?)`

// CountTokens implements access.Tx. It reads an index only.
func (t tx) CountTokens(ctx context.Context, userID string, now time.Time, atMost int) (int, error) {
	return t.count(ctx, countTokensQuery, atMost, userID, millis{&now})
}

const countTokensQuery = `SELECT 1 FROM tokens WHERE user_id = ? AND kind = 'token' AND ` + notEnded + ` AND ` + isActive + ` AND expires > ?`

// Reauthenticate implements access.Tx.
func (t tx) Reauthenticate(ctx context.Context, signature string, at time.Time) error {
	return t.exec(ctx, `UPDATE tokens SET authenticated = ? WHERE signature = ? AND `+isActive, millis{&at}, signature)
}

// TokensMadeWith implements access.Tx.
func (t tx) TokensMadeWith(ctx context.Context, parent, after string, limit int) ([]access.Token, error) {
	return t.tokens(ctx, `SELECT `+tokenColumns+` FROM tokens WHERE parent = ? AND signature > ? AND `+isActive+` ORDER BY signature LIMIT ?`,
		[]any{parent, after, limit})
}

// UpdateToken implements access.Tx.
func (t tx) UpdateToken(ctx context.Context, token access.Token) error {
	return t.exec(ctx, `UPDATE tokens SET label = ?, description = ?, scope = ?, expires = ?
		WHERE signature = ? AND `+isActive,
		token.Label, token.Description, asJSON{token.Scope}, millis{&token.Expires}, token.Signature)
}

// SourceKnown implements access.Tx.
func (t tx) SourceKnown(ctx context.Context, signature, source string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM token_sources WHERE signature = ? AND source = ?`, signature, source)
}

// AddSource implements access.Tx.
func (t tx) AddSource(ctx context.Context, signature, source string) error {
	added, err := t.affected(ctx, `INSERT INTO token_sources (signature, source) VALUES (?, ?) ON CONFLICT DO NOTHING`, signature, source)
	if err != nil || !added {
		return err
	}
	return t.exec(ctx, `DELETE FROM token_sources WHERE signature = ? AND source <> ? AND source NOT IN (
		SELECT source FROM token_sources WHERE signature = ? AND source <> ? ORDER BY source LIMIT ?)`,
		signature, source, signature, source, quota.TokenSources-1)
}
