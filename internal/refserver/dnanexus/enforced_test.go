package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newPlatformIn starts a server with testdata/platform.yaml in a mode.
func newPlatformIn(t *testing.T, mode identity.FactorMode) *platform {
	t.Helper()
	file, err := fixture.Open(t.Context(), "testdata/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return newPlatformOf(t, refserver.Config{Fixture: &file, TwoFactor: mode})
}

// ticket returns the ticket of a refused sign-in, as a key for a body.
func (a answer) ticket(t *testing.T) string {
	t.Helper()
	a.refuses(t, 401, "TwoFactorEnrollmentRequiredError", "Two-factor authentication is required on this server; enroll to log in")
	var body struct {
		Error struct {
			Details struct {
				Ticket  string
				Expires int64
			}
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil || len(body.Error.Details.Ticket) < 32 {
		t.Fatalf("no ticket in %s", a.body)
	}
	if want := start().Add(10 * time.Minute).UnixMilli(); body.Error.Details.Expires < want {
		t.Errorf("the ticket ends %d ms too early", want-body.Error.Details.Expires)
	}
	return fmt.Sprintf(`"ticket": %q`, body.Error.Details.Ticket)
}

const noTicket = "The enrollment ticket could not be found or has expired; log in again"

// If two-factor authentication is enforced, a user without it enrolls while signing
// in: the ticket replaces token and password, once.
func TestEnforcedTwoFactorIsEnrolledInsideTheLogin(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsEnforced)
	p.signIn("alice", "wrong", `null`).refuses(t, 401, "UsernameOrPasswordError", wrongCredentials)
	ticket := p.signIn("alice", "wonderland-2026", `null`).ticket(t)

	phone := p.begin("", ticket)
	codes := p.confirm("", phone.code(), ", "+ticket).recoveryCodes(t)
	p.activate("", "zzzz", ", "+ticket).refuses(t, 401, "OTPMismatchError", "Incorrect verification code")
	a := p.activate("", codes[0], ", "+ticket)
	// The session is the one that was requested: it expires when signIn asked.
	a.expect(t, 200, `{"session": {"user_id": "user-alice", "token_type": "bearer", "expires": 1772409600000}}`)
	var body struct {
		Session struct {
			AccessToken string `json:"access_token"`
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Fatal(err)
	}
	p.hasStatus(body.Session.AccessToken, `{"enabled": true, "recoveryCodesLeft": 10, "mode": "enforced"}`)

	for _, more := range []answer{
		p.post("/account/twoFactor/enroll", "", "{"+ticket+"}"), p.confirm("", phone.next(), ", "+ticket), p.activate("", codes[0], ", "+ticket),
	} {
		more.refuses(t, 401, "InvalidAuthentication", noTicket)
	}
	p.signIn("alice", "wonderland-2026", `null`).refuses(t, 401, "OTPRequiredError", "A verification code is required")
	p.signIn("alice", "wonderland-2026", quoted(phone.next())).expect(t, 200, `{"user_id": "user-alice"}`)
	p.post("/account/twoFactor/disable", body.Session.AccessToken, "{"+aliceProof+`, "otp": "`+codes[0]+`"}`).
		refuses(t, 422, "InvalidState", "Two-factor authentication is required on this server and can't be turned off")
}

// An API token can be requested in the same way.
func TestATicketRemembersTheRequest(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsEnforced)
	ticket := p.post("/system/newAuthToken", "",
		`{"username": "alice", "password": "wonderland-2026", "label": "ci", "scope": {"projects": {"`+exome+`": "VIEW"}}}`).ticket(t)
	phone := p.begin("", ticket)
	codes := p.confirm("", phone.code(), ", "+ticket).recoveryCodes(t)
	a := p.activate("", codes[0], ", "+ticket)
	var body struct {
		Session struct {
			AccessToken string `json:"access_token"`
			IdleTimeout int64
		}
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Session.IdleTimeout != 0 {
		t.Fatalf("%v in %s", err, a.body)
	}
	p.post("/"+exome+"/describe", body.Session.AccessToken, `{}`).expect(t, 200, `{"id": "`+exome+`"}`)
	p.post("/"+rare+"/describe", body.Session.AccessToken, `{}`).expect(t, 401, `{"error": {"type": "PermissionDenied"}}`)
}

func TestTicketsEnd(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsEnforced)
	enroll := func(ticket string) answer { return p.post("/account/twoFactor/enroll", "", "{"+ticket+"}") }
	p.post("/account/twoFactor/enroll", "", `{"ticket": "0123456789abcdef"}`).refuses(t, 401, "InvalidAuthentication", noTicket)

	old := p.signIn("alice", "wonderland-2026", `null`).ticket(t)
	p.Advance(10*time.Minute - time.Millisecond)
	enroll(old).expect(t, 200, `{"digits": 6}`)
	p.Advance(time.Millisecond)
	enroll(old).refuses(t, 401, "InvalidAuthentication", noTicket)

	// A second ticket is invalid once the first was used.
	one, other := p.signIn("alice", "wonderland-2026", `null`).ticket(t), p.signIn("alice", "wonderland-2026", `null`).ticket(t)
	phone := p.begin("", one)
	codes := p.confirm("", phone.code(), ", "+one).recoveryCodes(t)
	p.activate("", codes[0], ", "+one).expect(t, 200, `{"session": {"user_id": "user-alice"}}`)
	enroll(other).refuses(t, 401, "InvalidAuthentication", noTicket)
	p.confirm("", phone.next(), ", "+other).refuses(t, 401, "InvalidAuthentication", noTicket)
}

// Guesses at tickets are limited like those at tokens.
func TestUnknownTicketsAreLimited(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsEnforced)
	request := dx("test").request(p, "/account/twoFactor/enroll", "", `{"ticket": "guess"}`)
	requests := make([]string, 201)
	for i := range requests {
		requests[i] = request
	}
	answers := p.onOneConnection(requests...)
	answers[199].refuses(t, 401, "InvalidAuthentication", noTicket)
	answers[200].refuses(t, 403, "TooManyAttemptsError", "Too many failed attempts; try again in 1 s")
}

// It is enforced at sign-in: existing tokens, such as those of scripts, stay valid.
func TestEnforcedTwoFactorLeavesTokensAlone(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsEnforced)
	p.post("/system/whoami", aliceFull, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	p.hasStatus(aliceFull, `{"enabled": false, "mode": "enforced"}`)
	// A user who has it already notices no difference.
	p.signIn("bob", "builder-2026", quoted(p.appOf(bobsSeed).code())).expect(t, 200, `{"user_id": "user-bob"}`)
	p.signIn("dave", "anything", `null`).expect(t, 403, `{"error": {"type": "SSORequiredError"}}`)
	// A user with a token can enroll, too; that starts no session.
	phone := p.begin(aliceFull, aliceProof)
	codes := p.confirm(aliceFull, phone.code(), "").recoveryCodes(t)
	if a := p.activate(aliceFull, codes[0], ""); string(a.body) != "{}" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// If it is disabled, no user can turn it on; a user who has it still needs a code.
func TestDisabledTwoFactor(t *testing.T) {
	p := newPlatformIn(t, identity.FactorsDisabled)
	const disabled = "Two-factor authentication is disabled on this server"
	p.post("/account/twoFactor/enroll", aliceFull, "{"+aliceProof+"}").refuses(t, 422, "InvalidState", disabled)
	p.hasStatus(aliceFull, `{"enabled": false, "mode": "disabled"}`)

	phone := p.appOf(bobsSeed)
	p.signIn("bob", "builder-2026", `null`).refuses(t, 401, "OTPRequiredError", "A verification code is required")
	session := p.signIn("bob", "builder-2026", quoted(phone.code())).text(t, "access_token")
	p.post("/account/twoFactor/enroll", session, "{"+bobProof+`, "otp": "`+phone.next()+`"}`).refuses(t, 422, "InvalidState", disabled)
	p.post("/account/twoFactor/disable", session, "{"+bobProof+`, "otp": "`+phone.next()+`"}`).expect(t, 200, `{}`)
	p.signIn("bob", "builder-2026", `null`).expect(t, 200, `{"user_id": "user-bob"}`)
}

// newLab starts a server with the org lab, which created the accounts of bob and of a
// platform administrator, and of which erin is an invited member.
func newLab(t *testing.T) *platform {
	totp := secret.New(bobsSeed)
	user := func(name string) fixture.User {
		return fixture.User{Username: name, Password: secret.New(name + "-password"), TOTPSecret: totp}
	}
	root := user("root")
	root.Superuser, root.TOTPSecret = true, secret.Text{}
	chief := user("chief")
	chief.Superuser = true
	token := func(user, value string) fixture.Token {
		return fixture.Token{User: user, Value: secret.New(value), Label: "ci"}
	}
	return newPlatformWith(t, fixture.File{
		Users: []fixture.User{root, chief, user("bob"), user("erin"), {Username: "alice", Password: secret.New("wonderland-2026")}},
		Orgs: []fixture.Org{
			{Handle: "home", Name: "Home", Admins: []string{"erin"}}, // the first org created the account
			{Handle: "lab", Name: "Lab", Admins: []string{"alice"}, Members: []fixture.Member{{User: "bob"}, {User: "chief"}, {User: "erin"}}},
		},
		Tokens: []fixture.Token{
			token("root", rootFull), token("alice", aliceFull), token("bob", bobFull), token("erin", "ErinFull"), token("chief", "ChiefFull"),
		},
	})
}

const rootFull, bobFull = "RootFull000000000000000000000001", "BobFull0000000000000000000000001"

func resetBody(user, org string, tokens bool) string {
	return fmt.Sprintf(`{"user_id": "user-%s", "org_id": %q, "revokeChildTokens": %v}`, user, org, tokens)
}

// An org admin can reset the second factor of an account that the org created.
func TestAnAdminResetsAMembersSecondFactor(t *testing.T) {
	p := newLab(t)
	phone := p.appOf(bobsSeed)
	session := p.signIn("bob", "bob-password", quoted(phone.code())).text(t, "access_token")
	p.signIn("bob", "bob-password", quoted(phone.wrong()))

	p.post("/user-bob/resetUserMFA", aliceFull, resetBody("bob", "org-lab", false)).
		expect(t, 200, `{"admin_id": "user-alice", "org_id": "org-lab", "user_id": "user-bob"}`)
	p.post("/system/whoami", session, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	p.post("/system/whoami", bobFull, `{}`).expect(t, 200, `{"id": "user-bob"}`)
	p.signIn("bob", "bob-password", `null`).expect(t, 200, `{"user_id": "user-bob"}`)
	p.post("/user-bob/resetUserMFA", aliceFull, resetBody("bob", "org-lab", false)).
		refuses(t, 422, "InvalidState", "MFA is already reset for the user")
}

func TestResetCanRevokeTokens(t *testing.T) {
	p := newLab(t)
	p.post("/user-bob/resetUserMFA", rootFull, resetBody("bob", "", true)).
		expect(t, 200, `{"admin_id": "user-root", "org_id": "", "user_id": "user-bob"}`)
	p.post("/system/whoami", bobFull, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
}

func TestWhoMayNotResetASecondFactor(t *testing.T) {
	p := newLab(t)
	for _, test := range []struct {
		name, token, user, org string
		status                 int
		errorType, message     string
	}{
		{"an invited member", aliceFull, "erin", "org-lab", 401, "PermissionDenied",
			"The org did not create this account, so its administrators cannot change it"},
		{"an administrator of the platform", aliceFull, "chief", "org-lab", 401, "PermissionDenied",
			"The org did not create this account, so its administrators cannot change it"},
		{"not a member", aliceFull, "root", "org-lab", 404, "ResourceNotFound", "The user is not a member of the org"},
		{"by a member", bobFull, "erin", "org-lab", 401, "PermissionDenied", "Administrator access to org-lab required to perform this operation"},
		{"without an org", aliceFull, "bob", "", 401, "PermissionDenied", "Only an administrator of the platform may do this"},
		{"unknown org", aliceFull, "bob", "org-none", 404, "ResourceNotFound", "The org could not be found"},
		{"unknown user", rootFull, "nobody", "", 404, "ResourceNotFound", "The user could not be found"},
		{"own account", "ChiefFull", "chief", "", 401, "PermissionDenied",
			"Your own second factor is turned off with a verification code, not reset"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.in(t).post("/user-"+test.user+"/resetUserMFA", test.token, resetBody(test.user, test.org, false)).
				refuses(t, test.status, test.errorType, test.message)
		})
	}
	for _, name := range []string{"bob", "erin", "chief"} {
		p.signIn(name, name+"-password", `null`).expect(t, 401, `{"error": {"type": "OTPRequiredError"}}`)
	}
	p.post("/user-erin/resetUserMFA", rootFull, resetBody("erin", "", false)).expect(t, 200, `{"user_id": "user-erin"}`)
}
