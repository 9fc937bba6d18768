package dnanexus_test

import (
	"slices"
	"strings"
	"testing"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// exchange is a request of a real client, byte for byte, and the part of the response
// that the client reads. In path, auth and body, SESSION stands for the token of the
// last newAuthToken and NEW for the project created last; in body, SIGNATURE stands
// for the signature of SESSION.
type exchange struct {
	path string
	auth string // the value of the header; empty: none is sent
	body string
	want string // JSON that the response must match
}

const bearerFull = "Bearer " + aliceFull

// asDX returns the commands of the Python client 0.413.0 that do not change projects,
// with their calls in order. After a password login the scheme is "bearer", as the
// server sends it; after login --token it is "Bearer".
func asDX() []replay {
	return []replay{
		{"login", dx("login"), []exchange{
			{"/system/newAuthToken", "", `{"expires": 1774958400000, "username": "alice", "password": "wonderland-2026", "otp": null}`,
				`{"access_token": "<token>", "token_type": "bearer", "token_signature": "<signature>", "user_id": "user-alice",
				  "expires": 1772431200000, "idleTimeout": 900000}`},
			{"/system/greet", "bearer SESSION", `{"client": "dxclient", "version": "v0.413.0"}`, `{"messages": []}`},
			{"/system/findProjects", "bearer SESSION", `{"level": "CONTRIBUTE", "describe": true, "explicitPermission": true, "limit": 10}`,
				`{"results": [
					{"id": "` + exome + `", "level": "ADMINISTER", "describe": {"name": "Exome 2026"}},
					{"id": "` + rare + `", "level": "CONTRIBUTE", "describe": {"name": "Rare Disease"}}],
				  "next": null}`},
		}},
		{"login with a code", dx("login"), []exchange{
			{"/system/newAuthToken", "", `{"expires": 1774958400000, "username": "bob", "password": "builder-2026", "otp": "aaaaa-bbbbb"}`,
				`{"access_token": "<token>", "token_type": "bearer", "user_id": "user-bob"}`},
			{"/system/whoami", "bearer SESSION", `{}`, `{"id": "user-bob"}`},
		}},
		{"login --token", dx("login"), []exchange{
			{"/system/getUserInfo", bearerFull, `{}`, `{"username": "Alice", "expires": 1774958400000}`},
			{"/system/greet", bearerFull, `{"client": "dxclient", "version": "v0.413.0"}`, `{"messages": []}`},
			{"/system/findProjects", bearerFull, `{"level": "CONTRIBUTE", "describe": true, "explicitPermission": true, "limit": 10}`,
				`{"results": [{"id": "` + exome + `"}, {"id": "` + rare + `"}], "next": null}`},
		}},
		{"logout", dx("logout"), []exchange{
			{"/system/newAuthToken", "", `{"expires": 1774958400000, "username": "alice", "password": "wonderland-2026", "otp": null}`, `{}`},
			{"/system/destroyAuthToken", "bearer SESSION", `{"tokenSignature": "SIGNATURE"}`, `{}`},
		}},
		{"whoami", dx("whoami"), []exchange{
			{"/system/whoami", bearerFull, `{}`, `{"id": "user-alice"}`},
			{"/user-alice/describe", bearerFull, `{}`, `{"id": "user-alice", "handle": "Alice"}`},
		}},
		{"whoami --id", dx("whoami"), []exchange{
			{"/system/whoami", bearerFull, `{}`, `{"id": "user-alice"}`},
			{"/system/whoami", bearerFull, `{"fields": {"clientIp": true}}`, `{"clientIp": "127.0.0.1"}`},
		}},
		{"select NAME", dx("select"), []exchange{
			{"/system/findProjects", bearerFull, `{"name": "Exome 2026", "level": "VIEW", "describe": true, "limit": 100}`,
				`{"results": [{"id": "` + exome + `", "describe": {"name": "Exome 2026"}}], "next": null}`},
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/raw", "/results"], "objects": []}`},
		}},
		{"select none", dx("select"), []exchange{
			{"/system/findProjects", bearerFull, `{"name": "none", "level": "VIEW", "describe": true, "limit": 100}`, `{"results": [], "next": null}`},
		}},
		{"select project-ID:/folder", dx("select"), []exchange{
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/raw", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/raw/batch1"], "objects": []}`},
		}},
		{"select --name R* --level VIEW", dx("select"), []exchange{
			{"/system/findProjects", bearerFull, `{"name": {"glob": "R*"}, "level": "VIEW", "describe": true, "explicitPermission": true, "limit": 10}`,
				`{"results": [{"id": "` + rare + `", "level": "CONTRIBUTE", "describe": {"name": "Rare Disease"}}], "next": null}`},
		}},
		{"select --level VIEW", dx("select"), []exchange{
			{"/system/findProjects", bearerFull, `{"level": "VIEW", "describe": true, "explicitPermission": true, "limit": 10}`,
				`{"results": [{"id": "` + exome + `"}, {"id": "` + rare + `"},
					{"id": "` + viewOnly + `", "level": "VIEW", "permissionSources": ["org-piratelabs"], "public": false}], "next": null}`},
		}},
		{"select --public", dx("select"), []exchange{
			{"/system/findProjects", bearerFull, `{"level": "VIEW", "describe": true, "public": true, "limit": 10}`,
				`{"results": [{"id": "` + public + `", "level": "VIEW", "permissionSources": ["PUBLIC"], "public": true,
					"describe": {"name": "public-test-project"}}], "next": null}`},
		}},
		{"pwd", dx("pwd"), []exchange{
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
		}},
		{"cd /raw", dx("cd"), []exchange{
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/raw", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/raw/batch1"]}`},
		}},
		{"ls", dx("ls"), []exchange{
			{"/" + exome + "/listFolder", bearerFull,
				`{"folder": "/", "describe": {"fields": {"id": true, "class": true, "name": true}}, "only": "all", "includeHidden": false}`,
				`{"folders": ["/raw", "/results"], "objects": []}`},
		}},
		{"find projects", dx("find"), []exchange{
			{"/system/findProjects", bearerFull, `{"describe": true, "explicitPermission": true, "limit": 100}`,
				`{"results": [{"id": "` + exome + `", "level": "ADMINISTER", "describe": {"name": "Exome 2026"}}, {"id": "` + rare + `"}], "next": null}`},
		}},
		{"find projects --public --brief", dx("find"), []exchange{
			{"/system/findProjects", bearerFull, `{"level": "VIEW", "public": true, "limit": 100}`, `{"results": [{"id": "` + public + `"}], "next": null}`},
		}},
		{"describe project-ID", dx("describe"), []exchange{
			{"/" + exome + "/describe", bearerFull, `{"properties": true}`,
				`{"id": "` + exome + `", "class": "project", "name": "Exome 2026", "level": "ADMINISTER", "summary": "", "description": "",
				  "protected": false, "restricted": false, "downloadRestricted": false, "externalUploadRestricted": false, "containsPHI": false,
				  "databaseUIViewOnly": false, "databaseResultsRestricted": null, "allowedExecutables": null, "tags": ["exome"],
				  "region": "aws:us-east-1", "billTo": "user-alice", "created": 1772366400000, "modified": 1772366400000,
				  "dataUsage": 0, "sponsoredDataUsage": 0, "storageCost": 0, "totalSponsoredEgressBytes": 0, "consumedSponsoredEgressBytes": 0,
				  "atSpendingLimit": false, "version": "<number>", "properties": {"site": "Oxford"}}`},
		}},
		{"describe --verbose project-ID", dx("describe"), []exchange{
			{"/" + exome + "/describe", bearerFull, `{"properties": true, "permissions": true, "appCaches": true}`,
				`{"permissions": {"user-alice": "ADMINISTER", "user-bob": "VIEW"}, "properties": {"site": "Oxford"}, "appCaches": {}}`},
		}},
		{"describe user-ID", dx("describe"), []exchange{
			{"/user-alice/describe", bearerFull, `{"appsInstalled": true, "subscriptions": true}`,
				`{"class": "user", "id": "user-alice", "first": "Alice", "middle": "P.", "last": "Liddell", "handle": "Alice",
				  "email": "alice@example.org", "appsInstalled": {}, "subscriptions": []}`},
			{"/user-bob/describe", bearerFull, `{"appsInstalled": true, "subscriptions": true}`,
				`{"class": "user", "id": "user-bob", "first": "", "last": "", "handle": "bob"}`},
		}},
	}
}

// asDXChanging returns the commands that change projects.
func asDXChanging() []replay {
	return []replay{
		{"mkdir, mkdir -p", dx("mkdir"), []exchange{
			{"/" + exome + "/newFolder", bearerFull, `{"folder": "/new", "parents": false}`, `{"id": "` + exome + `"}`},
			{"/" + exome + "/newFolder", bearerFull, `{"folder": "/deep/down/below", "parents": true}`, `{"id": "` + exome + `"}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/deep", "/new", "/raw", "/results"]}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder": "/deep/down", "describe": false, "only": "folders", "includeHidden": false}`,
				`{"folders": ["/deep/down/below"]}`},
		}},
		{"new project", dx("new"), []exchange{
			{"/project/new", bearerFull, `{"name": "Trial"}`, `{"id": "<project>"}`},
			{"/NEW/describe", bearerFull, `{}`, `{"id": "NEW", "name": "Trial", "level": "ADMINISTER", "region": "aws:us-east-1", "billTo": "user-alice"}`},
			{"/NEW/listFolder", bearerFull, `{"folder": "/", "describe": false, "only": "folders", "includeHidden": false}`, `{"folders": []}`},
		}},
		{"rmproject -y", dx("rmproject"), []exchange{
			{"/system/findProjects", bearerFull, `{"name": "Exome 2026", "level": "VIEW", "describe": true, "limit": 100}`, `{"results": [{"id": "` + exome + `"}]}`},
			{"/" + exome + "/describe", bearerFull, `{}`, `{"name": "Exome 2026"}`},
			{"/" + exome + "/destroy", bearerFull, `{"terminateJobs": true}`, `{"id": "` + exome + `"}`},
			{"/system/findProjects", bearerFull, `{"name": "Exome 2026", "level": "VIEW", "describe": true, "limit": 100}`, `{"results": [], "next": null}`},
		}},
		{"invite, uninvite", dx("invite"), []exchange{
			{"/" + exome + "/invite", bearerFull, `{"invitee": "user-carol", "level": "VIEW", "suppressEmailNotification": true}`, `{"state": "accepted"}`},
			{"/" + exome + "/invite", bearerFull, `{"invitee": "carol@example.org", "level": "UPLOAD"}`, `{"state": "accepted"}`},
			{"/" + exome + "/invite", bearerFull, `{"invitee": "PUBLIC", "level": "VIEW"}`, `{"state": "accepted"}`},
			{"/" + exome + "/describe", bearerFull, `{"properties": true, "permissions": true, "appCaches": true}`,
				`{"permissions": {"PUBLIC": "VIEW", "user-carol": "UPLOAD"}}`},
			{"/" + exome + "/decreasePermissions", bearerFull, `{"user-carol": null}`, `{"id": "` + exome + `"}`},
			{"/" + exome + "/decreasePermissions", bearerFull, `{"PUBLIC": null}`, `{"id": "` + exome + `"}`},
			{"/" + exome + "/describe", bearerFull, `{"fields": {"permissions": true}}`,
				`{"permissions": {"user-alice": "ADMINISTER", "user-bob": "VIEW"}}`},
		}},
	}
}

// asOthers returns the calls of dxda and dxfuse.
func asOthers() []replay {
	return []replay{
		{"dxda", dxda(), []exchange{
			{"/system/whoami", bearerFull, `{}`, `{"id": "user-alice"}`},
		}},
		{"dxfuse", dxfuse(), []exchange{
			{"/" + exome + "/describe", bearerFull,
				`{"fields":{"id":true,"name":true,"region":true,"version":true,"dataUsage":true,"created":true,"modified":true,"fileUploadParameters":true,"level":true}}`,
				`{"id": "` + exome + `", "name": "Exome 2026", "region": "aws:us-east-1", "version": "<number>", "dataUsage": 0,
				  "created": "<ms>", "modified": "<ms>", "level": "ADMINISTER"}`},
			{"/system/findProjects", bearerFull, `{"name":"Exome 2026","level":"VIEW","describe":{"describe":{"fields":{"id":true,"name":true}}}}`,
				`{"results": [{"id": "` + exome + `", "describe": {"name": "Exome 2026", "level": "ADMINISTER", "version": "<number>"}}], "next": null}`},
			{"/system/greet", bearerFull, ``, `{"messages": []}`},
			{"/" + exome + "/listFolder", bearerFull, `{"folder":"/","only":"all","includeHidden":false}`,
				`{"folders": ["/raw", "/results"], "objects": []}`},
		}},
	}
}

// replay is the requests of one command of a client.
type replay struct {
	command   string
	client    client
	exchanges []exchange
}

func TestRealClientsRead(t *testing.T) {
	p := newPlatform(t)
	for _, r := range slices.Concat(asDX(), asDXLooking(), asOthers()) {
		t.Run(r.command, func(t *testing.T) { r.run(p.in(t)) })
	}
}

func TestRealClientsChange(t *testing.T) {
	for _, r := range slices.Concat(asDXChanging(), asDXWithProjects()) {
		t.Run(r.command, func(t *testing.T) { r.run(newPlatform(t)) })
	}
}

func (r replay) run(p *platform) {
	p.t.Helper()
	var session, project string
	for _, e := range r.exchanges {
		fill := strings.NewReplacer("SESSION", session, "SIGNATURE", wire.Signature(secret.New(session)), "NEW", project)
		a := p.raw(r.client.request(p, fill.Replace(e.path), fill.Replace(e.auth), fill.Replace(e.body)))
		a.expect(p.t, 200, fill.Replace(e.want))
		switch e.path {
		case "/system/newAuthToken":
			session = a.text(p.t, "access_token")
		case "/project/new":
			project = a.text(p.t, "id")
		}
	}
}

// A client can send several requests on one connection.
func TestAConnectionIsKept(t *testing.T) {
	p := newPlatform(t)
	answers := p.onOneConnection(
		dx("whoami").request(p, "/system/whoami", bearerFull, `{}`),
		dx("whoami").request(p, "/nowhere/at-all", bearerFull, `{}`),
		dx("whoami").request(p, "/user-alice/describe", bearerFull, `{}`),
	)
	answers[0].expect(t, 200, `{"id": "user-alice"}`)
	answers[1].expect(t, 404, `{"error": {"type": "ResourceNotFound"}}`)
	answers[2].expect(t, 200, `{"handle": "Alice"}`)
}

func TestUninviteRemovesAccess(t *testing.T) {
	p := newPlatform(t)
	p.post("/"+exome+"/invite", aliceFull, `{"invitee": "user-carol", "level": "CONTRIBUTE"}`).expect(t, 200, `{"state": "accepted"}`)
	p.post("/"+exome+"/describe", carolFull, `{}`).expect(t, 200, `{"level": "CONTRIBUTE"}`)
	p.post("/"+exome+"/decreasePermissions", aliceFull, `{"user-carol": "VIEW"}`).expect(t, 200, `{"id": "`+exome+`"}`)
	p.post("/"+exome+"/describe", carolFull, `{}`).expect(t, 200, `{"level": "VIEW"}`)
	p.post("/"+exome+"/decreasePermissions", aliceFull, `{"user-carol": null}`).expect(t, 200, `{"id": "`+exome+`"}`)
	p.post("/"+exome+"/describe", carolFull, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
}

func TestFindAndList(t *testing.T) {
	p := newPlatform(t)
	find := func(body, ids string) {
		t.Helper()
		p.post("/system/findProjects", aliceFull, body).expect(t, 200, `{"results": [`+ids+`], "next": null}`)
	}
	find(`{"level": "VIEW", "public": true, "explicitPermission": true}`, ``)
	find(`{"level": "VIEW", "public": false, "name": {"regexp": "^r", "flags": "i"}}`, `{"id": "`+rare+`"}`)
	find(`{"level": "VIEW", "name": {"regexp": "^r"}}`, ``)
	find(`{"level": "VIEW", "name": "exome 2026"}`, ``)
	find(`{"name": "Exome 2026", "describe": {"fields": {"permissions": true}}}`,
		`{"id": "`+exome+`", "describe": {"id": "`+exome+`", "permissions": {"user-alice": "ADMINISTER", "user-bob": "VIEW"}}}`)

	p.post("/"+exome+"/listFolder", aliceFull, `{"only": "objects"}`).expect(t, 200, `{"folders": [], "objects": []}`)
	p.post("/"+exome+"/listFolder", aliceFull, `{"folder": "/raw/"}`).expect(t, 200, `{"folders": ["/raw/batch1"], "objects": []}`)
}

func TestQueryStringsAreIgnored(t *testing.T) {
	p := newPlatform(t)
	p.post("/system/whoami?access_token=x&id=user-bob", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	p.post("/system/whoami?access_token="+aliceFull, "", `{}`).
		refuses(t, 401, "InvalidAuthentication", "You need to be logged in to use this method")
}

func TestLogoutAppliesToTheNextRequest(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	body := `{"tokenSignature": "` + wire.Signature(secret.New(session)) + `"}`
	p.post("/system/destroyAuthToken", session, body).expect(t, 200, `{}`)
	for _, path := range []string{"/system/whoami", "/system/destroyAuthToken"} {
		a := p.post(path, session, body)
		a.refuses(t, 401, "InvalidAuthentication", "The token could not be found")
		a.expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	}
}
