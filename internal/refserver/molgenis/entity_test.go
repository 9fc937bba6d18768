package molgenis_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

const handMade = "00112233445566778899aabbccddeeff"

// makeToken makes a token with a given value and returns its address.
func (p *platform) makeToken(bearer, body string) string {
	p.Helper()
	return p.with(bearer, "POST /api/v1/sys_sec_Token", body).is(201).Header().Get("Location")
}

// tokens lists the tokens that a bearer sees.
func (p *platform) tokens(bearer, query string) wire.Collection[wire.TokenItem] {
	p.Helper()
	var list wire.Collection[wire.TokenItem]
	p.with(bearer, "GET /api/v2/sys_sec_Token"+query, "").is(200).into(&list)
	return list
}

// Users see their own tokens, an administrator all of them.
func TestWhoSeesWhichTokens(t *testing.T) {
	p := newPlatform(t)
	alice, admin := p.signIn("alice"), p.signIn("admin")
	if got := p.tokens(alice, ""); got.Total != 3 {
		t.Errorf("alice sees %d tokens", got.Total)
	}
	all := p.tokens(admin, "?sort=description:desc")
	if all.Total != 4 || all.Items[0].Description != "scoped" || all.Items[1].Description != "ci" {
		t.Errorf("the administrator sees %+v", all.Items)
	}
	if got := p.tokens(admin, "?q=User==user-alice"); got.Total != 3 {
		t.Errorf("of alice's the administrator sees %d", got.Total)
	}
	if got := p.tokens(alice, "?q=User==user-admin"); got.Total != 0 {
		t.Errorf("alice sees %d of the administrator's", got.Total)
	}
	foreign := access.Signature(secret.New(admin))
	for _, line := range []string{"GET /api/v2/sys_sec_Token/", "DELETE /api/v1/sys_sec_Token/", "DELETE /api/v2/sys_sec_Token/"} {
		p.with(alice, line+foreign, "").refused(404, "Unknown entity")
	}
	p.with(alice, "PUT /api/v1/sys_sec_Token/"+foreign+"/description", `"mine"`).refused(404, "Unknown entity")
	p.with(alice, "POST /api/v1/sys_sec_Token", `{"User":"user-admin","token":"`+handMade+`"}`).refused(401, "administrator")
	p.with(admin, "DELETE /api/v1/sys_sec_Token/"+access.Signature(secret.New(aliceToken)), "").is(204)
	p.with(aliceToken, "GET /api/v2/sys_sec_Token", "").refused(401, "Invalid token")
}

// Without a token that works, no entity is shown, and the status is the one that
// clients check.
func TestEntitiesNeedAToken(t *testing.T) {
	p := newPlatform(t)
	for _, line := range []string{
		"GET /api/v2/sys_sec_Token", "GET /api/v1/sys_sec_Token/meta", "GET /api/v1/csv/sys_sec_Token", "POST /api/v1/sys_sec_Token",
		"DELETE /api/v2/sys_sec_User", "GET /api/v2/sys_sec_User/user-alice", "PUT /api/v1/sys_sec_User/user-alice/Email", "GET /api/v2/nothing",
	} {
		anonymous := p.send(request{line: line})
		anonymous.refused(401, "signed in")
		if !strings.Contains(anonymous.Body.String(), `"code":"DS04"`) || anonymous.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %s %v", line, anonymous.Body, anonymous.Header())
		}
		p.with(noToken, line, "").refused(401, "Invalid token")
		p.with(scopedToken, line, "").refused(401, "does not reach")
	}
	p.with(aliceToken, "GET /api/v2/nothing", "").refused(404, "Unknown entity type 'nothing'")
}

// A token is found by its value, although the value is not stored.
func TestTokenIsFoundByItsValue(t *testing.T) {
	p := newPlatform(t)
	for query, want := range map[string]int{
		"?q=token==" + aliceToken: 1, "?q=token==" + noToken: 0, "?q=token=in=(" + aliceToken + "," + noToken + ")": 1,
		"?q=token!=" + aliceToken: 1, "?q=token==" + aliceToken + ";description==ci": 1, "?q=token==" + aliceToken + ";description==x": 0,
	} {
		if got := p.tokens(aliceToken, query); got.Total != want {
			t.Errorf("%s: %d tokens", query, got.Total)
		}
	}
	answer := p.with(aliceToken, "GET /api/v2/sys_sec_Token", "")
	if strings.Contains(answer.Body.String(), aliceToken) {
		t.Errorf("a list shows a token: %s", answer.Body)
	}
}

// Without an expiry a token works for as long as the server allows, and never
// longer.
func TestExpiryOfTokensMadeByHand(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	value := func(i int) string { return fmt.Sprintf("%s%d", handMade, i) }
	for i, c := range []struct{ given, want string }{
		{``, "2027-01-15T12:00:00Z"},
		{`,"expirationDate":null`, "2027-01-15T12:00:00Z"},
		{`,"expirationDate":"2126-01-01T00:00:00Z"`, "2027-01-15T12:00:00Z"},
		{`,"expirationDate":"2026-03-01T12:00:00Z"`, "2026-03-01T12:00:00Z"},
		{`,"expirationDate":"2026-03-01T12:00:00+0100"`, "2026-03-01T11:00:00Z"},
		{`,"expirationDate":"2026-03-01T12:00:00+01:00"`, "2026-03-01T11:00:00Z"},
		{`,"expirationDate":"2026-03-01"`, "2026-03-01T00:00:00Z"},
	} {
		path := p.makeToken(alice, `{"User":"user-alice","token":"`+value(i)+`"`+c.given+`}`)
		var got wire.TokenItem
		p.with(alice, "GET "+strings.Replace(path, "v1", "v2", 1), "").is(200).into(&got)
		if *got.ExpirationDate != c.want {
			t.Errorf("%s: expires %s, want %s", c.given, *got.ExpirationDate, c.want)
		}
	}
	// A value can be used for one token only, even after its end.
	p.with(alice, "DELETE /api/v1/sys_sec_Token/"+access.Signature(secret.New(value(0))), "").is(204)
	p.with(alice, "POST /api/v1/sys_sec_Token", `{"User":"user-alice","token":"`+value(0)+`"}`).refused(409, "Duplicate value")
	for given, text := range map[string]string{
		`"2025-01-01"`: "in the past", `"soon"`: "must be a time", `17`: "must be a time", `{}`: "must be a time",
	} {
		p.with(alice, "POST /api/v1/sys_sec_Token", `{"User":"user-alice","token":"`+value(9)+`","expirationDate":`+given+`}`).refused(400, text)
	}
}

func TestTokensThatAreRefused(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	for body, want := range map[string]string{
		`{}`:                                     "is required",
		`{"User":"user-alice"}`:                  "'token': is required",
		`{"token":"` + handMade + `"}`:           "'User': is required",
		`{"User":7,"token":"` + handMade + `"}`:  "must be a text",
		`{"User":"user-alice","token":"secret"}`: "drawn at random",
		`{"User":"user-alice","token":"` + strings.Repeat("a", 40) + `"}`:                                   "drawn at random",
		`{"User":"user-alice","token":"` + handMade + ` "}`:                                                 "drawn at random",
		`{"User":"user-alice","token":"` + handMade + `","colour":"red"}`:                                   "Unknown attribute 'colour'",
		`{"User":"user-alice","token":"` + handMade + `","description":"` + strings.Repeat("x", 256) + `"}`: "1 to 255 bytes",
		`[]`: "not a hash", `{`: "not valid JSON",
	} {
		p.with(alice, "POST /api/v1/sys_sec_Token", body).refused(400, want)
	}
	p.with(alice, "POST /api/v2/sys_sec_Token", `{"entities":[]}`).refused(400, "1 to 1000")
	p.with(alice, "POST /api/v2/sys_sec_Token", `{"entities":[{"User":"user-alice","token":"`+handMade+`"},{}]}`).refused(400, "required")
	if got := p.tokens(alice, "?q=token=="+handMade); got.Total != 0 {
		t.Error("a part of a batch was made")
	}
}

// A token made by hand outlives the login. Without a recent sign-in it cannot
// reach the account, and lasts at most a day.
func TestFullTokenNeedsARecentSignIn(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	p.makeToken(alice, `{"User":"user-alice","token":"`+handMade+`"}`)
	p.Advance(6 * time.Minute)
	p.with(alice, "POST /api/v1/sys_sec_Token", `{"User":"user-alice","token":"`+noToken[:16]+handMade+`"}`).refused(401, "Log in again")
	script := "script" + handMade
	p.makeToken(alice, `{"User":"user-alice","token":"`+script+`","expirationDate":"2026-01-15T14:00:00Z"}`)
	if who := whoIs(p, script); who != "alice" {
		t.Errorf("the token of a script is %s", who)
	}
	p.with(script, "GET /api/v2/sys_sec_Token", "").refused(401, "does not reach")
	p.with(alice, "POST /api/v1/logout", "").is(200)
	if who := whoIs(p, script); who != "anonymous" {
		t.Errorf("after the logout the token of a script is %s", who)
	}
	if who := whoIs(p, handMade); who != "alice" {
		t.Errorf("after the logout the token made by hand is %s", who)
	}
}

// A token cannot extend its own life, and tokens made with it do not outlive it.
func TestTokenCannotExtendItsLife(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	path := p.makeToken(alice, `{"User":"user-alice","token":"`+handMade+`","expirationDate":"2026-02-01T00:00:00Z"}`)
	for _, bearer := range []string{handMade, alice} {
		p.with(bearer, "PUT "+path+"/expirationDate", `"2026-02-02T00:00:00Z"`).refused(400, "can't be extended")
	}
	p.with(handMade, "PUT "+path+"/expirationDate", `null`).refused(400, "must be a time")
	child := p.makeToken(handMade, `{"User":"user-alice","token":"child`+handMade+`"}`)
	var got wire.TokenItem
	p.with(alice, "GET "+strings.Replace(child, "v1", "v2", 1), "").is(200).into(&got)
	if *got.ExpirationDate != "2026-02-01T00:00:00Z" {
		t.Errorf("a child ends %s", *got.ExpirationDate)
	}
	p.with(handMade, "PUT "+path+"/expirationDate", `"2026-01-20T00:00:00Z"`).is(200)
	p.Advance(5 * 24 * time.Hour)
	for _, over := range []string{handMade, "child" + handMade} {
		if who := whoIs(p, over); who != "anonymous" {
			t.Errorf("%s still is %s", over, who)
		}
	}
	p.with(aliceToken, "PUT /api/v1/sys_sec_Token/"+access.Signature(secret.New(aliceToken))+"/token", `"x"`).refused(400, "can't be changed")
	p.with(aliceToken, "PUT /api/v1/sys_sec_Token/"+access.Signature(secret.New(aliceToken))+"/colour", `"x"`).refused(400, "Unknown attribute")
}

// Wrong parameters of a list are errors.
func TestParametersOfLists(t *testing.T) {
	p := newPlatform(t)
	for query, want := range map[string]string{
		"?num=-1": "num must be", "?num=x": "num must be", "?start=-1": "start must be", "?num=10001": "less than or equal to 10000",
		"?sort=colour": "Unknown attribute 'colour'", "?sort=id:up": "asc or desc", "?attrs=colour": "Unknown attribute",
		"?q=colour==red": "no such attribute", "?q=token": "operator", "?q=(": "syntax error in the query",
		"?q=" + strings.Repeat("(", 50): "nested too deeply", "?q=a==" + strings.Repeat("x", 5000): "longer than",
	} {
		p.with(aliceToken, "GET /api/v2/sys_sec_Token"+query, "").refused(400, want)
	}
	for query, want := range map[string]int{"?num=0": 0, "?start=99": 0, "?num=1&start=1": 1, "?num=&start=&q=&attrs=&sort=": 2} {
		if got := p.tokens(aliceToken, query); len(got.Items) != want || got.Total != 2 {
			t.Errorf("%s: %d of %d", query, len(got.Items), got.Total)
		}
	}
	answer := p.with(aliceToken, "GET /api/v2/sys_sec_Token?attrs=description,User(id,username),~id&num=1", "")
	if body := answer.Body.String(); strings.Contains(body, "creationDate\":\"2") || !strings.Contains(body, `"description":"`) {
		t.Errorf("%s", body)
	}
}

// A page of a long list is the same as that of the whole list sorted.
func TestPagesOfLongLists(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	const batches, each = 3, 300
	for batch := range batches {
		entities := make([]map[string]string, each)
		for i := range entities {
			n := batch*each + i
			entities[i] = map[string]string{
				"User": "user-alice", "token": fmt.Sprintf("%08dabcdefghijklmnopqrstuvwxyz", n),
				"description": fmt.Sprintf("row %04d", n*7919%(batches*each)), // in no order, each once
			}
		}
		body, err := json.Marshal(map[string]any{"entities": entities})
		if err != nil {
			t.Fatal(err)
		}
		p.with(alice, "POST /api/v2/sys_sec_Token", string(body)).is(201)
	}
	for _, tt := range []struct {
		query string
		want  []string
		total int
	}{
		{"sort=description&num=2&q=description=like=row", []string{"row 0000", "row 0001"}, 900},
		{"sort=description:desc&num=2&start=5&q=description=like=row", []string{"row 0894", "row 0893"}, 900},
		{"sort=description&num=3&start=898&q=description=like=row", []string{"row 0898", "row 0899"}, 900},
		{"sort=description&start=900&q=description=like=row", nil, 900},
		{"start=9223372036854775807&num=100&sort=description&q=description=like=row", nil, 900},
		{"start=9223372036854775807&num=100&q=description=like=row", nil, 900},
		{"num=5&q=description=='row 0234'", []string{"row 0234"}, 1},
	} {
		var list wire.Collection[wire.TokenItem]
		p.with(alice, "GET /api/v2/sys_sec_Token?"+strings.ReplaceAll(tt.query, " ", "%20"), "").is(200).into(&list)
		var got []string
		for _, item := range list.Items {
			got = append(got, item.Description)
		}
		hasNext := len(tt.want) > 0 && list.Start+len(tt.want) < tt.total
		if !slices.Equal(got, tt.want) || list.Total != tt.total || (list.NextHref != "") != hasNext {
			t.Errorf("%s: %q of %d, next %q", tt.query, got, list.Total, list.NextHref)
		}
	}
	var csv []string
	for start := 0; start < 900; start += 500 {
		lines := p.with(alice, fmt.Sprintf("GET /api/v1/csv/sys_sec_Token?attrs=id&num=500&start=%d", start), "").is(200).Body.String()
		csv = append(csv, strings.Split(strings.TrimSpace(lines), "\n")[1:]...)
	}
	slices.Sort(csv)
	if n := len(slices.Compact(csv)); n < 900 {
		t.Errorf("the pages without an order have %d rows", n)
	}
}

// A client that deletes what it has read finds the rest on the following pages, whether it
// follows nextHref or counts. A page that is not the one after another is counted anew.
func TestPagesGoOnWhereTheyEnded(t *testing.T) {
	const count, num = 30, 10
	for name, startOf := range map[string]func(page wire.Collection[wire.TokenItem]) string{
		"nextHref": func(page wire.Collection[wire.TokenItem]) string {
			_, query, _ := strings.Cut(page.NextHref, "?")
			return query
		},
		"counted": func(page wire.Collection[wire.TokenItem]) string {
			return fmt.Sprintf("num=%d&start=%d", num, page.Start+num)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			alice := p.signIn("alice")
			for i := range count {
				p.makeToken(alice, fmt.Sprintf(`{"User":"user-alice","token":"%08dabcdefghijklmnopqrstuvwxyz"}`, i))
			}
			all := p.tokens(alice, "?num=1000").Items
			remaining := all
			query := fmt.Sprintf("num=%d", num)
			for len(remaining) > 0 {
				page := p.tokens(alice, "?"+query)
				want := remaining[:min(num, len(remaining))]
				if diff := cmp.Diff(want, page.Items); diff != "" {
					t.Fatalf("from %d (-want +got):\n%s", page.Start, diff)
				}
				for _, read := range page.Items {
					if read.ID != access.Signature(secret.New(alice)) {
						p.with(alice, "DELETE /api/v2/sys_sec_Token/"+read.ID, "").is(204)
					}
				}
				remaining, query = remaining[len(want):], startOf(page)
			}
			if left := p.tokens(alice, "?start=5").Items; len(left) != 0 {
				t.Errorf("found %v", left)
			}
		})
	}
}

// v1 shows a reference as a link, v2 as its target.
func TestBothVersionsOfARow(t *testing.T) {
	p := newPlatform(t)
	id := access.Signature(secret.New(aliceToken))
	want := map[string]string{
		"v1": fmt.Sprintf(`{"User":{"href":"/api/v1/sys_sec_Token/%[1]s/User"},"description":"ci","href":"/api/v1/sys_sec_Token/%[1]s"}`, id),
		"v2": fmt.Sprintf(`{"User":{"_href":"/api/v2/sys_sec_User/user-alice","id":"user-alice","username":"alice"},"_href":"/api/v2/sys_sec_Token/%s","description":"ci"}`, id),
	}
	for version, body := range want {
		if got := p.with(aliceToken, "GET /api/"+version+"/sys_sec_Token/"+id+"?attrs=User,description", "").is(200).Body.String(); got != body {
			t.Errorf("got %s\nwant %s", got, body)
		}
	}
	var list wire.Collection[map[string]any]
	p.with(aliceToken, "GET /api/v1/sys_sec_Token", "").is(200).into(&list)
	if list.Href != "/api/v1/sys_sec_Token" || list.Meta.IDAttribute != "id" || list.Items[0]["href"] == nil {
		t.Errorf("%+v", list)
	}
}

// An administrator adds, activates and deactivates users; no user is removed.
func TestUsers(t *testing.T) {
	p := newPlatform(t)
	admin := p.signIn("admin")
	var list wire.Collection[wire.UserItem]
	p.with(admin, "GET /api/v2/sys_sec_User?sort=username", "").is(200).into(&list)
	if list.Total != 5 || list.Items[0].Username != "admin" || !*list.Items[0].Superuser || *list.Items[3].Active || !*list.Items[2].Use2FA {
		t.Errorf("%+v", list.Items)
	}
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/FirstName", `"Alicia"`).is(200)
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/active", `false`).is(200)
	p.with(aliceToken, "GET /api/v2/sys_sec_User", "").refused(401, "Invalid token")
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/active", `true`).is(200)
	p.with(admin, "PUT /api/v1/sys_sec_User/user-admin/active", `false`).refused(400, "own account")
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/superuser", `true`).refused(400, "can't be changed")
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/changePassword", `true`).refused(400, "can't set it")
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice/changePassword", `false`).is(200)
	p.with(admin, "PUT /api/v1/sys_sec_User/user-nobody/active", `true`).refused(404, "Unknown entity")
	p.with(admin, "DELETE /api/v1/sys_sec_User/user-alice", "").refused(403, "inactive")

	for body, want := range map[string]string{
		`{"username":"alice","password_":"spin the wheel 77","Email":"x@example.org"}`:    "Username is in use",
		`{"username":"erin","password_":"spin the wheel 77","Email":"ALICE@example.org"}`: "Email is in use",
	} {
		p.with(admin, "POST /api/v1/sys_sec_User", body).refused(409, want)
	}
	for body, want := range map[string]string{
		`{"username":"er","password_":"spin the wheel 77"}`:        "user name",
		`{"username":"anonymous","password_":"spin the wheel 77"}`: "reserved",
		`{"username":"erin"}`:                                                       "required",
		`{"username":"erin","password_":"short"}`:                                   "shorter than 8",
		`{"username":"erin","password_":"spin the wheel 77","Email":"x"}`:           "e-mail",
		`{"username":"erin","password_":"spin the wheel 77","use2fa":true}`:         "can't set it",
		`{"username":"erin","password_":"spin the wheel 77","changePassword":true}`: "can't set it",
		`{"username":"erin","password_":"spin the wheel 77","superuser":"maybe"}`:   "true or false",
	} {
		p.with(admin, "POST /api/v1/sys_sec_User", body).refused(400, want)
	}
	p.Advance(6 * time.Minute)
	p.with(admin, "POST /api/v1/sys_sec_User", `{"username":"erin","password_":"spin the wheel 77"}`).refused(401, "Log in again")
}

// Several attributes change together, or none does.
func TestAllAttributesOfAUserOrNone(t *testing.T) {
	p := newPlatform(t)
	admin, alice := p.signIn("admin"), p.signIn("alice")
	user := func(token, id string) (got wire.UserItem) {
		p.with(token, "GET /api/v2/sys_sec_User/"+id, "").is(200).into(&got)
		return got
	}
	for body, want := range map[string]string{
		`{"Email":"new@example.org","LastName":"New","FirstName":"` + strings.Repeat("x", 300) + `"}`: "longer than 255",
		`{"FirstName":"New","password_":"short"}`:                                                     "shorter than 8",
		`{"FirstName":"New","Email":"x"}`:                                                             "e-mail",
		`{"FirstName":"New","id":"user-x"}`:                                                           "can't be changed",
	} {
		p.with(alice, "PUT /api/v1/sys_sec_User/user-alice", body).refused(400, want)
	}
	p.with(admin, "POST /api/v1/sys_sec_User", `{"username":"erin","password_":"spin the wheel 77","Email":"erin@example.org"}`).is(201)
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice", `{"password_":"spin the wheel 78","Email":"erin@example.org"}`).refused(409, "Email is in use")
	if got := user(alice, "user-alice"); got.FirstName != "Alice" || got.LastName != "Liddell" || got.Email != "alice@example.org" {
		t.Errorf("after refusals: %+v", got)
	}
	p.signIn("alice") // with the old password
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice", `{"Email":"new@example.org","LastName":"New","password_":"spin the wheel 78"}`).is(204)
	if got := user(alice, "user-alice"); got.LastName != "New" || got.Email != "new@example.org" {
		t.Errorf("%+v", got)
	}
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"spin the wheel 78"}`}).is(200)

	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice", `{"FirstName":"Other","active":false,"Email":"o@example.org"}`).refused(400, "owner only")
	p.with(admin, "PUT /api/v1/sys_sec_User/user-admin", `{"FirstName":"Other","active":false}`).refused(400, "own account")
	if got := user(admin, "user-admin"); got.FirstName != "" {
		t.Errorf("%+v", got)
	}
	p.with(admin, "PUT /api/v1/sys_sec_User/user-admin", `{"FirstName":"Ada","active":true}`).is(204)
	p.with(admin, "PUT /api/v1/sys_sec_User/user-alice", `{"FirstName":"Other","active":false}`).is(204)
	if got := user(admin, "user-alice"); got.FirstName != "Other" || *got.Active {
		t.Errorf("%+v", got)
	}
	if got := user(admin, "user-admin"); got.FirstName != "Ada" {
		t.Errorf("%+v", got)
	}
	p.with(alice, "GET /api/v2/sys_sec_User", "").refused(401, "Invalid token")
}

// Other users see and change only themselves.
func TestOneself(t *testing.T) {
	p := newPlatform(t)
	alice := p.signIn("alice")
	var list wire.Collection[wire.UserItem]
	p.with(alice, "GET /api/v2/sys_sec_User", "").is(200).into(&list)
	if list.Total != 1 || list.Items[0].Username != "alice" || list.Items[0].Email != "alice@example.org" {
		t.Errorf("%+v", list.Items)
	}
	p.with(alice, "GET /api/v2/sys_sec_User/user-admin", "").refused(404, "Unknown entity")
	p.with(alice, "PUT /api/v1/sys_sec_User/user-admin/active", "false").refused(404, "Unknown entity")
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice/active", "false").refused(401, "administrator")
	p.with(alice, "POST /api/v1/sys_sec_User", `{"username":"erin","password_":"spin the wheel 77"}`).refused(401, "administrator")
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice/LastName", `"Pleasance"`).is(200)
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice/Email", `"other@example.org"`).is(200)
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice/password_", `"spin the wheel 77"`).is(200)
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"spin the wheel 77"}`}).is(200)
	p.with(alice, "GET /api/v2/sys_sec_User?q=Email==other@example.org;LastName==Pleasance", "").is(200).into(&list)
	if list.Total != 1 {
		t.Errorf("%+v", list)
	}
	p.Advance(6 * time.Minute)
	p.with(alice, "PUT /api/v1/sys_sec_User/user-alice/password_", `"spin the wheel 78"`).refused(401, "Log in again")
	p.with(aliceToken, "PUT /api/v1/sys_sec_User/user-alice/password_", `"spin the wheel 78"`).refused(401, "Log in again")
}
