package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// tokens calls findAccessTokens and returns the page.
func (p *platform) tokens(token, body string) wire.FindAccessTokensResponse {
	p.t.Helper()
	a := p.post("/account/findAccessTokens", token, body)
	var page wire.FindAccessTokensResponse
	if err := json.Unmarshal(a.body, &page); err != nil || a.status != 200 {
		p.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return page
}

func labels(tokens []wire.AuthToken) string {
	var list []string
	for _, token := range tokens {
		list = append(list, token.Label)
	}
	return strings.Join(list, " ")
}

func TestFieldsOfAListedToken(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	p.Advance(time.Minute)
	a := p.post("/system/newAuthToken", aliceFull, narrow(`{"`+exome+`": "VIEW", "*": "UPLOAD"}`, time.Hour))
	narrowed := a.text(t, "token_signature")
	for _, body := range []string{`{"label": true, "limit": 1}`, `{"label": true, "limit": 1, "signature": "` + narrowed[:4] + `"}`} {
		p.post("/account/findAccessTokens", session, body).expect(t, 200, fmt.Sprintf(`{"tokens": [{
			"signature": %q, "label": "", "parentSignature": %q, "type": "token",
			"scope": {"projects": {"*": "UPLOAD", %q: "VIEW"}}, "created": 1772366460000, "expires": 1772370000000,
			"lastUsed": null, "lastAddress": "127.0.0.1", "current": false}]}`, narrowed, wire.Signature(secret.New(aliceFull)), exome))
	}
	p.post("/account/listAuthTokens", aliceFull, `{"label": true}`).expect(t, 200, fmt.Sprintf(`{"tokens": [
		{"signature": %q}, {"label": "full", "scope": {"full": true}, "current": true, "lastUsed": 1772366460000},
		{"label": "read", "current": false, "lastUsed": null}]}`, narrowed))
	p.post("/account/findAccessTokens", session, `{"types": ["session"], "label": true}`).expect(t, 200, fmt.Sprintf(
		`{"tokens": [{"signature": %q, "type": "session", "scope": {"full": true}, "lastUsed": 1772366460000, "current": true}], "next": null}`,
		wire.Signature(secret.New(session))))
	if page := p.tokens(session, `{"label": true, "expired": true}`); labels(page.Tokens) != "old" {
		t.Errorf("the expired tokens are %q", labels(page.Tokens))
	}
}

// Some tokens are missing if the request has no label, as the author of the fork noticed.
func TestListsWithoutALabel(t *testing.T) {
	p := newPlatform(t)
	p.post("/system/newAuthToken", aliceFull, `{"scope": {"projects": {"*": "UPLOAD"}}}`).expect(t, 200, `{"access_token": "<token>"}`)
	for _, route := range []string{"/account/listAuthTokens", "/account/findAccessTokens"} {
		for body, want := range map[string]int{`{"label": true}`: 3, `{"label": false}`: 2, `{}`: 2} {
			var list wire.ListAuthTokensResponse
			if err := json.Unmarshal(p.post(route, aliceFull, body).body, &list); err != nil || len(list.Tokens) != want {
				t.Errorf("%s %s: %d tokens, want %d; %v", route, body, len(list.Tokens), want, err)
			}
		}
	}
}

// The scope in a list can be used in a request, as token rotation does.
func TestAListedScopeCanBeRequested(t *testing.T) {
	p := newPlatform(t)
	for _, scope := range []string{
		`{"full": true}`, `{"full": true, "phiAccess": false}`, `{"projects": {}}`, `{"projects": {"*": "VIEW"}, "phiAccess": false}`,
		`{"projects": {"` + exome + `": "ADMINISTER"}}`, `{"full": true, "excludedOrgs": ["org-clinic", "org-lab"]}`,
	} {
		for round := range 2 {
			a := p.post("/system/newAuthToken", aliceFull, `{"label": "x", "scope": `+scope+`}`)
			a.expect(t, 200, `{"access_token": "<token>"}`)
			page := p.tokens(aliceFull, `{"label": true, "signature": "`+a.text(t, "token_signature")+`"}`)
			shown, err := json.Marshal(page.Tokens[0].Scope)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(asJSON(t, scope), asJSON(t, string(shown))); diff != "" {
				t.Errorf("round %d (-ordered +shown):\n%s", round, diff)
			}
			scope = string(shown)
		}
	}
}

func asJSON(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestPagesOfTokens(t *testing.T) {
	p := newPlatform(t)
	var want []string
	for i := range 7 { // the last one expires first
		want = append([]string{fmt.Sprint(i)}, want...)
		expires := start().Add(time.Duration(24-i) * time.Hour).UnixMilli()
		p.post("/system/newAuthToken", aliceFull, fmt.Sprintf(`{"label": "%d", "expires": %d}`, i, expires)).expect(t, 200, `{}`)
	}
	for limit := 1; limit <= 10; limit++ {
		got, starting := "", ""
		for starting != `, "starting": null` {
			page := p.tokens(aliceFull, fmt.Sprintf(`{"label": true, "limit": %d%s}`, limit, starting))
			got += labels(page.Tokens) + " "
			starting = `, "starting": ` + string(page.Next)
		}
		if wanted := strings.Join(want, " ") + " full read "; got != wanted {
			t.Errorf("in pages of %d: %q, want %q", limit, got, wanted)
		}
	}
	if page := p.tokens(aliceFull, `{"name": "3"}`); labels(page.Tokens) != "3" {
		t.Errorf("by name: %q", labels(page.Tokens))
	}
}

func TestTokenRouteRefusals(t *testing.T) {
	p := newPlatform(t)
	const (
		find, update = "/account/findAccessTokens", "/account/updateAuthToken"
		limits       = `expected key "limit" of input to be an integer from 1 to 100`
		types        = `expected key "types" of input to be an array of "session" and "token"`
		starting     = `expected key "starting" of input to be the "next" of an earlier answer`
		prefix       = `expected key "signature" of input to be from 4 to 64 lower-case hexadecimal digits`
		whole        = `expected key "signature" of input to be 64 lower-case hexadecimal digits`
	)
	own, ofCarol, old := wire.Signature(secret.New(aliceRead)), wire.Signature(secret.New(carolFull)), wire.Signature(secret.New(expired))
	for _, test := range []struct {
		path, body         string
		status             int
		errorType, message string
	}{
		{find, `{"limit": 0}`, 422, "InvalidInput", limits},
		{find, `{"limit": 101}`, 422, "InvalidInput", limits},
		{find, `{"limit": "9"}`, 422, "InvalidInput", `expected key "limit" of input to be an integer`},
		{find, `{"types": ["full"]}`, 422, "InvalidInput", types},
		{find, `{"types": ["token", ""]}`, 422, "InvalidInput", types},
		{find, `{"types": "token"}`, 422, "InvalidInput", `expected key "types" of input to be an array`},
		{find, `{"starting": 1}`, 422, "InvalidInput", starting},
		{find, `{"starting": {}}`, 422, "InvalidInput", starting},
		{find, `{"starting": {"expires": -1, "signature": "` + own + `"}}`, 422, "InvalidInput", starting},
		{find, `{"starting": {"expires": 1, "signature": "x"}}`, 422, "InvalidInput", starting},
		{find, `{"signature": "abc"}`, 422, "InvalidInput", prefix},
		{find, `{"signature": "ABCD"}`, 422, "InvalidInput", prefix},
		{find, `{"signature": "abc%"}`, 422, "InvalidInput", prefix},
		{find, `{"signature": "` + own + `0"}`, 422, "InvalidInput", prefix},
		{update, `{}`, 422, "InvalidInput", `Expected input to have property "signature"`},
		{update, `{"signature": "` + own[:12] + `"}`, 422, "InvalidInput", whole},
		{update, `{"signature": "` + own + `", "label": "` + strings.Repeat("x", 256) + `"}`, 422, "InvalidInput", `expected key "label" of input to be at most 255 bytes long`},
		{update, `{"signature": "` + own + `", "expires": -1}`, 422, "InvalidInput", `expected key "expires" of input to be milliseconds since 1970`},
		{update, `{"signature": "` + own + `", "expires": 0}`, 422, "InvalidInput", `expected key "expires" of input to be in the future`},
		{update, `{"signature": "` + own + `", "expires": 253402300799999}`, 422, "InvalidInput", `expected key "expires" of input to be no later than before`},
		{update, `{"signature": "` + ofCarol + `", "label": "x"}`, 404, "ResourceNotFound", "The token could not be found among those of the user"},
		{update, `{"signature": "` + old + `", "label": "x"}`, 422, "InvalidState", "The token has ended already"},
		{"/system/newAuthToken", `{"scope": {"full": true, "excludedOrgs": ["user-alice"]}}`, 422, "InvalidInput", `expected key "scope.excludedOrgs" of input to be an array of org IDs`},
	} {
		p.post(test.path, aliceFull, test.body).refuses(t, test.status, test.errorType, test.message)
	}
	p.post("/account/findAccessTokens", aliceFull, `{"types": [], "starting": null, "name": "read", "types": ["token", "token"]}`).
		expect(t, 200, `{"tokens": [{"label": "read"}], "next": null}`)
	if page := p.tokens(aliceFull, `{"name": "`+strings.Repeat("x", 9999)+`"}`); len(page.Tokens) != 0 {
		t.Errorf("%d tokens of a name that is too long", len(page.Tokens))
	}
}

func TestUpdateAuthToken(t *testing.T) {
	p := newPlatform(t)
	own := wire.Signature(secret.New(aliceRead))
	p.post("/account/updateAuthToken", aliceFull, fmt.Sprintf(`{"signature": %q, "label": "renamed", "expires": %d}`, own,
		start().Add(time.Hour).UnixMilli())).expect(t, 200, `{}`)
	p.post("/account/findAccessTokens", aliceFull, `{"name": "renamed"}`).expect(t, 200, `{"tokens": [{"expires": 1772370000000}], "next": null}`)
	p.post("/account/updateAuthToken", aliceRead, `{"signature": "`+own+`", "label": "x"}`).refuses(t, 401, "PermissionDenied", beyondScope)
	p.Advance(time.Hour)
	p.post("/system/whoami", aliceRead, `{}`).expect(t, 401, `{"error": {"details": {"reason": "expired"}}}`)
}

func TestTokensOfMembers(t *testing.T) {
	p := newPlatform(t)
	scoped := p.post("/system/newAuthToken", "", `{"username": "carol", "password": "singer-2026", "scope": {"projects": {"`+patients+`": "VIEW"}}}`)
	patientsOnly := scoped.text(t, "access_token")
	list := p.post("/org-clinic/findMemberTokens", carolFull, `{}`)
	list.expect(t, 200, `{"tokens": [{"user": "user-carol", "signature": "<signature>", "created": 1772366400000,
		"expires": 1774958400000}], "next": null}`)
	for _, secret := range []string{carolFull, patientsOnly, patients} {
		if strings.Contains(string(list.body), secret) {
			t.Errorf("the list shows %s", secret)
		}
	}
	p.post("/system/newAuthToken", "", `{"username": "carol", "password": "singer-2026", "label": "second", "scope": {"projects": {"`+patients+`": "VIEW"}}}`).
		expect(t, 200, `{}`)
	var page wire.FindMemberTokensResponse
	if err := json.Unmarshal(p.post("/org-clinic/findMemberTokens", carolFull, `{"limit": 1}`).body, &page); err != nil || len(page.Tokens) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	first := page.Tokens[0].Signature
	if err := json.Unmarshal(p.post("/org-clinic/findMemberTokens", carolFull, `{"limit": 1, "starting": `+string(page.Next)+`}`).body, &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Tokens) != 1 || page.Tokens[0].Signature == first {
		t.Errorf("the second page is %+v", page)
	}

	p.post("/"+patients+"/describe", patientsOnly, `{}`).expect(t, 200, `{"level": "VIEW"}`)
	p.post("/org-clinic/revokeMemberToken", carolFull, `{"signature": "`+wire.Signature(secret.New(patientsOnly))+`"}`).
		expect(t, 200, `{"id": "org-clinic"}`)
	p.post("/"+patients+"/describe", patientsOnly, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
	p.post("/system/whoami", patientsOnly, `{}`).expect(t, 200, `{"id": "user-carol"}`)
	p.post("/org-clinic/findMemberTokens", carolFull, `{"user": "user-carol"}`).expect(t, 200, `{"tokens": [{"label": "second"}], "next": null}`)

	// An org admin may revoke a token of their own.
	p.post("/org-clinic/revokeMemberToken", carolFull, `{"signature": "`+wire.Signature(secret.New(carolFull))+`"}`).expect(t, 200, `{}`)
	for _, method := range []string{"update", "findMemberTokens", "revokeMemberToken"} {
		p.post("/org-clinic/"+method, carolFull, bySignature(carolFull)).
			refuses(t, 401, "PermissionDenied", "Administrator access to org-clinic required to perform this operation")
	}
	p.post("/system/findOrgs", carolFull, `{"level": "MEMBER"}`).expect(t, 200, `{"results": []}`)
	p.post("/project/new", carolFull, `{"name": "x", "billTo": "org-clinic"}`).refuses(t, 401, "PermissionDenied", "Requires ADMINISTER access to the project")
	p.post("/"+public+"/update", carolFull, `{"billTo": "org-clinic"}`).refuses(t, 401, "PermissionDenied", "Requires ADMINISTER access to the project")
	p.post("/account/findAccessTokens", carolFull, `{"name": "full"}`).expect(t, 200, `{"tokens": [{"scope": {"full": true, "excludedOrgs": ["org-clinic"]}}]}`)
	p.post("/"+public+"/describe", carolFull, `{}`).expect(t, 200, `{"level": "ADMINISTER"}`)
}

func TestMemberTokenRefusals(t *testing.T) {
	p := newPlatform(t)
	const find, revoke = "/org-clinic/findMemberTokens", "/org-clinic/revokeMemberToken"
	for _, test := range []struct {
		path, token, body  string
		status             int
		errorType, message string
	}{
		{find, aliceFull, `{}`, 401, "PermissionDenied", "Administrator access to org-clinic required to perform this operation"},
		{revoke, aliceFull, bySignature(carolFull), 401, "PermissionDenied", "Administrator access to org-clinic required to perform this operation"},
		{"/org-none/findMemberTokens", carolFull, `{}`, 404, "ResourceNotFound", "The org could not be found"},
		{find, carolFull, `{"limit": 0}`, 422, "InvalidInput", `expected key "limit" of input to be an integer from 1 to 100`},
		{find, carolFull, `{"starting": {"user": "user-carol"}}`, 422, "InvalidInput", `expected key "starting" of input to be the "next" of an earlier answer`},
		{find, carolFull, `{"starting": "x"}`, 422, "InvalidInput", `expected key "starting" of input to be the "next" of an earlier answer`},
		{revoke, carolFull, `{}`, 422, "InvalidInput", `Expected input to have property "signature"`},
		{revoke, carolFull, `{"signature": "abcd"}`, 422, "InvalidInput", `expected key "signature" of input to be 64 lower-case hexadecimal digits`},
		{revoke, carolFull, bySignature(aliceFull), 404, "ResourceNotFound", "The token could not be found among those of the user"},
	} {
		p.post(test.path, test.token, test.body).refuses(t, test.status, test.errorType, test.message)
	}
}

func bySignature(token string) string {
	return `{"signature": "` + wire.Signature(secret.New(token)) + `"}`
}
