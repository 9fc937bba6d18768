package molgenis_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Requests of molgenis-py-client 2.4.1: a token in every header, the description
// before each list, items and nextHref, forms for one row and JSON for many, and
// a logout after which it still sends the old header.
func TestPythonClient(t *testing.T) {
	p := newPlatform(t)
	json := map[string]string{"Content-Type": "application/json", "User-Agent": "python-requests/2.28.1", "Accept": "*/*", "Connection": "keep-alive"}
	var login struct{ Token string }
	p.send(request{"POST /api/v1/login", json, `{"username": "alice", "password": "alice-2026"}`}).is(200).into(&login)
	token := login.Token

	get := func(entity string, query string) wire.Collection[wire.TokenItem] {
		var meta struct{ IDAttribute string }
		p.with(token, "GET /api/v1/"+entity+"/meta?expand=attributes", "").is(200).into(&meta)
		var list wire.Collection[wire.TokenItem]
		p.with(token, "GET /api/v2/"+entity+"?"+query+"sort="+meta.IDAttribute, "").is(200).into(&list)
		return list
	}
	before := get(wire.EntityToken, "")
	if before.Total != 3 || before.Num != 100 || before.Start != 0 || len(before.Items) != 3 {
		t.Fatalf("%+v", before)
	}

	// add() sends a form; the ID is at the end of Location.
	fields := url.Values{"User": {"user-alice"}, "token": {"00112233445566778899aabbccddeeff"}, "description": {"by form"}, "expirationDate": {""}}
	added := p.form("POST /api/v1/sys_sec_Token", fields.Encode(), map[string]string{"x-molgenis-token": token}).is(201)
	if added.Body.Len() > 0 {
		t.Errorf("the answer has a body: %s", added.Body)
	}
	location := added.Header().Get("Location")
	id := location[strings.LastIndex(location, "/")+1:]

	// add_all() sends JSON; the response has the address of each row.
	var created wire.Created
	p.with(token, "POST /api/v2/sys_sec_Token", `{"entities": [
		{"User": "user-alice", "token": "10112233445566778899aabbccddeeff"},
		{"User": {"id": "user-alice"}, "token": "20112233445566778899aabbccddeeff", "expirationDate": "2026-02-01"}]}`).is(201).into(&created)
	if len(created.Resources) != 2 {
		t.Fatalf("%+v", created)
	}
	var one wire.TokenItem
	p.with(token, "GET "+created.Resources[1].Href, "").is(200).into(&one)
	if *one.ExpirationDate != "2026-02-01T00:00:00Z" || one.User.Username != "alice" || one.Token != nil {
		t.Errorf("%+v", one)
	}
	if got := get(wire.EntityToken, "q=description==%22by%20form%22;token!=none&"); len(got.Items) != 1 || got.Items[0].ID != id {
		t.Errorf("%+v", got)
	}

	// update_one() sends one attribute as a JSON value.
	p.with(token, "PUT /api/v1/sys_sec_Token/"+id+"/description", `"by hand"`).is(200)
	p.with(token, "GET /api/v2/sys_sec_Token/"+id, "").is(200).into(&one)
	if one.Description != "by hand" {
		t.Errorf("%+v", one)
	}

	// delete() and delete_list().
	p.with(token, "DELETE /api/v1/sys_sec_Token/"+id, "").is(204)
	var ids []string
	for _, resource := range created.Resources {
		ids = append(ids, `"`+resource.Href[strings.LastIndex(resource.Href, "/")+1:]+`"`)
	}
	p.with(token, "DELETE /api/v2/sys_sec_Token", `{"entityIds": [`+strings.Join(ids, ",")+`]}`).is(204)
	if got := get(wire.EntityToken, ""); got.Total != before.Total {
		t.Errorf("%d tokens are left, not %d", got.Total, before.Total)
	}

	// nextHref is the address of the next page.
	first := get(wire.EntityToken, "num=2&")
	if len(first.Items) != 2 || !strings.Contains(first.NextHref, "start=2") || first.PrevHref != "" {
		t.Fatalf("%+v", first)
	}
	var last wire.Collection[wire.TokenItem]
	p.with(token, "GET "+first.NextHref, "").is(200).into(&last)
	if len(last.Items) != 1 || last.NextHref != "" || !strings.Contains(last.PrevHref, "start=0") {
		t.Errorf("%+v", last)
	}

	// logout() ends the token, but later requests still send it.
	p.with(token, "POST /api/v1/logout", "").is(200)
	p.with(token, "GET /api/v2/sys_sec_Token?sort=id", "").refused(401, "Invalid token")
	p.with(token, "POST /api/v1/login", `{"username": "alice", "password": "alice-2026"}`).is(200)
}

// Requests of molgenis-commander 1.11.1: it checks its token before every
// request by the status, and adds a slash to the login.
func TestCommander(t *testing.T) {
	p := newPlatform(t)
	check := func(token string) reply {
		if token == "" {
			return p.send(request{line: "GET /api/v2/sys_sec_Token?q=token%3D%3DNone"})
		}
		return p.with(token, "GET /api/v2/sys_sec_Token?q=token%3D%3D"+token, "")
	}
	p.send(request{line: "GET /api/v2/version"}).is(200)
	check("").refused(401, "signed in")
	var login struct{ Token string }
	p.send(request{line: "POST /api/v1/login/", body: `{"username": "admin", "password": "admin-2026"}`}).is(200).into(&login)
	var found wire.Collection[wire.TokenItem]
	check(login.Token).is(200).into(&found)
	if found.Total != 1 || found.Items[0].Description != "REST API login" {
		t.Errorf("the token does not find itself: %+v", found)
	}

	// mcmd add user
	p.with(login.Token, "POST /api/v1/sys_sec_User", `{"username": "erin", "password_": "spin the wheel 77", "changePassword": false,
		"Email": "erin@example.org", "active": true, "superuser": false}`).is(201)
	p.send(request{line: "POST /api/v1/login/", body: `{"username": "erin", "password": "spin the wheel 77"}`}).is(200)

	// mcmd add token
	var users wire.Collection[wire.UserItem]
	p.with(login.Token, "GET /api/v2/sys_sec_User?attrs=id&q=username==erin", "").is(200).into(&users)
	if users.Total != 1 || users.Items[0].ID != "user-erin" || users.Items[0].Username != "" {
		t.Fatalf("%+v", users)
	}
	const value = "abcdef0123456789abcdef0123456789"
	p.with(login.Token, "POST /api/v1/sys_sec_Token", `{"User": "user-erin", "token": "`+value+`"}`).is(201)
	if who := whoIs(p, value); who != "erin" {
		t.Errorf("the token of erin is %s", who)
	}

	// After the login expired, the check has the only status on which the client
	// asks for a password again.
	p.Advance(2 * time.Hour)
	check(login.Token).refused(401, "Invalid token")
}

// Requests of molgenis-r-client 0.0.2: a token in the query, empty parameters, a
// method in the body of a form, and a GET for the logout.
func TestRClient(t *testing.T) {
	p := newPlatform(t)
	var login struct{ Token string }
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"alice-2026"}`}).is(200).into(&login)
	token := login.Token

	csv := p.send(request{line: "GET /api/v1/csv/sys_sec_Token?molgenis-token=" + token + "&start=0&num=1000&sortColumn=&sortOrder="}).is(200)
	lines := strings.Split(strings.TrimSpace(csv.Body.String()), "\n")
	if lines[0] != "id,User,token,expirationDate,creationDate,description,narrow" || len(lines) != 4 {
		t.Errorf("%q", lines)
	}
	if got := csv.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/csv") {
		t.Errorf("content type %s", got)
	}
	sorted := p.send(request{line: "GET /api/v1/csv/sys_sec_Token?molgenis-token=" + token + "&q=description=in=(ci,scoped)&sortColumn=description&sortOrder=DESC&attributes="}).is(200)
	if body := sorted.Body.String(); strings.Index(body, ",scoped") > strings.Index(body, ",ci") || strings.Contains(body, "login") {
		t.Errorf("not sorted: %s", body)
	}

	header := map[string]string{"x-molgenis-token": token}
	added := p.form("POST /api/v1/sys_sec_Token/", "User=user-alice&token=00112233445566778899aabbccddeeff", header).is(201)
	path := added.Header().Get("Location")
	p.form("POST "+path, "_method=PUT&description=from+R", header).is(204)
	var one wire.TokenItem
	p.with(token, "GET "+path, "").is(200).into(&one)
	if one.Description != "from R" {
		t.Errorf("%+v", one)
	}
	p.form("POST "+path, "_method=DELETE", header).is(204)
	p.with(token, "GET "+path, "").refused(404, "Unknown entity")
	p.with(token, "POST "+path+"?_method=DELETE", "").refused(404, "Unknown entity")

	p.with(token, "GET /api/v1/logout", "").is(200)
	p.send(request{line: "GET /api/v1/csv/sys_sec_Token?molgenis-token=" + token}).refused(401, "Invalid token")
}

// A multipart form has the same fields as an urlencoded one, even after a query
// with semicolons.
func TestMultipartForm(t *testing.T) {
	p := newPlatform(t)
	fields := "--x\r\nContent-Disposition: form-data; name=\"User\"\r\n\r\nuser-alice\r\n" +
		"--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + handMade + "\r\n--x--"
	header := map[string]string{"Content-Type": "multipart/form-data; boundary=x", "x-molgenis-token": p.signIn("alice")}
	p.send(request{"POST /api/v1/sys_sec_Token?q=a;b", header, fields}).is(201)
	if who := whoIs(p, handMade); who != "alice" {
		t.Errorf("the token is %s's", who)
	}
	p.send(request{"POST /api/v1/sys_sec_Token", header, fields[:len(fields)-10]}).refused(400, "could not be read")
	p.send(request{"POST /api/v1/sys_sec_Token", header, strings.Repeat(fields[:90], 1000)}).refused(400, "")
}

// The header has precedence over the parameter, and the query over a form.
func TestWhichTokenCounts(t *testing.T) {
	p := newPlatform(t)
	session := p.signIn("admin")
	for _, r := range []request{
		{line: "GET /app-ui-context?molgenis-token=" + aliceToken, header: map[string]string{"x-molgenis-token": session}},
		{line: "GET /app-ui-context?molgenis-token=" + aliceToken, header: map[string]string{"Authorization": "Bearer " + session}},
		{line: "GET /app-ui-context", header: map[string]string{"x-molgenis-token": session, "Authorization": "Bearer " + aliceToken}},
		{line: "GET /app-ui-context?molgenis-token=" + session, header: map[string]string{"x-molgenis-token": " "}},
		{line: "GET /app-ui-context?molgenis-token=" + session, header: map[string]string{"Cookie": "JSESSIONID=" + aliceToken}},
	} {
		var got wire.ContextResponse
		p.send(r).is(http.StatusOK).into(&got)
		if got.Username != "admin" {
			t.Errorf("%+v is %s", r, got.Username)
		}
	}
	p.send(request{line: "GET /api/v2/sys_sec_Token", header: map[string]string{"Authorization": "Basic YWxpY2U6YWxpY2UtMjAyNg=="}}).refused(401, "Bearer")
}
