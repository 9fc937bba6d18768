package dnanexus

// This file is dxauth's own: the platform has none of these routes, and refuses
// them with [TypeResourceNotFound]. With them an admin of an org sees and restricts
// the API tokens of its members.

import (
	"context"
	"encoding/json"
)

// FindMemberTokensRequest is the body of /org-xxxx/findMemberTokens, by which an
// admin of an org sees which API tokens of its members reach projects that the
// org pays for. To get the next page, every field is repeated with
// starting set to the last response's next.
type FindMemberTokensRequest struct {
	User     string          `json:"user,omitempty"`     // the ID of a member; absent: of all
	Limit    *int            `json:"limit,omitempty"`    // 1 to 100, the default
	Starting json.RawMessage `json:"starting,omitempty"` // opaque
}

// FindMemberTokensResponse is one page, user by user, of each the token that
// ends soonest first. Next is always there, null at the end; a page before the
// end may be short or empty. Response of /org-xxxx/findMemberTokens.
type FindMemberTokensResponse struct {
	Tokens []MemberToken   `json:"tokens"`
	Next   json.RawMessage `json:"next"`
}

// MemberToken is a member's API token as an admin of the org sees it, without
// what it reaches beyond the org. Times are ms since 1970.
type MemberToken struct {
	User      string `json:"user"`
	Signature string `json:"signature"`
	Label     string `json:"label"`
	Created   int64  `json:"created"`
	Expires   int64  `json:"expires"`
	LastUsed  *int64 `json:"lastUsed"` // up to 30 s old; null: never used
}

// RevokeMemberTokenRequest is the body of /org-xxxx/revokeMemberToken, by which
// an admin of an org takes the org, with the projects that it pays for, out of
// the reach of a member's API token and of those that were made with it.
type RevokeMemberTokenRequest struct {
	Signature string `json:"signature"`
}

// FindMemberTokens returns one page of the API tokens of the members of the org
// with the given ID that reach projects of the org. It is a
// route of dxauth's own. Calls /org-xxxx/findMemberTokens.
func (c *Client) FindMemberTokens(ctx context.Context, orgID string, request FindMemberTokensRequest) (FindMemberTokensResponse, error) {
	return callEntity[FindMemberTokensResponse](ctx, c, orgID, "findMemberTokens", request)
}

// RevokeMemberToken takes the projects of an org out of the reach of a member's
// API token. It is a route of dxauth's own, and is sent once. Calls
// /org-xxxx/revokeMemberToken.
func (c *Client) RevokeMemberToken(ctx context.Context, orgID string, request RevokeMemberTokenRequest) error {
	_, err := callEntity[json.RawMessage](ctx, c, orgID, "revokeMemberToken", request)
	return err
}
