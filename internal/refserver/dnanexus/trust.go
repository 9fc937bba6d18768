package dnanexus

import (
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/trust"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// addTrustRule adds a rule by which jobs of a CI system get tokens.
func (h *Handler) addTrustRule(c call, in wire.AddTrustRuleRequest) (wire.TrustRule, error) {
	switch {
	case in.Issuer == "":
		return wire.TrustRule{}, missing("issuer")
	case len(in.Claims) == 0:
		return wire.TrustRule{}, missing("claims")
	case len(in.Projects) == 0:
		return wire.TrustRule{}, missing("projects")
	case in.Lifetime < 0 || in.Lifetime > trust.MaxLifetime.Milliseconds():
		return wire.TrustRule{}, inputError("lifetime", "milliseconds, at most those of an hour")
	}
	projects, err := ruleProjectsOf(in.Projects)
	if err != nil {
		return wire.TrustRule{}, err
	}
	rule, err := h.trust.Add(c.ctx, c.caller, proofOf(in.Proof), trust.Rule{
		OrgID: c.entity, Issuer: in.Issuer, Claims: in.Claims, UserID: in.User, Projects: projects, PHI: in.PHIAccess,
		Lifetime: time.Duration(in.Lifetime) * time.Millisecond,
	})
	if err != nil {
		return wire.TrustRule{}, err
	}
	return h.trustRule(rule), nil
}

// ruleProjectsOf is projectsOf for a rule, which names each project.
func ruleProjectsOf(in map[string]wire.Level) (map[string]directory.Level, error) {
	if _, all := in[access.Everything]; all {
		return nil, inputError("projects", "a hash of project IDs")
	}
	return projectsOf(in)
}

// trustRule returns a rule with the name of its issuer, if the server trusts it.
func (h *Handler) trustRule(rule trust.Rule) wire.TrustRule {
	shown := wire.TrustRule{
		ID: rule.ID, Issuer: rule.Issuer, IssuerName: h.issuerName(rule.Issuer), Claims: rule.Claims,
		User: rule.UserID, Projects: wireLevels(rule.Projects), PHIAccess: rule.PHI, Lifetime: rule.Lifetime.Milliseconds(),
		CreatedBy: rule.Maker, Created: rule.Created.UnixMilli(), Uses: rule.Uses,
	}
	if !rule.LastUsed.IsZero() {
		used := rule.LastUsed.UnixMilli()
		shown.LastUsed = &used
	}
	return shown
}

func (h *Handler) issuerName(url string) string {
	for _, issuer := range h.trust.Issuers() {
		if issuer.URL == url {
			return issuer.Name
		}
	}
	return ""
}

func wireLevels(projects map[string]directory.Level) map[string]wire.Level {
	levels := make(map[string]wire.Level, len(projects))
	for id, level := range projects {
		levels[id] = wire.Level(level.String())
	}
	return levels
}

// listTrustRules lists the rules of an org, and the issuers that they can be about.
func (h *Handler) listTrustRules(c call, _ wire.Empty) (wire.ListTrustRulesResponse, error) {
	rules, err := h.trust.List(c.ctx, c.caller, c.entity)
	if err != nil {
		return wire.ListTrustRulesResponse{}, err
	}
	response := wire.ListTrustRulesResponse{Rules: make([]wire.TrustRule, len(rules)), Issuers: []wire.TrustIssuer{}, Audience: h.trust.Audience()}
	for i, rule := range rules {
		response.Rules[i] = h.trustRule(rule)
	}
	for _, issuer := range h.trust.Issuers() {
		response.Issuers = append(response.Issuers, wire.TrustIssuer{Name: issuer.Name, URL: issuer.URL, Once: issuer.Once})
	}
	return response, nil
}

// removeTrustRule removes a rule and ends the tokens that came from it.
func (h *Handler) removeTrustRule(c call, in wire.RemoveTrustRuleRequest) (wire.IDResponse, error) {
	if in.ID == "" {
		return wire.IDResponse{}, missing("id")
	}
	return wire.IDResponse{ID: c.entity}, h.trust.Remove(c.ctx, c.caller, c.entity, in.ID)
}

// testTrustRule says what an ID token would get.
func (h *Handler) testTrustRule(c call, in wire.TestTrustRuleRequest) (wire.TestTrustRuleResponse, error) {
	if in.Token.IsZero() {
		return wire.TestTrustRuleResponse{}, missing("token")
	}
	report, err := h.trust.Test(c.ctx, c.caller, c.entity, in.Token.Text())
	if err != nil {
		return wire.TestTrustRuleResponse{}, err
	}
	response := wire.TestTrustRuleResponse{
		Issuer: report.Issuer, IssuerName: report.Name, Problem: report.Problem, Claims: report.Claims,
		Rules: make([]wire.TestedTrustRule, len(report.Rules)),
	}
	for i, explanation := range report.Rules {
		response.Rules[i] = testedRule(explanation)
	}
	return response, nil
}

func testedRule(e trust.Explanation) wire.TestedTrustRule {
	tested := wire.TestedTrustRule{
		ID: e.Rule.ID, Matches: e.Matches(), OtherIssuer: e.OtherIssuer, Ended: e.Ended,
		Mismatches: []wire.TrustMismatch{}, Projects: wireLevels(e.Levels),
	}
	for _, mismatch := range e.Mismatches {
		shown := wire.TrustMismatch{Claim: mismatch.Claim, Want: mismatch.Want}
		if !mismatch.Missing {
			shown.Got = &mismatch.Got
		}
		tested.Mismatches = append(tested.Mismatches, shown)
	}
	return tested
}
