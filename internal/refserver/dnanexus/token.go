package dnanexus

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// maxListed is the maximum for listAuthTokens, which has no pages.
const maxListed = 1000

// listAuthTokens lists the API tokens that expire first, as many as one page holds.
func (h *Handler) listAuthTokens(c call, in wire.ListAuthTokensRequest) (wire.ListAuthTokensResponse, error) {
	query := access.Query{UserID: c.caller.User.ID, Kind: access.APIToken, Labelled: !in.Label, Limit: maxListed}
	page, err := h.service.FindTokens(c.ctx, c.caller, query)
	if err != nil {
		return wire.ListAuthTokensResponse{}, err
	}
	tokens, _, err := tokenPage(page, c.caller)
	return wire.ListAuthTokensResponse{Tokens: tokens}, err
}

// findAccessTokens returns a page of the tokens that match.
func (h *Handler) findAccessTokens(c call, in wire.FindAccessTokensRequest) (wire.FindAccessTokensResponse, error) {
	query, err := tokenQueryOf(in)
	if err != nil {
		return wire.FindAccessTokensResponse{}, err
	}
	query.UserID = c.caller.User.ID
	page, err := h.service.FindTokens(c.ctx, c.caller, query)
	if err != nil {
		return wire.FindAccessTokensResponse{}, err
	}
	tokens, next, err := tokenPage(page, c.caller)
	return wire.FindAccessTokensResponse{Tokens: tokens, Next: next}, err
}

// tokenPage returns as many tokens as fit, and where the next page starts.
func tokenPage(page access.Page, caller service.Caller) ([]wire.AuthToken, json.RawMessage, error) {
	return fitting(authTokens(page.Tokens, caller), cursorOf(page.Next), func(i int) cursor {
		return cursorOf(&access.Position{Expires: page.Tokens[i].Expires, Signature: page.Tokens[i].Signature})
	})
}

// minPrefix is the shortest prefix of a signature that can be looked up.
const minPrefix = 4

func tokenQueryOf(in wire.FindAccessTokensRequest) (access.Query, error) {
	query := access.Query{Labelled: !in.Label, Label: in.Name, Prefix: in.Signature, Expired: in.Expired}
	var err error
	if query.Limit, err = limitOf(in.Limit, wire.MaxTokensPage); err != nil {
		return query, err
	}
	if in.Signature != "" && !wire.BeginsSignature(in.Signature, minPrefix) {
		return query, inputError("signature", "from 4 to 64 lower-case hexadecimal digits")
	}
	if query.Kind, err = kindOf(in.Types); err != nil {
		return query, err
	}
	start, err := startOf[tokenCursor](in.Starting)
	query.After = start.position()
	return query, err
}

// kindOf reads the types: none means API tokens, both mean any kind.
func kindOf(types []string) (access.Kind, error) {
	kind := access.APIToken
	for i, name := range types {
		if name != wire.TokenTypeSession && name != wire.TokenTypeAPI {
			return "", inputError("types", `an array of "session" and "token"`)
		}
		if i == 0 {
			kind = access.Kind(name)
		}
		if access.Kind(name) != kind {
			kind = ""
		}
	}
	return kind, nil
}

// tokenCursor is the "next" of a list of tokens.
type tokenCursor struct {
	Expires   int64  `json:"expires"`
	Signature string `json:"signature"`
}

// cursorOf returns the zero value if there is no next page.
func cursorOf(next *access.Position) tokenCursor {
	if next == nil {
		return tokenCursor{}
	}
	return tokenCursor{Expires: next.Expires.UnixMilli(), Signature: next.Signature}
}

func (c tokenCursor) isValid() bool {
	return c.Expires > 0 && c.Expires <= maxMillis && wire.IsSignature(c.Signature)
}

func (c tokenCursor) position() access.Position {
	if !c.isValid() {
		return access.Position{}
	}
	return access.Position{Expires: time.UnixMilli(c.Expires), Signature: c.Signature}
}

// updateAuthToken changes the label of a token, or makes it expire earlier.
// Neither needs a recent sign-in, because neither extends what a token can do.
func (h *Handler) updateAuthToken(c call, in wire.UpdateAuthTokenRequest) (wire.Empty, error) {
	if err := checkSignature("signature", in.Signature); err != nil {
		return wire.Empty{}, err
	}
	change := access.Change{Label: in.Label}
	switch {
	case in.Label != nil && len(*in.Label) > maxLabel:
		return wire.Empty{}, inputError("label", "at most 255 bytes long")
	case in.Expires != nil && (*in.Expires < 0 || *in.Expires > maxMillis):
		return wire.Empty{}, inputError("expires", "milliseconds since 1970")
	}
	if in.Expires != nil {
		expires := time.UnixMilli(*in.Expires)
		change.Expires = &expires
	}
	return wire.Empty{}, h.service.UpdateToken(c.ctx, c.caller, c.ownToken(in.Signature), change)
}

// ownToken refers to a token of the caller.
func (c call) ownToken(signature string) access.Ref {
	return access.Ref{Signature: signature, UserID: c.caller.User.ID}
}

func authTokens(tokens []access.Token, caller service.Caller) []wire.AuthToken {
	list := make([]wire.AuthToken, 0, len(tokens))
	for _, token := range tokens {
		shown := authToken(token)
		shown.Current = token.Signature == caller.Token.Signature
		list = append(list, shown)
	}
	return list
}

func authToken(token access.Token) wire.AuthToken {
	shown := wire.AuthToken{
		Signature: token.Signature, Label: token.Label, ParentSignature: token.Parent,
		Type: string(token.Kind), Scope: wireScope(token.Scope),
		Created: token.Created.UnixMilli(), Expires: token.Expires.UnixMilli(), LastAddress: token.LastAddress,
	}
	if !token.LastUsed.IsZero() {
		used := token.LastUsed.UnixMilli()
		shown.LastUsed = &used
	}
	return shown
}
