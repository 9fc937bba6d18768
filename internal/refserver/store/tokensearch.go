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

// MemberTokens implements access.Tx. The index gives each member's tokens in
// order, and the members come in order by the key of the table.
func (t tx) MemberTokens(ctx context.Context, search access.MemberQuery) ([]access.Token, error) {
	query, args := memberTokenQuery(search)
	return t.tokens(ctx, query, args)
}

func memberTokenQuery(search access.MemberQuery) (string, []any) {
	after := search.After
	query := `SELECT ` + tokenColumns + ` FROM (SELECT user_id AS member FROM memberships WHERE org_id = ?) AS members
		JOIN tokens ON user_id = member AND kind = 'token' AND ` + notEnded + ` AND ended IS NULL AND expires > ?
		WHERE member >= ? AND (member, expires, signature) > (?, ?, ?)`
	args := []any{search.OrgID, search.Now.UnixMilli(), after.UserID, after.UserID, expiresOf(after.Position), after.Signature}
	if search.UserID != "" {
		query, args = query+" AND member = ?", append(args, search.UserID)
	}
	return query + " ORDER BY member, expires, signature LIMIT ?", append(args, search.Limit)
}

// notEnded is the condition of two indexes, to the letter: not ended, or only
// by its expiry.
const notEnded = `end_reason IN ('', 'expired')`

// tokenQuery makes the query of a search. It asks for what an index of migration
// 4 gives in order; where another index gives few rows, those are taken first and
// sorted then, lest many be read in the order of their end.
func tokenQuery(search access.Query) (string, []any) {
	const columns = `SELECT ` + tokenColumns + ` FROM `
	query := columns + `tokens WHERE user_id = ? AND kind = '` + literal(search.Kind) + `' AND ` + notEnded
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
	add(!search.Expired, "ended IS NULL")
	if search.Prefix != "" || !search.UsedAfter.IsZero() {
		query = `WITH few AS MATERIALIZED (` + query + `) ` + columns + `few WHERE 1 = 1`
	}
	expires, signature := firstOf(search)
	add(true, "(expires, signature) > (?, ?)", expires, signature)
	add(search.Expired, "expires <= ?", search.Now.UnixMilli())
	return query + " ORDER BY expires, signature LIMIT ?", append(args, search.Limit)
}

// aboveHex sorts after every signature, and after what begins with its prefix.
const aboveHex = "g"

// firstOf returns the position after which a search begins: what ends later than
// now, or everything, and never what was on an earlier page. It is one
// condition, because of two an engine would look only one up in an index.
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

// literal returns a kind as it may stand in a query: the condition of an index
// is not met by a parameter.
func literal(kind access.Kind) string {
	if kind == access.Session {
		return string(access.Session)
	}
	return string(access.APIToken)
}
