package platform

import (
	"context"
	"encoding/json"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// MemberToken is an API token of a member of an org, as an admin of the org sees
// it: not what else it reaches.
type MemberToken struct {
	User string // ID
	Token
}

// OrgTokens shows admins of an org which API tokens of its members reach projects
// that the org pays for. An org is named by handle or ID. Its calls answer
// ErrNotFound for an org that is not there, or where the platform has no such
// call.
type OrgTokens interface {
	// ListMemberTokens returns a page and the cursor of the next one, which is nil
	// at the end; a page before it may be empty. An empty user stands for every
	// member.
	ListMemberTokens(ctx context.Context, org, user string, cursor json.RawMessage) (page []MemberToken, next json.RawMessage, err error)
	// TakeOrgFromToken takes the org, with the projects that it pays for, out of
	// the reach of a member's token. It answers ErrNotFound.
	TakeOrgFromToken(ctx context.Context, org, id string) error
}

var _ OrgTokens = DNAnexus{}

// ListMemberTokens implements OrgTokens.
func (d DNAnexus) ListMemberTokens(ctx context.Context, org, user string, cursor json.RawMessage) ([]MemberToken, json.RawMessage, error) {
	limit := dnanexus.MaxTokensPage
	answer, err := d.client.FindMemberTokens(ctx, OrgID(org), dnanexus.FindMemberTokensRequest{User: user, Limit: &limit, Starting: cursor})
	if err != nil {
		return nil, nil, explain(err)
	}
	page := make([]MemberToken, 0, len(answer.Tokens))
	for _, listed := range answer.Tokens {
		token := Token{ID: listed.Signature, Name: listed.Label, Created: timeOfMillis(listed.Created), Expires: timeOfMillis(listed.Expires)}
		if listed.LastUsed != nil {
			token.LastUsed = timeOfMillis(*listed.LastUsed)
		}
		page = append(page, MemberToken{User: listed.User, Token: token})
	}
	return page, cursorOf(answer.Next), nil
}

// TakeOrgFromToken implements OrgTokens.
func (d DNAnexus) TakeOrgFromToken(ctx context.Context, org, id string) error {
	return explain(d.client.RevokeMemberToken(ctx, OrgID(org), dnanexus.RevokeMemberTokenRequest{Signature: id}))
}
