package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/trust"
)

// However many rules and used ID tokens there are, an exchange looks at few of them.
func TestTrustRulesFollowAnIndex(t *testing.T) {
	s := openMemory(t)
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	search := trust.Search{Issuer: "https://ci.example.org", Keys: []string{"sub=a", "sub=b"}, Limit: 9}
	ofOrg := search
	ofOrg.OrgID = "org-lab"
	for name, test := range map[string]struct {
		run  func(transaction.Tx) error
		want string
	}{
		"for an ID token": {func(tx transaction.Tx) error {
			_, err := tx.TrustRulesFor(t.Context(), search)
			return err
		}, "trust_rules_match (issuer=? AND match_key=?)"},
		"for an ID token in an org": {func(tx transaction.Tx) error {
			_, err := tx.TrustRulesFor(t.Context(), ofOrg)
			return err
		}, "trust_rules_"},
		"of an org": {func(tx transaction.Tx) error {
			_, err := tx.TrustRulesOf(t.Context(), "org-lab", 9)
			return err
		}, "trust_rules_org (org_id=?)"},
		"whether one stands": {func(tx transaction.Tx) error {
			_, err := tx.TrustRuleStands(t.Context(), "rule")
			return err
		}, "sqlite_autoindex_trust_rules_1 (id=?)"},
		"the used ID tokens that expired": {func(tx transaction.Tx) error {
			return tx.ForgetIDTokens(t.Context(), now, 9)
		}, "id_token_uses_expiry (expires<?)"},
	} {
		steps := planOf(t, s, runsOf(t, s, test.run)[0])
		if !strings.Contains(steps, test.want) || strings.Contains(strings.ReplaceAll(steps, "SCAN CONSTANT ROW", ""), "SCAN") {
			t.Errorf("%s: the plan is\n%s", name, steps)
		}
	}
}
