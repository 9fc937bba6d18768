package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. With them an admin of an org says which jobs of
// CI systems get a token for their ID token, without a stored secret.

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/dxauth/dxauth/pkg/secret"
)

// TrustRule says which jobs get a token of which user. Times are ms since 1970.
type TrustRule struct {
	ID         string            `json:"id"`
	Issuer     string            `json:"issuer"`     // URL, as in the ID tokens
	IssuerName string            `json:"issuerName"` // empty: the server no longer trusts it
	Claims     map[string]string `json:"claims"`     // exact, or with * for any text without / and :
	User       string            `json:"user"`       // whose token a job gets
	Projects   map[string]Level  `json:"projects"`   // by ID
	PHIAccess  bool              `json:"phiAccess"`
	Lifetime   int64             `json:"lifetime"` // of a token, in ms
	CreatedBy  string            `json:"createdBy"`
	Created    int64             `json:"created"`
	LastUsed   *int64            `json:"lastUsed"` // null: never used
	Uses       int64             `json:"uses"`
}

// AddTrustRuleRequest is the body of /org-xxxx/addTrustRule, by which an admin of
// an org adds a rule. The proof is needed unless the caller logged in within the
// last few minutes.
type AddTrustRuleRequest struct {
	Issuer    string            `json:"issuer"` // name or URL
	Claims    map[string]string `json:"claims"`
	User      string            `json:"user,omitempty"` // ID; absent: the caller
	Projects  map[string]Level  `json:"projects"`
	PHIAccess bool              `json:"phiAccess,omitempty"`
	Lifetime  int64             `json:"lifetime,omitempty"` // in ms; absent: an hour
	Proof
}

// LogValue keeps the password out of logs, JSON ones too.
func (r AddTrustRuleRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// ListTrustRulesResponse has all rules of an org, the oldest first, and what else a
// rule needs. Response of /org-xxxx/listTrustRules.
type ListTrustRulesResponse struct {
	Rules    []TrustRule   `json:"rules"`
	Issuers  []TrustIssuer `json:"issuers"`
	Audience string        `json:"audience"` // for which a job has to order its ID token
}

// TrustIssuer is a CI system that the administrator of the server trusts.
type TrustIssuer struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Once bool   `json:"once"` // each of its ID tokens is exchanged once; otherwise until it expires
}

// RemoveTrustRuleRequest is the body of /org-xxxx/removeTrustRule, which also ends
// the tokens that came from the rule.
type RemoveTrustRuleRequest struct {
	ID string `json:"id"`
}

// TestTrustRuleRequest is the body of /org-xxxx/testTrustRule, which says what an
// ID token would get, and spends nothing.
type TestTrustRuleRequest struct {
	Token secret.Wire `json:"token"`
}

// LogValue keeps the ID token out of logs, JSON ones too.
func (r TestTrustRuleRequest) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%+v", r)) }

// TestTrustRuleResponse compares an ID token with all rules of an org. Response of
// /org-xxxx/testTrustRule.
type TestTrustRuleResponse struct {
	Issuer     string            `json:"issuer"`     // of the token
	IssuerName string            `json:"issuerName"` // empty: the server does not trust it
	Problem    string            `json:"problem"`    // why the token is refused by itself; empty: it is good
	Claims     map[string]string `json:"claims"`     // of the token, those that a rule can name
	Rules      []TestedTrustRule `json:"rules"`
}

// TestedTrustRule says whether a rule matches an ID token and, if not, why.
type TestedTrustRule struct {
	ID          string           `json:"id"`
	Matches     bool             `json:"matches"`
	OtherIssuer bool             `json:"otherIssuer"` // the rule is about another issuer
	Ended       bool             `json:"ended"`       // its maker is no longer an admin, or its user no longer of the org
	Mismatches  []TrustMismatch  `json:"mismatches"`
	Projects    map[string]Level `json:"projects"` // that a token would reach now
}

// TrustMismatch is a claim of an ID token that is not what a rule wants.
type TrustMismatch struct {
	Claim string  `json:"claim"`
	Want  string  `json:"want"`
	Got   *string `json:"got"` // null: the token has no such claim
}

// AddTrustRule adds a rule to the org with the given ID. It is a route of dxauth's
// own, and is sent once. Calls /org-xxxx/addTrustRule.
func (c *Client) AddTrustRule(ctx context.Context, orgID string, request AddTrustRuleRequest) (TrustRule, error) {
	return callEntity[TrustRule](ctx, c, orgID, "addTrustRule", request)
}

// ListTrustRules returns the rules of an org. It is a route of dxauth's own. Calls
// /org-xxxx/listTrustRules.
func (c *Client) ListTrustRules(ctx context.Context, orgID string) (ListTrustRulesResponse, error) {
	return callEntity[ListTrustRulesResponse](ctx, c, orgID, "listTrustRules", struct{}{})
}

// RemoveTrustRule removes a rule of an org, and ends the tokens that came from it. It
// is a route of dxauth's own, and is sent once. Calls /org-xxxx/removeTrustRule.
func (c *Client) RemoveTrustRule(ctx context.Context, orgID string, request RemoveTrustRuleRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, orgID, "removeTrustRule", request)
	return err
}

// TestTrustRule says what an ID token would get in an org. It is a route of dxauth's
// own. Calls /org-xxxx/testTrustRule.
func (c *Client) TestTrustRule(ctx context.Context, orgID string, request TestTrustRuleRequest) (TestTrustRuleResponse, error) {
	return callEntity[TestTrustRuleResponse](ctx, c, orgID, "testTrustRule", request)
}
