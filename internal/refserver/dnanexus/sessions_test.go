package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	listSessions    = "/account/listSessions"
	destroySessions = "/account/destroySessions"
)

// idOf returns the ID of a token in the list of sessions.
func idOf(token string) string { return wire.Signature(secret.New(token)) }

// ids returns the IDs of the sessions that the owner of a token sees.
func (p *platform) ids(token string) []string {
	p.t.Helper()
	a := p.post(listSessions, token, `{}`)
	var list wire.ListSessionsResponse
	if err := json.Unmarshal(a.body, &list); err != nil || a.status != 200 {
		p.t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	var ids []string
	for _, session := range list.Sessions {
		ids = append(ids, session.ID)
	}
	return ids
}

func (p *platform) hasEnded(token, reason string) {
	p.t.Helper()
	p.post("/system/whoami", token, `{}`).expect(p.t, 401, `{"error": {"details": {"reason": "`+reason+`"}}}`)
}

func (p *platform) isGood(token string) {
	p.t.Helper()
	p.post("/system/whoami", token, `{}`).expect(p.t, 200, `{}`)
}

func TestListSessions(t *testing.T) {
	p := newPlatform(t)
	p.Advance(time.Minute)
	session := p.login("carol", "singer-2026")
	p.Advance(10 * time.Second)
	p.post(listSessions, session, `{}`).expect(t, 200, `{"sessions": [
		{"id": "`+idOf(carolFull)+`", "kind": "token", "label": "full", "idleTimeout": null, "current": false},
		{"id": "`+idOf(session)+`", "kind": "session", "label": "", "idleTimeout": 300000, "current": true,
		 "created": 1772366460000, "lastUsed": 1772366470000, "expires": 1772431260000,
		 "address": "127.0.0.1", "client": "dxpy/0.413.0 (Linux-6.1.0-x86_64-with-glibc2.36) Python/3.11.2 dx-test"}]}`)
}

// The list has only sessions of the caller, and only valid ones.
func TestSessionsThatAreNotListed(t *testing.T) {
	p := newPlatform(t)
	over := p.login("carol", "singer-2026")
	p.post("/system/destroyAuthToken", over, `{"tokenSignature": "`+wire.Signature(secret.New(over))+`"}`).expect(t, 200, `{}`)
	p.login("carol", "singer-2026") // becomes idle
	p.Advance(5 * time.Minute)
	p.login("alice", "wonderland-2026")
	if got := p.ids(carolFull); len(got) != 1 || got[0] != idOf(carolFull) {
		t.Errorf("the list has %q", got)
	}
	p.post(listSessions, aliceRead, `{}`).refuses(t, 401, "PermissionDenied", "The token in use does not reach that far")
}

func TestASessionIsEndedByAPrefixOfItsSignature(t *testing.T) {
	for name, digits := range map[string]int{"least": 8, "as in tables": 12, "as listed": 64} {
		t.Run(name, func(t *testing.T) {
			p := newPlatform(t)
			other, own := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
			body := fmt.Sprintf(`{"ids": [%q]}`, wire.Signature(secret.New(other))[:digits])
			p.post(destroySessions, own, body).expect(t, 200, `{}`)
			p.hasEnded(other, "logged out elsewhere")
			p.isGood(own)
		})
	}
}

func TestDestroySessionsRefusals(t *testing.T) {
	p := newPlatform(t)
	own, foreign := p.login("alice", "wonderland-2026"), p.login("carol", "singer-2026")
	const form = `expected key "ids" of input to be an array of IDs of at least 8 lower-case hexadecimal digits`
	tests := []struct {
		name, token, body  string
		status             int
		errorType, message string
	}{
		{"nothing", own, `{}`, 422, "InvalidInput", `Expected input to have property "ids"`},
		{"no IDs", own, `{"ids": []}`, 422, "InvalidInput", `Expected input to have property "ids"`},
		{"no array", own, `{"ids": "` + idOf(own) + `"}`, 422, "InvalidInput", `expected key "ids" of input to be an array`},
		{"too short", own, `{"ids": ["` + idOf(own)[:7] + `"]}`, 422, "InvalidInput", form},
		{"empty", own, `{"ids": [""]}`, 422, "InvalidInput", form},
		{"upper case", own, `{"ids": ["ABCDEF012345"]}`, 422, "InvalidInput", form},
		{"pattern", own, `{"ids": ["%%%%%%%%"]}`, 422, "InvalidInput", form},
		{"too many", own, `{"ids": [` + strings.Repeat(`"`+idOf(own)+`", `, 100) + `"` + idOf(own) + `"]}`, 422, "InvalidInput",
			`expected key "ids" of input to be an array of at most 100 IDs`},
		{"unknown", own, `{"ids": ["012345678901"]}`, 404, "ResourceNotFound", "The session could not be found"},
		{"of another user", own, `{"ids": ["` + idOf(foreign) + `"]}`, 404, "ResourceNotFound", "The session could not be found"},
		{"narrow token", aliceRead, `{"ids": ["` + idOf(own) + `"]}`, 401, "PermissionDenied", "The token in use does not reach that far"},
		{"all and some", own, `{"all": true, "ids": ["` + idOf(own) + `"]}`, 422, "InvalidInput", `expected key "ids" of input to be absent where "all" is true`},
		{"all without a name", own, `{"all": true, "password": "wonderland-2026"}`, 422, "InvalidInput", `Expected input to have property "username"`},
		{"all without a password", own, `{"all": true, "username": "alice"}`, 401, "ReauthenticationRequiredError", "Log in again, or give username and password with this request"},
		{"all of another user", own, `{"all": true, "username": "carol", "password": "singer-2026"}`, 422, "InvalidInput",
			`expected key "username" of input to be the caller's own`},
		{"all with a wrong password", own, `{"all": true, "username": "alice", "password": "wrong"}`, 401, "UsernameOrPasswordError",
			"Incorrect username and/or password"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.in(t).post(destroySessions, tt.token, tt.body).refuses(t, tt.status, tt.errorType, tt.message)
		})
	}
	p.isGood(own)
	p.isGood(foreign)
}

func TestEndAllSessions(t *testing.T) {
	p := newPlatform(t)
	other, own := p.login("alice", "wonderland-2026"), p.login("alice", "wonderland-2026")
	foreign := p.login("carol", "singer-2026")
	p.post(destroySessions, own, `{"all": true, "username": "ALICE", "password": "wonderland-2026", "otp": null}`).expect(t, 200, `{}`)
	p.hasEnded(other, "logged out elsewhere")
	p.hasEnded(own, "logged out elsewhere")
	p.isGood(aliceFull)
	p.isGood(foreign)
}

// With a second factor a code is needed, once the password is right.
func TestEndAllSessionsWithACode(t *testing.T) {
	p := newPlatform(t)
	a := p.post("/system/newAuthToken", "", `{"username": "bob", "password": "builder-2026", "otp": "aaaaa-bbbbb"}`)
	session := a.text(t, "access_token")
	all := func(password, otp string) answer {
		return p.post(destroySessions, session, fmt.Sprintf(`{"all": true, "username": "bob", "password": %q, "otp": %s}`, password, otp))
	}
	all("wrong", `"ccccc-ddddd"`).refuses(t, 401, "UsernameOrPasswordError", "Incorrect username and/or password")
	all("builder-2026", `null`).refuses(t, 401, "OTPRequiredError", "A verification code is required")
	all("builder-2026", `"aaaaa-bbbbb"`).refuses(t, 401, "OTPMismatchError", "Incorrect verification code: it was used before")
	p.isGood(session)
	all("builder-2026", `"ccccc-ddddd"`).expect(t, 200, `{}`)
	p.hasEnded(session, "logged out elsewhere")
}

func TestEndAllSessionsLimitsGuesses(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	for range 5 {
		p.post(destroySessions, session, `{"all": true, "username": "alice", "password": "wrong"}`).
			refuses(t, 401, "UsernameOrPasswordError", "Incorrect username and/or password")
	}
	a := p.post(destroySessions, session, `{"all": true, "username": "alice", "password": "wonderland-2026"}`)
	a.refuses(t, 403, "TooManyAttemptsError", "Too many failed attempts; try again in 1 s")
	p.isGood(session)
}
