package dnanexus_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// The fork of dx sends label with every call, and otherwise only what the caller set.
func TestRequestsOfTokens(t *testing.T) {
	limit, label, expires := 2, "ci", int64(1)
	tests := map[string]struct {
		call  func(*dnanexus.Client) error
		route string
		body  string
	}{
		"all at once": {func(c *dnanexus.Client) error {
			_, err := c.ListAuthTokens(t.Context(), dnanexus.ListAuthTokensRequest{Label: true})
			return err
		}, "POST /auth/account/listAuthTokens", `{"label":true}`},
		"the first page": {func(c *dnanexus.Client) error {
			_, err := c.FindAccessTokens(t.Context(), dnanexus.FindAccessTokensRequest{Label: true})
			return err
		}, "POST /auth/account/findAccessTokens", `{"label":true}`},
		"the next page of some": {func(c *dnanexus.Client) error {
			_, err := c.FindAccessTokens(t.Context(), dnanexus.FindAccessTokensRequest{
				Label: true, Types: []string{dnanexus.TokenTypeSession}, Limit: &limit, Starting: json.RawMessage(`{"after":1}`),
				Name: "ci", Signature: "0123", Expired: true,
			})
			return err
		}, "POST /auth/account/findAccessTokens",
			`{"label":true,"types":["session"],"limit":2,"starting":{"after":1},"name":"ci","signature":"0123","expired":true}`},
		"a name": {func(c *dnanexus.Client) error {
			return c.UpdateAuthToken(t.Context(), dnanexus.UpdateAuthTokenRequest{Signature: "0123", Label: &label})
		}, "POST /auth/account/updateAuthToken", `{"signature":"0123","label":"ci"}`},
		"an earlier end": {func(c *dnanexus.Client) error {
			return c.UpdateAuthToken(t.Context(), dnanexus.UpdateAuthTokenRequest{Signature: "0123", Expires: &expires})
		}, "POST /auth/account/updateAuthToken", `{"signature":"0123","expires":1}`},
		"tokens of an org's members": {func(c *dnanexus.Client) error {
			_, err := c.FindMemberTokens(t.Context(), "org-lab", dnanexus.FindMemberTokensRequest{
				User: "user-bob", Limit: &limit, Starting: json.RawMessage(`1`),
			})
			return err
		}, "POST /org-lab/findMemberTokens", `{"user":"user-bob","limit":2,"starting":1}`},
		"a token that an org takes its projects from": {func(c *dnanexus.Client) error {
			return c.RevokeMemberToken(t.Context(), "org-lab", dnanexus.RevokeMemberTokenRequest{Signature: "0123"})
		}, "POST /org-lab/revokeMemberToken", `{"signature":"0123"}`},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			p := newPlatform(t, answering(http.StatusOK, emptyLists))
			if err := tt.call(p.client()); err != nil {
				t.Fatal(err)
			}
			p.wantOne(t, tt.route, tt.body)
		})
	}
}

func TestTokensAreListed(t *testing.T) {
	const token = `{"signature": "0123", "label": "ci", "parentSignature": "4567", "type": "token",
		"scope": {"projects": {"*": "VIEW"}}, "created": 1, "expires": 2, "lastUsed": 3, "lastAddress": "192.0.2.1",
		"current": true, "new": 1}`
	used := int64(3)
	want := []dnanexus.AuthToken{
		{Signature: "0123", Label: "ci", ParentSignature: "4567", Type: "token",
			Scope: &dnanexus.Scope{Projects: map[string]dnanexus.Level{"*": "VIEW"}}, Created: 1, Expires: 2,
			LastUsed: &used, LastAddress: "192.0.2.1", Current: true},
		{Signature: "89ab"}, // as a platform might answer that says no more
	}
	p := newPlatform(t, answering(http.StatusOK, `{"tokens": [`+token+`, {"signature": "89ab"}], "next": {"after": 1}}`))
	list, err := p.client().ListAuthTokens(t.Context(), dnanexus.ListAuthTokensRequest{Label: true})
	if err != nil {
		t.Fatal(err)
	}
	page, err := p.client().FindAccessTokens(t.Context(), dnanexus.FindAccessTokensRequest{Label: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, list.Tokens); diff != "" {
		t.Errorf("all at once (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, page.Tokens); diff != "" || string(page.Next) != `{"after": 1}` {
		t.Errorf("a page, then %s (-want +got):\n%s", page.Next, diff)
	}
}
