package trust

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Add stores a rule. It returns refusal.WrongInput for what is wrong with it,
// refusal.OrgAccess if its maker is not an admin of the org, and refusal.LimitReached.
func Add(ctx context.Context, tx Tx, rule Rule) error {
	if err := rule.Check(); err != nil {
		return err
	}
	if err := rule.checkMaker(ctx, tx); err != nil {
		return err
	}
	for _, id := range sortedKeys(rule.Projects) {
		if err := rule.checkReach(ctx, tx, id); err != nil {
			return err
		}
	}
	rules, err := tx.TrustRulesOf(ctx, rule.OrgID, quota.TrustRules.Max())
	if err != nil {
		return err
	}
	if len(rules) == quota.TrustRules.Max() {
		return quota.TrustRules.Reached()
	}
	if err := tx.InsertTrustRule(ctx, rule); err != nil {
		return err
	}
	stands, err := tx.TrustRuleStands(ctx, rule.ID)
	if err == nil && !stands {
		err = ErrWrongUser
	}
	return err
}

// checkMaker requires an admin of the org. An administrator of the platform who is not one
// has no level that a rule could be limited by.
func (r Rule) checkMaker(ctx context.Context, tx Tx) error {
	member, err := tx.Member(ctx, r.OrgID, r.Maker)
	if errors.Is(err, directory.ErrNoMember) || err == nil && member.Level != directory.Admin {
		return directory.RequireAdmin(r.OrgID)
	}
	return err
}

// checkReach requires a project that the org pays for, on which the maker has the level
// that the rule gives.
func (r Rule) checkReach(ctx context.Context, tx Tx, id string) error {
	project, err := tx.ProjectByID(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case project.BillTo != r.OrgID:
		return refusal.Inputf("projects."+id, "must be a project that %s pays for", r.OrgID)
	case project.ContainsPHI && !r.PHI:
		return refusal.Inputf("projects."+id, "has protected health information, which the rule excludes")
	}
	level, err := levelOf(ctx, tx, r.Maker, id)
	if err == nil && level < r.Projects[id] {
		err = refusal.Inputf("projects."+id, "must not be more than your own level, %s", level)
	}
	return err
}

// Explanation says what keeps an ID token from being exchanged by a rule.
type Explanation struct {
	Rule        Rule
	OtherIssuer bool // the rule is about another issuer
	Mismatches  []Mismatch
	Ended       bool                       // the maker is no longer an admin, or the user no longer of the org
	Levels      map[string]directory.Level // that a token gets now, if all the rest is right
}

// Matches reports whether an ID token with these claims gets a token by the rule.
func (e Explanation) Matches() bool {
	return !e.OtherIssuer && len(e.Mismatches) == 0 && !e.Ended && len(e.Levels) > 0
}

// Explain compares the claims of an ID token with all rules of an org.
func Explain(ctx context.Context, tx Tx, orgID, issuer string, claims Claims) ([]Explanation, error) {
	rules, err := tx.TrustRulesOf(ctx, orgID, quota.TrustRules.Max())
	if err != nil {
		return nil, err
	}
	list := make([]Explanation, len(rules))
	for i, rule := range rules {
		if list[i], err = rule.explain(ctx, tx, issuer, claims); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (r Rule) explain(ctx context.Context, tx Tx, issuer string, claims Claims) (Explanation, error) {
	e := Explanation{Rule: r, OtherIssuer: r.Issuer != issuer}
	if e.OtherIssuer {
		return e, nil
	}
	e.Mismatches = r.Mismatches(claims)
	stands, err := tx.TrustRuleStands(ctx, r.ID)
	if e.Ended = !stands; err != nil || e.Ended || len(e.Mismatches) > 0 {
		return e, err
	}
	e.Levels, err = r.Levels(ctx, tx)
	return e, err
}
