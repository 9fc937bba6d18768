package trust

import (
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
)

// system is a CI system whose claims are known. The name of a repository can be given up
// and registered again by somebody else, and anybody can make a branch or a fork, so a
// rule must name an ID that is never given out twice, and what a job runs for.
type system struct {
	name    string
	issuer  string   // the URL of its issuer, or the beginning of that of a customer's own
	marks   []string // claims that say that a rule is about this system, whoever its issuer is
	subject string   // how its subjects begin
	ids     []string // one of these, exactly
	places  []string // one of these
}

// systems are those whose names can be registered again. Sources: "OpenID Connect
// reference" in the documentation of GitHub Actions, and "OpenID Connect (OIDC)
// Authentication Using ID Tokens" in that of GitLab.
func systems() []system {
	return []system{
		{
			name: "GitHub", issuer: "https://token.actions.githubusercontent.com", subject: "repo:",
			marks:  []string{"repository", "repository_owner", "repository_id", "repository_owner_id", "job_workflow_ref", "workflow_ref"},
			ids:    []string{"repository_id", "repository_owner_id"},
			places: []string{"environment", "ref", "job_workflow_ref"},
		},
		{
			name: "GitLab", issuer: "https://gitlab.com", subject: "project_path:",
			marks:  []string{"project_path", "namespace_path", "project_id", "namespace_id", "ci_config_ref_uri"},
			ids:    []string{"project_id", "namespace_id"},
			places: []string{"environment", "ref", "ref_path", "ref_protected", "ci_config_ref_uri"},
		},
	}
}

// isOf reports whether a rule is about the system.
func (s system) isOf(rule Rule) bool {
	rest, begins := strings.CutPrefix(rule.Issuer, s.issuer)
	isIssuer := begins && (rest == "" || rest[0] == '/')
	return isIssuer || strings.HasPrefix(rule.Claims["sub"], s.subject) ||
		slices.ContainsFunc(s.marks, func(mark string) bool { return rule.Claims[mark] != "" })
}

func (s system) check(rule Rule) error {
	if !slices.ContainsFunc(s.ids, rule.hasExactly) {
		return refusal.Inputf("claims", "of %s must name %s exactly, because a repository's name can be registered again by others", s.name, oneOf(s.ids))
	}
	if !slices.ContainsFunc(s.places, func(place string) bool { return rule.Claims[place] != "" }) {
		return refusal.Inputf("claims", "of %s must name %s, because every branch gets a token with the repository's ID", s.name, oneOf(s.places))
	}
	return nil
}

// hasExactly reports whether the rule wants one value of a claim.
func (r Rule) hasExactly(claim string) bool {
	return r.Claims[claim] != "" && !isPattern(r.Claims[claim])
}

// oneOf returns a list such as "a, b or c".
func oneOf(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
