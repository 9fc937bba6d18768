package dnanexus

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/domain"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// memberCursor is what "next" holds of a list of members' tokens.
type memberCursor struct {
	User string `json:"user"`
	tokenCursor
}

// findMemberTokens answers a page of the tokens that reach projects of the org.
func (f *Face) findMemberTokens(c call, in wire.FindMemberTokensRequest) (wire.FindMemberTokensResponse, error) {
	query := domain.MemberTokenQuery{OrgID: c.entity, UserID: in.User, Limit: wire.MaxTokensPage}
	if in.Limit != nil {
		query.Limit = *in.Limit
	}
	if query.Limit < 1 || query.Limit > wire.MaxTokensPage {
		return wire.FindMemberTokensResponse{}, inputError("limit", "an integer from 1 to 100")
	}
	var err error
	if query.After, err = memberPositionOf(in.Starting); err != nil {
		return wire.FindMemberTokensResponse{}, err
	}
	page, err := f.domain.MemberTokens(c.ctx, c.caller, query)
	if err != nil {
		return wire.FindMemberTokensResponse{}, err
	}
	answer := wire.FindMemberTokensResponse{Tokens: make([]wire.MemberToken, 0, len(page.Tokens)), Next: json.RawMessage("null")}
	for _, token := range page.Tokens {
		shown := authToken(token)
		answer.Tokens = append(answer.Tokens, wire.MemberToken{
			User: token.UserID, Signature: shown.Signature, Label: shown.Label,
			Created: shown.Created, Expires: shown.Expires, LastUsed: shown.LastUsed,
		})
	}
	if page.Next != nil {
		answer.Next, err = json.Marshal(memberCursor{page.Next.UserID, *cursorOf(&page.Next.Position)})
	}
	return answer, err
}

func memberPositionOf(starting json.RawMessage) (access.MemberPosition, error) {
	if len(starting) == 0 || string(starting) == "null" {
		return access.MemberPosition{}, nil
	}
	var start memberCursor
	err := json.Unmarshal(starting, &start)
	if err != nil || start.User == "" || !start.isValid() {
		return access.MemberPosition{}, inputError("starting", `the "next" of an earlier answer`)
	}
	position := access.Position{Expires: time.UnixMilli(start.Expires), Signature: start.Signature}
	return access.MemberPosition{UserID: start.User, Position: position}, nil
}

// revokeMemberToken takes the projects of the org out of a token's reach.
func (f *Face) revokeMemberToken(c call, in wire.RevokeMemberTokenRequest) (wire.IDResponse, error) {
	if err := checkSignature("signature", in.Signature); err != nil {
		return wire.IDResponse{}, err
	}
	return wire.IDResponse{ID: c.entity}, f.domain.RevokeMemberToken(c.ctx, c.caller, c.entity, in.Signature)
}
