package dnanexus_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
)

// dxpy has no class for these types: it prints them before the message.
func TestNewUserRefusals(t *testing.T) {
	p := newIsolated(t)
	tests := []struct {
		name, token, body  string
		status             int
		errorType, message string
	}{
		{"bad e-mail", aliceToken, `{"username": "dora", "email": "bad", "first": "D"}`, 422, "InvalidEmailError", "the e-mail address is not valid"},
		{"short name", aliceToken, `{"username": "bu", "email": "bu@example.org", "first": "D"}`, 422, "InvalidUsernameError", `user name "bu" must be 3 to 255 letters, digits, dots or underscores, with a letter first`},
		{"a name for everybody", aliceToken, `{"username": "Public", "email": "d@example.org", "first": "D"}`, 422, "InvalidUsernameError", `user name "Public" is reserved`},
		{"digit first", aliceToken, `{"username": "1dora", "email": "d@example.org", "first": "D"}`, 422, "InvalidUsernameError", `user name "1dora" must be 3 to 255 letters, digits, dots or underscores, with a letter first`},
		{"neither first nor last name", aliceToken, `{"username": "dora", "email": "d@example.org"}`, 422, "MissingNameError", "a first or last name is required"},
		{"blank names", aliceToken, `{"username": "dora", "email": "d@example.org", "first": " "}`, 422, "MissingNameError", "a first or last name is required"},
		{"unknown payer", aliceToken, `{"username": "dora", "email": "d@example.org", "first": "D", "billTo": "org-none"}`, 422, "InvalidBillToError", "org-none is not an org"},
		{"unknown provisioning org", aliceToken, `{"username": "dora", "email": "d@example.org", "first": "D", "provisioningOrg": "org-none"}`, 404, "ResourceNotFound", "The org could not be found"},
		{"not its admin", aliceToken, `{"username": "dora", "email": "d@example.org", "first": "D", "provisioningOrg": "org-dnanexus"}`, 401, "PermissionDenied", "Administrator access to org-dnanexus required to perform this operation"},
		{"admin of no org", bobToken, `{"username": "dora", "email": "d@example.org", "first": "D"}`, 401, "PermissionDenied", "User creation features must be enabled for the org"},
		{"taken name", aliceToken, `{"username": "BOB", "email": "d@example.org", "first": "D"}`, 422, "UsernameTakenError", "The user name is taken"},
		{"taken e-mail", aliceToken, `{"username": "dora", "email": "Bob@Example.org", "first": "D"}`, 422, "EmailTakenError", "The e-mail address is taken"},
		{"no name", aliceToken, `{"email": "d@example.org", "first": "D"}`, 422, "InvalidInput", `Expected input to have property "username"`},
		{"no e-mail", aliceToken, `{"username": "dora", "first": "D"}`, 422, "InvalidInput", `Expected input to have property "email"`},
		{"31 days", aliceToken, `{"username": "dora", "email": "d@example.org", "first": "D", "tokenDuration": 2678400000}`, 422, "InvalidInput", `expected key "tokenDuration" of input to be milliseconds up to 30 days`},
		{"nobody", "", `{"username": "dora", "email": "d@example.org", "first": "D"}`, 401, "InvalidAuthentication", notLoggedIn},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.in(t).post("/user/new", tt.token, tt.body).refuses(t, tt.status, tt.errorType, tt.message)
		})
	}
	p.post("/user-dora/describe", aliceToken, `{}`).refuses(t, 404, "ResourceNotFound", "The user could not be found")
}

// The activation code of a new account can be used once.
func TestANewUserActivates(t *testing.T) {
	p := newIsolated(t)
	a := p.post("/user/new", aliceToken, `{"username": "Dora.D", "email": "dora@example.org", "last": "D", "tokenDuration": 3600000}`)
	a.expect(t, 200, fmt.Sprintf(`{"activationExpires": %d}`, start().UnixMilli()+3600000))
	first := a.text(t, "activationCode")
	code := p.post("/account/resendActivationEmail", rootToken, `{"usernameOrEmail": "dora@example.org"}`).text(t, "activationCode")
	activate := func(code, password string) answer {
		return p.post("/account/activateUser", "", fmt.Sprintf(`{"code": %q, "password": %q}`, code, password))
	}
	const bad = "Invalid code: wrong, already used or expired"
	activate(first, "correct-horse").refuses(t, 401, "EntryCodeError", bad)
	activate(code, "short").refuses(t, 422, "InvalidInput", "The password must have at least 8 characters")
	activate("", "correct-horse").refuses(t, 422, "InvalidInput", `Expected input to have property "code"`)
	activate(code, "").refuses(t, 422, "InvalidInput", `Expected input to have property "password"`)
	activate(code, "correct-horse").expect(t, 200, `{"id": "user-dora.d", "username": "Dora.D"}`)
	activate(code, "correct-horse").refuses(t, 401, "EntryCodeError", bad)
	p.isGood(p.login("DORA.d", "correct-horse"))
	p.post("/account/resendActivationEmail", rootToken, `{"usernameOrEmail": "dora.d"}`).refuses(t, 422, "InvalidState", "The account is active already")
	p.post("/account/resendActivationEmail", bobToken, `{"usernameOrEmail": "dora.d"}`).
		refuses(t, 401, "PermissionDenied", "The org did not create this account, so its administrators cannot change it")
}

// What cannot be done because too many e-mails wait is refused so that no client repeats it:
// that would change nothing for hours.
func TestAFullOutbox(t *testing.T) {
	p := newIsolated(t)
	p.post("/user/new", aliceToken, `{"username": "dora", "email": "dora@example.org", "last": "D"}`).expect(t, 200, `{}`)
	resend := func() answer {
		return p.post("/account/resendActivationEmail", rootToken, `{"usernameOrEmail": "dora"}`)
	}
	for range outbox.MaxForOne - 1 {
		resend().expect(t, 200, `{}`)
	}
	full := resend()
	full.refuses(t, 422, "OutboxFullError",
		"The e-mail that this needs cannot be sent: too many are waiting. Nothing was changed. Try again later, or ask the administrator of the server")
	if wait := full.header.Get("Retry-After"); wait != "" {
		t.Errorf("Retry-After is %q", wait)
	}
}

// A user can change and see the own settings; other users cannot see them.
func TestUpdateUser(t *testing.T) {
	p := newIsolated(t)
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 alice"
	p.post("/user-alice/update", aliceToken, `{"sshPublicKey": "`+key+`", "billTo": "org-piratelabs"}`).expect(t, 200, `{"id": "user-alice"}`)
	p.post("/user-alice/describe", aliceToken, `{}`).expect(t, 200, `{"sshPublicKey": "`+key+`", "billTo": "org-piratelabs", "email": "alice@example.org"}`)
	p.post("/user-alice/describe", bobToken, `{}`).isExactly(t, `{"id": "user-alice", "class": "user", "first": "Alice", "middle": "", "last": "Liddell", "handle": "alice"}`)
	// The billTo of alice is the default for new projects.
	id := p.post("/project/new", aliceToken, `{"name": "Ship"}`).text(t, "id")
	p.post("/"+id+"/describe", aliceToken, `{}`).expect(t, 200, `{"billTo": "org-piratelabs"}`)

	p.post("/user-alice/update", aliceToken, `{"sshPublicKey": null, "billTo": "user-alice"}`).expect(t, 200, `{"id": "user-alice"}`)
	if a := p.post("/user-alice/describe", aliceToken, `{}`); strings.Contains(string(a.body), "sshPublicKey") {
		t.Errorf("null does not remove the key: %s", a.body)
	}
	for _, tt := range []struct {
		path, body, errorType, message string
		status                         int
	}{
		{"/user-alice/update", `{"sshPublicKey": "-----BEGIN RSA PRIVATE KEY-----\nMIIE"}`, "InvalidInput", "Tried to put a private key in the sshPublicKey field", 422},
		{"/user-alice/update", `{"sshPublicKey": 5}`, "InvalidInput", `expected key "sshPublicKey" of input to be a string`, 422},
		{"/user-alice/update", `{"billTo": "org-none"}`, "InvalidInput", "billTo must be yourself or an org in which you may bill", 422},
		{"/user-alice/update", `{"billTo": "org-members_without_billing_rights"}`, "PermissionDenied", "billable activities must be allowed to you in org-members_without_billing_rights", 401},
		{"/user-bob/update", `{"sshPublicKey": null}`, "PermissionDenied", "Only the user may do this", 401},
		{"/user-none/update", `{}`, "PermissionDenied", "Only the user may do this", 401},
	} {
		p.post(tt.path, aliceToken, tt.body).refuses(t, tt.status, tt.errorType, tt.message)
	}
}

func TestLockingOverTheWire(t *testing.T) {
	p := newIsolated(t)
	const body = `{"user_id": "user-bob", "org_id": "org-piratelabs"}`
	p.post("/user-bob/lockUserAccount", aliceToken, body).
		isExactly(t, `{"admin_id": "user-alice", "org_id": "org-piratelabs", "user_id": "user-bob"}`)
	p.hasEnded(bobToken, "revoked")
	p.post("/system/newAuthToken", "", `{"username": "bob", "password": "builder-2026"}`).
		refuses(t, 401, "UsernameOrPasswordError", "Incorrect username and/or password")
	p.post("/admin/describeUser", rootToken, `{"user": "bob"}`).expect(t, 200, `{"locked": true, "disabled": false, "provisioningOrg": "org-piratelabs"}`)
	p.post("/user-bob/unlockUserAccount", aliceToken, body).expect(t, 200, `{"user_id": "user-bob"}`)
	p.isGood(p.login("bob", "builder-2026"))
	p.post("/user-bob/lockUserAccount", aliceToken, `{"user_id": "user-eve", "org_id": "org-piratelabs"}`).
		refuses(t, 422, "InvalidInput", `expected key "user_id" of input to be the user of the path`)
	p.post("/user-bob/lockUserAccount", aliceToken, `{"user_id": "user-bob"}`).refuses(t, 422, "InvalidInput", `Expected input to have property "org_id"`)
	p.post("/user-eve/lockUserAccount", aliceToken, `{"user_id": "user-eve", "org_id": "org-piratelabs"}`).
		refuses(t, 404, "ResourceNotFound", "The user is not a member of the org")
	// An org does not manage the account of an invited member.
	p.post(pirateOrg+"/invite", aliceToken, `{"invitee": "user-eve"}`).expect(t, 200, `{"state": "accepted"}`)
	p.post("/user-eve/lockUserAccount", aliceToken, `{"user_id": "user-eve", "org_id": "org-piratelabs"}`).
		refuses(t, 401, "PermissionDenied", "The org did not create this account, so its administrators cannot change it")
}

// The routes under /admin/ are for administrators of the platform.
func TestAdminRoutes(t *testing.T) {
	p := newIsolated(t)
	for _, method := range []string{"findUsers", "describeUser", "disableUser", "enableUser", "unlockUser", "licenseOrg"} {
		body := `{"user": "bob", "org": "org-piratelabs"}`
		p.post("/admin/"+method, aliceToken, body).refuses(t, 401, "PermissionDenied", "Only an administrator of the platform may do this")
		p.post("/admin/"+method, "", body).refuses(t, 401, "InvalidAuthentication", notLoggedIn)
	}
	p.post("/admin/findUsers", rootToken, `{"limit": 2}`).
		expect(t, 200, `{"results": [{"id": "user-alice", "username": "alice", "activated": true, "twoFactor": false, "superuser": false}, {"id": "user-bob"}], "next": {"id": "user-bob"}}`)
	p.post("/admin/findUsers", rootToken, `{"limit": 2, "starting": {"id": "user-bob"}}`).
		expect(t, 200, `{"results": [{"id": "user-eve"}, {"id": "user-root", "superuser": true, "provisioningOrg": null, "orgs": []}], "next": null}`)
	p.post("/admin/describeUser", rootToken, `{"user": "Bob@example.org"}`).
		expect(t, 200, `{"id": "user-bob", "orgs": [{"id": "org-piratelabs", "level": "MEMBER"}], "billTo": "user-bob"}`)
	p.post("/admin/describeUser", rootToken, `{"user": "none"}`).refuses(t, 404, "ResourceNotFound", "The user could not be found")
	p.post("/admin/describeUser", rootToken, `{}`).refuses(t, 422, "InvalidInput", `Expected input to have property "user"`)
	p.post("/admin/disableUser", rootToken, `{"user": "eve"}`).expect(t, 200, `{}`)
	p.hasEnded(eveToken, "revoked")
	p.post("/admin/disableUser", rootToken, `{"user": "root"}`).refuses(t, 422, "InvalidState", "You cannot disable your own account")
	p.post("/admin/licenseOrg", rootToken, `{"org": "org-team_odd", "phiFeaturesEnabled": true, "userCreationFeaturesEnabled": false}`).
		expect(t, 200, `{"id": "org-team_odd"}`)
	p.post("/org-team_odd/describe", aliceToken, `{}`).expect(t, 200, `{"phiFeaturesEnabled": true, "userCreationFeaturesEnabled": false}`)
}

// S-08: of many concurrent requests with the same code one creates an administrator.
func TestBootstrapRace(t *testing.T) {
	p := newPlatformWith(t, fixture.File{})
	code := p.invite()
	var made atomic.Int64
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			body := fmt.Sprintf(`{"code": %q, "username": "admin%d", "email": "a%d@example.org", "first": "A", "password": "correct-horse"}`, code, i, i)
			if p.post("/admin/bootstrap", "", body).status == 200 {
				made.Add(1)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d administrators were made", made.Load())
	}
}

func TestBootstrapRefusals(t *testing.T) {
	p := newPlatformWith(t, fixture.File{})
	body := func(code, username, email, first, password string) string {
		return fmt.Sprintf(`{"code": %q, "username": %q, "email": %q, "first": %q, "password": %q}`, code, username, email, first, password)
	}
	for _, tt := range []struct {
		body, errorType, message string
		status                   int
	}{
		{body("", "admin", "a@example.org", "A", "correct-horse"), "InvalidInput", `Expected input to have property "code"`, 422},
		{body("wrong", "admin", "a@example.org", "A", "correct-horse"), "EntryCodeError", "Invalid code: wrong, already used or expired", 401},
		{body("wrong", "ad", "a@example.org", "A", "correct-horse"), "InvalidUsernameError", `user name "ad" must be 3 to 255 letters, digits, dots or underscores, with a letter first`, 422},
		{body("wrong", "admin", "a", "A", "correct-horse"), "InvalidEmailError", "the e-mail address is not valid", 422},
		{body("wrong", "admin", "a@example.org", "", "correct-horse"), "MissingNameError", "a first or last name is required", 422},
		{body(p.invite(), "admin", "a@example.org", "A", "short"), "InvalidInput", "The password must have at least 8 characters", 422},
	} {
		p.post("/admin/bootstrap", "", tt.body).refuses(t, tt.status, tt.errorType, tt.message)
	}
}
