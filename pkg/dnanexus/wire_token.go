package dnanexus

import (
	"encoding/json"
)

// Routes of the auth server that list the API tokens of a user. They are known from
// the public fork jtratner/dx-toolkit, which calls them.
const (
	RouteListAuthTokens   = "/account/listAuthTokens"
	RouteFindAccessTokens = "/account/findAccessTokens"
)

// MaxTokensPage is the largest page of findAccessTokens, in tokens.
const MaxTokensPage = 100

// Types of tokens, as Types of a FindAccessTokensRequest and Type of an
// AuthToken name them. The platform's own names are not known.
const (
	TokenTypeSession = "session" // made by a sign-in; ends when idle
	TokenTypeAPI     = "token"   // made with a label or a scope; ends at its expiry
)

// ListAuthTokensRequest lists the caller's tokens at once. The fork always
// sends label true, and notes that without it some tokens are missing: those
// without a label are left out then. Input of /account/listAuthTokens.
type ListAuthTokensRequest struct {
	Label bool `json:"label"`
}

// ListAuthTokensResponse holds the caller's API tokens that have not ended.
// Response of /account/listAuthTokens.
type ListAuthTokensResponse struct {
	Tokens []AuthToken `json:"tokens"`
}

// FindAccessTokensRequest lists the caller's tokens in pages. To get the next
// page, every field is repeated with starting set to the last response's next.
// Input of /account/findAccessTokens.
type FindAccessTokensRequest struct {
	Label    bool            `json:"label"`
	Types    []string        `json:"types,omitempty"`    // absent: API tokens
	Limit    *int            `json:"limit,omitempty"`    // 1 to 100, the default
	Starting json.RawMessage `json:"starting,omitempty"` // opaque

	// The rest is an extension of dxauth: it chooses among the tokens.
	Name      string `json:"name,omitempty"`      // the exact label
	Signature string `json:"signature,omitempty"` // the first 4 to 64 hexadecimal digits of the signature
	Expired   bool   `json:"expired,omitempty"`   // the expired ones instead of those that have not ended
}

// FindAccessTokensResponse is one page, the token that ends soonest first. Next
// is always there, null at the end. Response of /account/findAccessTokens.
type FindAccessTokensResponse struct {
	Tokens []AuthToken     `json:"tokens"`
	Next   json.RawMessage `json:"next"`
}

// AuthToken is a token of the caller as a list shows it; the token itself is
// nowhere. The fork reads the first three fields; the others are extensions of
// dxauth. Times are ms since 1970.
type AuthToken struct {
	Signature       string `json:"signature"` // 64 lower-case hexadecimal digits
	Label           string `json:"label"`
	ParentSignature string `json:"parentSignature,omitempty"` // of the token that it was made with; it dies with that one

	Type        string `json:"type"` // TokenTypeSession or TokenTypeAPI
	Scope       *Scope `json:"scope"`
	Created     int64  `json:"created"`
	Expires     int64  `json:"expires"`
	LastUsed    *int64 `json:"lastUsed"`    // up to 30 s old; null: never used
	LastAddress string `json:"lastAddress"` // IP address of the last use, or of its making
	Current     bool   `json:"current"`     // the request was made with it
}
