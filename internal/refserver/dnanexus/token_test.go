package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const notLoggedIn = "You need to be logged in to use this method"

func TestAuthorizationHeaders(t *testing.T) {
	const header = "\r\nAuthorization: "
	const form = "the Authorization header is not of the form: Bearer TOKEN"
	tests := []struct{ name, lines, message string }{
		{"none", "", notLoggedIn},
		{"PUBLIC", header + "Bearer PUBLIC", notLoggedIn},
		{"no token", header + "Bearer", form},
		{"no token after a blank", header + "bearer ", form},
		{"empty", header, form},
		{"Basic", header + "Basic YWxpY2U6d29uZGVybGFuZC0yMDI2", form},
		{"token alone", header + aliceFull, form},
		{"two headers", header + "Bearer " + aliceFull + header + "Bearer " + aliceFull, "more than one Authorization header"},
		{"unknown token", header + "Bearer AliceFull00000000000000000000009", "The token could not be found"},
		{"token in another case", header + "Bearer ALICEFULL00000000000000000000001", "The token could not be found"},
		{"two tokens", header + "Bearer " + aliceFull + " " + aliceFull, "The token could not be found"},
		{"expired token", header + "Bearer " + expired, "The supplied authentication token has expired"},
	}
	const realm = `Bearer realm="dnanexus"`
	challenges := map[string]string{ // S-34
		notLoggedIn:                          realm, // RFC 6750: no error code without a token
		form:                                 realm + `, error="invalid_request"`,
		"more than one Authorization header": realm + `, error="invalid_request"`,
		"The token could not be found":       realm + `, error="invalid_token"`,
		"The supplied authentication token has expired": realm + `, error="invalid_token"`,
	}
	p := newPlatform(t)
	ask := func(lines string) answer {
		return p.raw("POST /system/whoami HTTP/1.1\r\nHost: " + p.address + lines + "\r\nContent-Length: 2\r\n\r\n{}")
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := ask(test.lines)
			a.refuses(t, 401, "InvalidAuthentication", test.message)
			if got := a.header.Get("WWW-Authenticate"); got != challenges[test.message] {
				t.Errorf("WWW-Authenticate is %q, want %q", got, challenges[test.message])
			}
		})
	}
	for _, scheme := range []string{"bearer", "Bearer", "BEARER", "bEaReR"} {
		ask(header+scheme+" "+aliceFull).expect(t, 200, `{"id": "user-alice"}`)
	}
}

// For a token that was valid once, the details say why it ended. It stays ended even if
// the clock goes back.
func TestEndedTokensSayWhy(t *testing.T) {
	refused := func(p *platform, token, message, reason string) {
		p.t.Helper()
		a := p.post("/system/whoami", token, `{}`)
		a.refuses(p.t, 401, "InvalidAuthentication", message)
		a.expect(p.t, 401, fmt.Sprintf(`{"error": {"details": {"reason": %q}}}`, reason))
	}
	p := newPlatform(t)
	refused(p, expired, "The supplied authentication token has expired", "expired")

	session := p.login("alice", "wonderland-2026")
	p.Advance(15 * time.Minute)
	refused(p, session, "The supplied authentication token has expired after inactivity", "idle")
	p.Advance(-15 * time.Minute)
	refused(p, session, "The supplied authentication token has expired after inactivity", "idle")

	p.Advance(31 * 24 * time.Hour)
	refused(p, aliceFull, "The supplied authentication token has expired", "expired")
}

func TestASessionInUseDoesNotExpire(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	for range 5 {
		p.Advance(14 * time.Minute)
		p.post("/system/whoami", session, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	}
}

func TestIdleLimitOfAnOrg(t *testing.T) {
	p := newPlatform(t)
	a := p.signIn("carol", "singer-2026", `null`)
	a.expect(t, 200, `{"idleTimeout": 300000}`)
	p.Advance(5 * time.Minute)
	p.post("/system/whoami", a.text(t, "access_token"), `{}`).expect(t, 401, `{"error": {"details": {"reason": "idle"}}}`)
}

const beyondScope = "The token in use does not reach that far"

// aliceRead is a token of alice with VIEW on one project.
func TestAScopedTokenReachesItsProjectsOnly(t *testing.T) {
	p := newPlatform(t)
	ask := func(path, body string) answer { return p.post(path, aliceRead, body) }

	ask("/system/whoami", `{}`).expect(t, 200, `{"id": "user-alice"}`)
	ask("/system/findProjects", `{"level": "VIEW"}`).
		expect(t, 200, `{"results": [{"id": "`+exome+`", "level": "VIEW"}], "next": null}`)
	ask("/system/findProjects", `{}`).expect(t, 200, `{"results": [], "next": null}`)
	ask("/"+exome+"/describe", `{}`).expect(t, 200, `{"level": "VIEW"}`)
	ask("/"+exome+"/listFolder", `{}`).expect(t, 200, `{"folders": ["/raw", "/results"]}`)

	denied := []struct{ path, body, level string }{
		{"/" + rare + "/describe", `{}`, "VIEW"},
		{"/" + public + "/describe", `{}`, "VIEW"},
		{"/" + exome + "/newFolder", `{"folder": "/x"}`, "UPLOAD"},
		{"/" + exome + "/newFolder", `{"folder": "/x/y", "parents": true}`, "UPLOAD"},
		{"/" + exome + "/invite", `{"invitee": "user-bob", "level": "VIEW"}`, "ADMINISTER"},
		{"/" + exome + "/decreasePermissions", `{"user-bob": null}`, "ADMINISTER"},
		{"/" + exome + "/destroy", `{}`, "ADMINISTER"},
		{"/project/new", `{"name": "x"}`, "ADMINISTER"},
	}
	for _, test := range denied {
		ask(test.path, test.body).refuses(t, 401, "PermissionDenied", "Requires "+test.level+" access to the project")
	}
	destroy := ask("/system/destroyAuthToken", destroying(aliceFull))
	destroy.refuses(t, 401, "PermissionDenied", beyondScope)
	if got, want := destroy.header.Get("WWW-Authenticate"), `Bearer realm="dnanexus", error="insufficient_scope"`; got != want {
		t.Errorf("WWW-Authenticate is %q, want %q", got, want)
	}
	ask("/system/newAuthToken", `{"label": "more"}`).refuses(t, 401, "PermissionDenied", beyondScope)
	ask("/system/newAuthToken", narrow(`{"*": "VIEW"}`, time.Hour)).refuses(t, 401, "PermissionDenied", beyondScope)
	ask("/system/newAuthToken", narrow(`{"`+exome+`": "UPLOAD"}`, time.Hour)).refuses(t, 401, "PermissionDenied", beyondScope)
	ask("/system/destroyAuthToken", destroying(aliceRead)).expect(t, 200, `{}`)
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
}

// Other users, and a token without full scope, see only the name of a user.
func TestFieldsOfAUser(t *testing.T) {
	p := newPlatform(t)
	tests := []struct {
		name, path, token, body string
		want                    []string
	}{
		{"own, full token", "/user-alice/describe", aliceFull, `{}`,
			[]string{"billTo", "class", "created", "email", "first", "handle", "id", "last", "middle"}},
		{"own, scoped token", "/user-alice/describe", aliceRead, `{"appsInstalled": true, "subscriptions": true}`,
			[]string{"class", "first", "handle", "id", "last", "middle"}},
		{"another user", "/user-alice/describe", carolFull, `{"appsInstalled": true, "fields": {"email": true}, "defaultFields": true}`,
			[]string{"class", "first", "handle", "id", "last", "middle"}},
		{"chosen fields", "/user-alice/describe", aliceFull, `{"fields": {"email": true, "last": true, "first": false, "shoeSize": true}}`,
			[]string{"email", "id", "last"}},
		{"a project's chosen fields", "/" + exome + "/describe", aliceFull, `{"fields": {"name": true, "properties": true}}`,
			[]string{"id", "name", "properties"}},
		{"a project's field by a key of its own", "/" + exome + "/describe", aliceFull, `{"fields": {"name": true}, "permissions": true}`,
			[]string{"id", "name", "permissions"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var object map[string]any
			if err := json.Unmarshal(p.post(test.path, test.token, test.body).body, &object); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, slices.Sorted(maps.Keys(object))); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}

func destroying(token string) string {
	return `{"tokenSignature": "` + wire.Signature(secret.New(token)) + `"}`
}

// narrow returns a request for a token on some projects that expires after a time.
func narrow(projects string, after time.Duration) string {
	return fmt.Sprintf(`{"scope": {"projects": %s}, "expires": %d}`, projects, start().Add(after).UnixMilli())
}

func TestATokenNeedsARecentSignIn(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	p.Advance(5*time.Minute - time.Second)
	a := p.post("/system/newAuthToken", session, `{"label": "ci"}`)
	a.expect(t, 200, `{"access_token": "<token>", "token_type": "bearer", "user_id": "user-alice"}`)
	p.Advance(time.Second)
	p.post("/system/newAuthToken", session, `{"label": "late"}`).
		refuses(t, 401, "ReauthenticationRequiredError", "Log in again, or give username and password with this request")
	p.post("/system/newAuthToken", session, `{"label": "late", "username": "alice", "password": "wonderland-2026"}`).
		expect(t, 200, `{"access_token": "<token>"}`)

	// An API token made in a session stays valid after the session ends.
	p.post("/system/destroyAuthToken", session, destroying(session)).expect(t, 200, `{}`)
	p.post("/system/whoami", a.text(t, "access_token"), `{}`).expect(t, 200, `{"id": "user-alice"}`)
}

// token new makes a token that outlives the session also for some projects and an hour.
func TestAnIndependentTokenOutlivesItsSession(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	body := strings.TrimSuffix(narrow(`{"`+exome+`": "VIEW"}`, 12*time.Hour), "}") + `, "independent": true}`
	token := p.post("/system/newAuthToken", session, body).text(t, "access_token")
	p.Advance(5 * time.Minute)
	p.post("/system/newAuthToken", session, body).
		refuses(t, 401, "ReauthenticationRequiredError", "Log in again, or give username and password with this request")
	p.post("/system/destroyAuthToken", session, destroying(session)).expect(t, 200, `{}`)
	p.post("/"+exome+"/describe", token, `{}`).expect(t, 200, `{"level": "VIEW"}`)
}

func TestATokenCannotMakeASession(t *testing.T) {
	p := newPlatform(t)
	for _, token := range []string{aliceFull, p.login("alice", "wonderland-2026")} {
		p.post("/system/newAuthToken", token, `{"expires": 1774958400000, "otp": null}`).expect(t, 401, `{"error": {"type": "ReauthenticationRequiredError"}}`)
	}
}

// exec makes a token within the scope of the caller, for at most a day and without a
// recent sign-in. It ends together with the token of the caller, here after 18 hours.
func TestANarrowTokenEndsWithItsParent(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	p.Advance(10 * time.Minute)
	a := p.post("/system/newAuthToken", session, narrow(`{"`+exome+`": "VIEW"}`, 24*time.Hour))
	a.expect(t, 200, `{"access_token": "<token>", "expires": 1772431200000}`)
	child := a.text(t, "access_token")
	a = p.post("/system/newAuthToken", child, narrow(`{"`+exome+`": "VIEW"}`, 48*time.Hour))
	a.refuses(t, 401, "PermissionDenied", beyondScope)
	a = p.post("/system/newAuthToken", child, narrow(`{"`+exome+`": "VIEW"}`, 12*time.Hour))
	a.expect(t, 200, `{"access_token": "<token>"}`)
	grandchild := a.text(t, "access_token")
	for _, token := range []string{child, grandchild} {
		p.post("/"+exome+"/describe", token, `{}`).expect(t, 200, `{"level": "VIEW"}`)
	}
	p.post("/system/destroyAuthToken", session, destroying(session)).expect(t, 200, `{}`)
	for _, token := range []string{child, grandchild} {
		p.post("/system/whoami", token, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	}
}

func TestExpiresIsClamped(t *testing.T) {
	const day = 24 * time.Hour
	at := func(d time.Duration) int64 { return start().Add(d).UnixMilli() }
	tests := []struct {
		name, token, body string
		want              time.Duration
	}{
		{"session, not asked", "", `{"username": "alice", "password": "wonderland-2026"}`, 18 * time.Hour},
		{"session, 12 h", "", fmt.Sprintf(`{"username": "alice", "password": "wonderland-2026", "expires": %d}`, at(12*time.Hour)), 12 * time.Hour},
		{"session, a year", "", fmt.Sprintf(`{"username": "alice", "password": "wonderland-2026", "expires": %d}`, at(365*day)), 18 * time.Hour},
		{"API token, not asked", "", `{"username": "alice", "password": "wonderland-2026", "label": "ci"}`, 30 * day},
		{"API token, ten years", "", fmt.Sprintf(`{"username": "alice", "password": "wonderland-2026", "label": "ci", "expires": %d}`, at(3650*day)), 365 * day},
		{"API token, the end of time", "", `{"username": "alice", "password": "wonderland-2026", "label": "ci", "expires": 253402300799999}`, 365 * day},
		{"child, longer than its parent", aliceFull, fmt.Sprintf(`{"label": "ci", "expires": %d}`, at(90*day)), 30 * day},
		{"child, shorter than its parent", aliceFull, fmt.Sprintf(`{"label": "ci", "expires": %d}`, at(2*day)), 2 * day},
	}
	p := newPlatform(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p.post("/system/newAuthToken", test.token, test.body).expect(t, 200, fmt.Sprintf(`{"expires": %d}`, at(test.want)))
		})
	}
}

func TestAnAPITokenHasNoIdleLimit(t *testing.T) {
	p := newPlatform(t)
	a := p.post("/system/newAuthToken", aliceFull, `{"label": "ci"}`)
	var object map[string]any
	if err := json.Unmarshal(a.body, &object); err != nil {
		t.Fatal(err)
	}
	if limit, told := object["idleTimeout"]; told {
		t.Errorf("idleTimeout is %v", limit)
	}
	p.Advance(29 * 24 * time.Hour)
	p.post("/system/whoami", a.text(t, "access_token"), `{}`).expect(t, 200, `{"id": "user-alice"}`)
}

func TestDestroyingOtherTokens(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	p.post("/system/destroyAuthToken", aliceFull, destroying(session)).expect(t, 200, `{}`)
	p.post("/system/whoami", session, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	p.post("/system/destroyAuthToken", aliceFull, destroying(session)).expect(t, 200, `{}`)

	foreign := p.post("/system/destroyAuthToken", aliceFull, destroying(carolFull))
	unknown := p.post("/system/destroyAuthToken", aliceFull, destroying("no such token"))
	foreign.refuses(t, 404, "ResourceNotFound", "The token could not be found among those of the user")
	if diff := cmp.Diff(string(unknown.body), string(foreign.body)); diff != "" {
		t.Errorf("response for the token of another user (-unknown +other):\n%s", diff)
	}
	p.post("/system/whoami", carolFull, `{}`).expect(t, 200, `{"id": "user-carol"}`)
}

// A token reaches a PHI project of its user unless its scope excludes it.
func TestAScopeCanExcludePHI(t *testing.T) {
	p := newPlatform(t)
	for scope, reaches := range map[string]bool{
		`{"projects": {"*": "VIEW"}}`:                      true,
		`{"projects": {"*": "VIEW"}, "phiAccess": true}`:   true,
		`{"projects": {"*": "VIEW"}, "phiAccess": false}`:  false,
		`{"full": true, "phiAccess": false}`:               false,
		`{"projects": {"` + exome + `": "VIEW"}}`:          false,
		`{"projects": {"` + patients + `": "ADMINISTER"}}`: true,
		`{"projects": {}}`:                                 false,
	} {
		a := p.post("/system/newAuthToken", "", `{"username": "carol", "password": "singer-2026", "scope": `+scope+`}`)
		a.expect(t, 200, `{"access_token": "<token>"}`)
		described := p.post("/"+patients+"/describe", a.text(t, "access_token"), `{}`)
		if reaches {
			described.expect(t, 200, `{"name": "Patients"}`)
			continue
		}
		described.refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
	}
}
