package dnanexus

import (
	"github.com/dxauth/dxauth/internal/refserver/access"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// memberCursor is the "next" of a list of members' tokens.
type memberCursor struct {
	User string `json:"user"`
	tokenCursor
}

func (c memberCursor) isValid() bool { return c.User != "" && c.tokenCursor.isValid() }

// memberCursorOf returns the zero value if there is no next page.
func memberCursorOf(next *access.MemberPosition) memberCursor {
	if next == nil {
		return memberCursor{}
	}
	return memberCursor{next.UserID, cursorOf(&next.Position)}
}

// findMemberTokens returns a page of the tokens that reach projects of the org.
func (h *Handler) findMemberTokens(c call, in wire.FindMemberTokensRequest) (wire.FindMemberTokensResponse, error) {
	limit, err := limitOf(in.Limit, wire.MaxTokensPage)
	if err != nil {
		return wire.FindMemberTokensResponse{}, err
	}
	start, err := startOf[memberCursor](in.Starting)
	if err != nil {
		return wire.FindMemberTokensResponse{}, err
	}
	page, err := h.service.MemberTokens(c.ctx, c.caller, access.MemberQuery{
		OrgID: c.entity, UserID: in.User, Limit: limit,
		After: access.MemberPosition{UserID: start.User, Position: start.position()},
	})
	if err != nil {
		return wire.FindMemberTokensResponse{}, err
	}
	response := wire.FindMemberTokensResponse{Tokens: make([]wire.MemberToken, 0, len(page.Tokens))}
	for _, token := range page.Tokens {
		shown := authToken(token)
		response.Tokens = append(response.Tokens, wire.MemberToken{
			User: token.UserID, Signature: shown.Signature, Label: shown.Label,
			Created: shown.Created, Expires: shown.Expires, LastUsed: shown.LastUsed,
		})
	}
	response.Tokens, response.Next, err = fitting(response.Tokens, memberCursorOf(page.Next), func(i int) cursor {
		token := page.Tokens[i]
		return memberCursor{token.UserID, cursorOf(&access.Position{Expires: token.Expires, Signature: token.Signature})}
	})
	return response, err
}

// revokeMemberToken removes the projects of the org from the scope of a token.
func (h *Handler) revokeMemberToken(c call, in wire.RevokeMemberTokenRequest) (wire.IDResponse, error) {
	if err := checkSignature("signature", in.Signature); err != nil {
		return wire.IDResponse{}, err
	}
	return wire.IDResponse{ID: c.entity}, h.service.RevokeMemberToken(c.ctx, c.caller, c.entity, in.Signature)
}
