package molgenis_test

import (
	"strings"
	"testing"
)

// A text with NUL is refused wherever a client can write one, or nothing is found by it.
// Nothing of it is stored.
func TestTextWithNUL(t *testing.T) {
	const user = `"username": "nulla", "password_": "spin the wheel 77", "Email": "nulla@example.org", "FirstName": "N", "active": true`
	p := newPlatform(t)
	alice, admin := p.signIn("alice"), p.signIn("admin")
	own := p.makeToken(alice, `{"User": "user-alice", "token": "`+handMade+`", "description": "ci"}`)
	for _, c := range []struct{ bearer, line, body string }{
		{alice, "POST /api/v1/sys_sec_Token", `{"User": "user-alice", "token": "10112233445566778899aabbccddeeff", "description": "NUL"}`},
		{alice, "POST /api/v1/sys_sec_Token", `{"User": "NUL", "token": "20112233445566778899aabbccddeeff"}`},
		{alice, "POST /api/v2/sys_sec_Token", `{"entities": [{"User": "user-alice", "token": "30112233445566778899aabbccddeeff", "description": "NUL"}]}`},
		{alice, "PUT " + own + "/description", `"NUL"`},
		{alice, "PUT " + own, `{"User": "user-alice", "token": "` + handMade + `", "description": "NUL"}`},
		{alice, "DELETE /api/v2/sys_sec_Token", `{"entityIds": ["NUL"]}`},
		{admin, "POST /api/v1/sys_sec_User", `{` + strings.Replace(user, "nulla", "NUL", 1) + `}`},
		{admin, "POST /api/v1/sys_sec_User", `{` + strings.Replace(user, "nulla@", "NUL@", 1) + `}`},
		{admin, "POST /api/v1/sys_sec_User", `{` + strings.Replace(user, `"N"`, `"NUL"`, 1) + `}`},
		{admin, "POST /api/v2/sys_sec_User", `{"entities": [{` + user + `, "LastName": "NUL"}]}`},
		{admin, "POST /api/v2/sys_sec_User", `{"entities": [{` + user + `, "MiddleNames": "NUL"}]}`},
		{admin, "PUT /api/v1/sys_sec_User/user-alice/FirstName", `"NUL"`},
		{alice, "PUT /api/v1/sys_sec_User/user-alice/Email", `"NUL"`},
		{"", "POST /api/v1/login", `{"username": "NUL", "password": "x"}`},
		{alice, "POST /api/graphql", `{"query": "mutation($n:String){createToken(email:\"alice\",tokenName:$n){token}}", "variables": {"n": "NUL"}}`},
		{alice, "POST /api/graphql", `{"query": "mutation($e:String){createToken(email:$e,tokenName:\"n\"){token}}", "variables": {"e": "NUL"}}`},
		{"", "POST /api/graphql", `{"query": "mutation{signin(email:\"NUL\",password:\"x\"){status message}}"}`},
		{"", "POST /api/graphql", `{"query": "mutation{signup(email:\"NUL@example.org\",password:\"spin the wheel 77\"){status message}}"}`},
		{admin, "POST /api/graphql", `{"query": "mutation{change(users:[{email:\"NUL\"}]){status message}}"}`},
		{alice, "GET /api/v2/sys_sec_Token/%00", ""},
		{alice, "GET /api/v2/sys_sec_Token?q=description==a%00b", ""},
		{alice, "GET /api/v2/sys_sec_Token?q=User==a%00b", ""},
	} {
		got := p.with(c.bearer, c.line, strings.ReplaceAll(c.body, "NUL", `a\u0000b`))
		isSearch := strings.HasPrefix(c.line, "GET ") && strings.Contains(got.Body.String(), `"total":0`)
		saysNo := strings.Contains(got.Body.String(), `FAILED`) || strings.Contains(got.Body.String(), `"errors"`)
		if (got.Code < 400 || got.Code >= 500) && !isSearch && !saysNo {
			t.Errorf("%s %s: %d %s", c.line, c.body, got.Code, got.Body)
		}
	}
	for _, line := range []string{"GET /api/v2/sys_sec_Token", "GET /api/v2/sys_sec_User"} {
		if body := p.with(admin, line, "").is(200).Body.String(); !strings.Contains(body, "alice") || strings.Contains(body, "u0000") {
			t.Errorf("stored: %s", body)
		}
	}
}
