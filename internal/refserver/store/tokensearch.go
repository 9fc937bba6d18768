package store

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// SearchTokens implements access.Tx.
func (t tx) SearchTokens(ctx context.Context, search access.Query) ([]access.Token, error) {
	query, args := tokenQuery(search)
	return t.tokens(ctx, query, args)
}

// MemberTokens implements access.Tx. Members count who accepted the org. The index orders the tokens of each member,
// and the key of the table orders the members.
func (t tx) MemberTokens(ctx context.Context, search access.MemberQuery) ([]access.Token, error) {
	query, args := memberTokenQuery(search)
	return t.tokens(ctx, query, args)
}

func memberTokenQuery(search access.MemberQuery) (string, []any) {
	after := search.After
	query := `SELECT ` + tokenColumns + ` FROM (SELECT user_id AS member FROM memberships WHERE org_id = ? AND accepted) AS members
		JOIN tokens ON user_id = member AND kind = 'token' AND ` + notEnded + ` AND ` + isActive + ` AND expires > ?
		WHERE member >= ? AND (member, expires, signature) > (?, ?, ?)`
	args := []any{search.OrgID, search.Now.UnixMilli(), after.UserID, after.UserID, expiresOf(after.Position), after.Signature}
	if search.UserID != "" {
		query, args = query+" AND member = ?", append(args, search.UserID)
	}
	return query + " ORDER BY member, expires, signature LIMIT ?", append(args, search.Limit)
}

// notEnded is, to the letter, the condition of two indexes: not ended, or ended
// only by expiry.
const notEnded = `end_reason IN ('', 'expired')`

// tokenQuery returns the query of a search. It follows the order of an index of
// migration 4. If another index gives few rows, it takes those first and sorts
// them, instead of reading many rows in the order of their expiry.
func tokenQuery(search access.Query) (string, []any) {
	query := `SELECT ` + tokenColumns + ` FROM tokens WHERE user_id = ? AND kind = '` + literal(search.Kind) + `' AND ` + notEnded
	args := []any{search.UserID}
	add := func(wanted bool, condition string, values ...any) {
		if wanted {
			query += " AND " + condition
			args = append(args, values...)
		}
	}
	add(search.Label != "", "label = ?", search.Label)
	add(search.Labelled, "label <> ''")
	add(search.Prefix != "", "signature >= ? AND signature < ?", search.Prefix, search.Prefix+aboveHex)
	add(!search.UsedAfter.IsZero(), "last_used > ?", search.UsedAfter.UnixMilli())
	add(!search.Expired, isActive)
	add(search.Expired, pendingEndNo+" IS NULL")
	if search.Prefix != "" || !search.UsedAfter.IsZero() {
		query = `WITH few AS MATERIALIZED (` + query + `) SELECT * FROM few WHERE 1 = 1`
	}
	expires, signature := firstOf(search)
	add(true, "(expires, signature) > (?, ?)", expires, signature)
	add(search.Expired, "expires <= ?", search.Now.UnixMilli())
	return query + " ORDER BY expires, signature LIMIT ?", append(args, search.Limit)
}

// aboveHex sorts after every signature, and after all signatures with a prefix
// that it is appended to.
const aboveHex = "g"

// firstOf returns the position after which a search begins: tokens that expire
// after now, or all of them, but never those of an earlier page. It is a single
// condition, because an engine would use an index for only one of two.
func firstOf(search access.Query) (int64, string) {
	expires, signature := expiresOf(search.After), search.After.Signature
	if now := search.Now.UnixMilli(); !search.Expired && expires <= now {
		return now, aboveHex
	}
	return expires, signature
}

// expiresOf returns 0 for the zero position.
func expiresOf(position access.Position) int64 {
	if position.Expires.IsZero() {
		return 0
	}
	return position.Expires.UnixMilli()
}

// literal returns a kind as a literal of a query: an index with a condition does
// not match a parameter.
func literal(kind access.Kind) string {
	if kind == access.Session {
		return string(access.Session)
	}
	return string(access.APIToken)
}
