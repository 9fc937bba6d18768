package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/trust"
)

const trustColumns = `id, org_id, issuer, claims, user_id, projects, phi, lifetime, maker, created, last_used, uses`

// trustFields returns the destinations of the trustColumns.
func trustFields(rule *trust.Rule) []any {
	return []any{&rule.ID, &rule.OrgID, &rule.Issuer, asJSON{&rule.Claims}, &rule.UserID, asJSON{&rule.Projects}, &rule.PHI,
		span{&rule.Lifetime}, &rule.Maker, millis{&rule.Created}, millis{&rule.LastUsed}, &rule.Uses}
}

// InsertTrustRule implements trust.Tx.
func (t tx) InsertTrustRule(ctx context.Context, rule trust.Rule) error {
	return t.insert(ctx, directory.ErrIDTaken, `INSERT INTO trust_rules (`+trustColumns+`, match_key) VALUES (`+placeholders(13)+`)`,
		append(trustFields(&rule), rule.Key())...)
}

// TrustRule implements trust.Tx.
func (t tx) TrustRule(ctx context.Context, id string) (trust.Rule, error) {
	var rule trust.Rule
	err := t.row(ctx, trust.ErrNoRule, `SELECT `+trustColumns+` FROM trust_rules WHERE id = ?`, []any{id}, trustFields(&rule)...)
	return rule, err
}

// TrustRulesOf implements trust.Tx.
func (t tx) TrustRulesOf(ctx context.Context, orgID string, limit int) ([]trust.Rule, error) {
	return t.trustRules(ctx, `org_id = ? ORDER BY created, id LIMIT ?`, orgID, limit)
}

// TrustRulesFor implements trust.Tx. It follows the index of each key.
func (t tx) TrustRulesFor(ctx context.Context, search trust.Search) ([]trust.Rule, error) {
	if len(search.Keys) == 0 {
		return nil, nil
	}
	where, args := `issuer = ? AND match_key IN (`+placeholders(len(search.Keys))+`)`, append([]any{search.Issuer}, anys(search.Keys)...)
	if search.OrgID != "" {
		where, args = where+` AND org_id = ?`, append(args, search.OrgID)
	}
	return t.trustRules(ctx, where+` ORDER BY id LIMIT ?`, append(args, search.Limit)...)
}

func (t tx) trustRules(ctx context.Context, where string, args ...any) ([]trust.Rule, error) {
	var list []trust.Rule
	err := t.each(ctx, `SELECT `+trustColumns+` FROM trust_rules WHERE `+where, args, func(rows Rows) error {
		var rule trust.Rule
		err := rows.Scan(trustFields(&rule)...)
		list = append(list, rule)
		return err
	})
	return list, err
}

// TrustRuleStands implements trust.Tx.
func (t tx) TrustRuleStands(ctx context.Context, id string) (bool, error) {
	return t.exists(ctx, `SELECT 1 FROM trust_rules r
		JOIN users maker ON maker.id = r.maker AND NOT maker.disabled AND NOT maker.locked
		JOIN memberships m ON m.org_id = r.org_id AND m.user_id = r.maker AND m.level = 'ADMIN'
		JOIN users holder ON holder.id = r.user_id
		WHERE r.id = ? AND (r.user_id = r.maker OR holder.provisioning_org = r.org_id AND NOT holder.superuser)`, id)
}

// RemoveTrustRule implements trust.Tx.
func (t tx) RemoveTrustRule(ctx context.Context, orgID, id string) (bool, error) {
	return t.affected(ctx, `DELETE FROM trust_rules WHERE id = ? AND org_id = ?`, id, orgID)
}

// NoteExchange implements trust.Tx.
func (t tx) NoteExchange(ctx context.Context, id string, at time.Time) error {
	return t.exec(ctx, `UPDATE trust_rules SET last_used = ?, uses = uses + 1 WHERE id = ?`, millis{&at}, id)
}

// SpendIDToken implements trust.Tx. Only one of several that run at the same time adds the
// row, and none of them exceeds the limit.
func (t tx) SpendIDToken(ctx context.Context, spending trust.Spending) (bool, error) {
	return t.affected(ctx, `INSERT INTO id_token_uses (use_key, expires, uses) VALUES (?, ?, 1)
		ON CONFLICT (use_key) DO UPDATE SET uses = id_token_uses.uses + 1 WHERE id_token_uses.uses < ?`,
		spending.Key, millis{&spending.Expires}, spending.Most)
}

// ForgetIDTokens implements trust.Tx.
func (t tx) ForgetIDTokens(ctx context.Context, before time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM id_token_uses WHERE use_key IN (
		SELECT use_key FROM id_token_uses WHERE expires < ? ORDER BY expires LIMIT ?)`, millis{&before}, count)
}
