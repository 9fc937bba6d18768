package dnanexus_test

import (
	"strings"
	"testing"
)

const pirateOrg = "/org-piratelabs"

// An error about members names the key. Permissions are checked before the content of
// the request.
func TestOrgRefusals(t *testing.T) {
	p := newIsolated(t)
	const (
		adminNeeded = "Administrator access to org-piratelabs required to perform this operation"
		everyRight  = "user-bob must have no other key: an ADMIN has every right"
		noSuch      = "The org could not be found"
	)
	tests := []struct {
		name, path, token, body string
		status                  int
		errorType, message      string
	}{
		{"invite: no user", pirateOrg + "/invite", aliceToken, `{}`, 422, "InvalidInput", `Expected input to have property "invitee"`},
		{"invite: unknown user", pirateOrg + "/invite", aliceToken, `{"invitee": "user-none"}`, 404, "ResourceNotFound", "The invitee could not be found"},
		{"invite: unknown address", pirateOrg + "/invite", aliceToken, `{"invitee": "none@example.org"}`, 404, "ResourceNotFound", "The invitee could not be found"},
		{"invite: an org", pirateOrg + "/invite", aliceToken, `{"invitee": "org-dnanexus"}`, 404, "ResourceNotFound", "The invitee could not be found"},
		{"invite: a member", pirateOrg + "/invite", aliceToken, `{"invitee": "user-bob"}`, 422, "InvalidState", "The user is a member of the org already"},
		{"invite: level", pirateOrg + "/invite", aliceToken, `{"invitee": "user-eve", "level": "OWNER"}`, 422, "InvalidInput", `expected key "level" of input to be MEMBER or ADMIN`},
		{"invite: projectAccess", pirateOrg + "/invite", aliceToken, `{"invitee": "user-eve", "projectAccess": "ALL"}`, 422, "InvalidInput", `expected key "projectAccess" of input to be one of NONE, VIEW, UPLOAD, CONTRIBUTE, ADMINISTER`},
		{"invite: type", pirateOrg + "/invite", aliceToken, `{"invitee": "user-eve", "appAccess": "yes"}`, 422, "InvalidInput", `expected key "appAccess" of input to be a boolean`},
		{"invite: by a member", pirateOrg + "/invite", bobToken, `{"invitee": "user-none"}`, 401, "PermissionDenied", adminNeeded},
		{"invite: by a non-member, with an address", pirateOrg + "/invite", eveToken, `{"invitee": "alice@example.org"}`, 401, "PermissionDenied", adminNeeded},
		{"invite: unknown org", "/org-none/invite", aliceToken, `{"invitee": "user-eve"}`, 404, "ResourceNotFound", noSuch},

		{"access: ADMIN and another key", pirateOrg + "/setMemberAccess", aliceToken, `{"user-bob": {"level": "ADMIN", "appAccess": true}}`, 422, "InvalidInput", everyRight},
		{"access: ADMIN and the project access that it has", pirateOrg + "/setMemberAccess", aliceToken, `{"user-bob": {"level": "ADMIN", "projectAccess": "ADMINISTER"}}`, 422, "InvalidInput", everyRight},
		{"access: not a member", pirateOrg + "/setMemberAccess", aliceToken, `{"user-eve": {"level": "MEMBER"}}`, 404, "ResourceNotFound", "The user is not a member of the org"},
		{"access: the last admin", pirateOrg + "/setMemberAccess", aliceToken, `{"user-alice": {"level": "MEMBER"}}`, 422, "InvalidState", "An org needs at least one member with ADMIN access"},
		{"access: level", pirateOrg + "/setMemberAccess", aliceToken, `{"user-bob": {"level": "NONE"}}`, 422, "InvalidInput", `expected key "user-bob.level" of input to be MEMBER or ADMIN`},
		{"access: type", pirateOrg + "/setMemberAccess", aliceToken, `{"user-bob": "ADMIN"}`, 422, "InvalidInput", `expected key "user-bob" of input to be a hash`},
		{"access: by a member, own level", pirateOrg + "/setMemberAccess", bobToken, `{"user-bob": {"level": "ADMIN"}}`, 401, "PermissionDenied", adminNeeded},

		{"remove: no user", pirateOrg + "/removeMember", aliceToken, `{}`, 422, "InvalidInput", `Expected input to have property "user"`},
		{"remove: unknown user", pirateOrg + "/removeMember", aliceToken, `{"user": "user-none"}`, 404, "ResourceNotFound", "The invitee could not be found"},
		{"remove: the last admin", pirateOrg + "/removeMember", aliceToken, `{"user": "user-alice"}`, 422, "InvalidState", "An org needs at least one member with ADMIN access"},
		{"remove: by a member", pirateOrg + "/removeMember", bobToken, `{"user": "user-bob"}`, 401, "PermissionDenied", adminNeeded},

		{"members: level", pirateOrg + "/findMembers", aliceToken, `{"level": "PUBLIC"}`, 422, "InvalidInput", `expected key "level" of input to be MEMBER or ADMIN`},
		{"members: limit", pirateOrg + "/findMembers", aliceToken, `{"limit": 1001}`, 422, "InvalidInput", `expected key "limit" of input to be an integer from 1 to 1000`},
		{"members: by a member", pirateOrg + "/findMembers", bobToken, `{}`, 401, "PermissionDenied", adminNeeded},

		{"update: visibility", pirateOrg + "/update", aliceToken, `{"policies": {"memberListVisibility": "NONE"}}`, 422, "InvalidInput", "policies.memberListVisibility must be ADMIN, MEMBER or PUBLIC"},
		{"update: transfer", pirateOrg + "/update", aliceToken, `{"policies": {"restrictProjectTransfer": "PUBLIC"}}`, 422, "InvalidInput", "policies.restrictProjectTransfer must be ADMIN or MEMBER"},
		{"update: job logs", pirateOrg + "/update", aliceToken, `{"jobLogsForwarding": "x"}`, 422, "InvalidInput", `expected key "jobLogsForwarding" of input to be null or a hash`},
		{"update: type", pirateOrg + "/update", aliceToken, `{"policies": {"jobReuse": "yes"}}`, 422, "InvalidInput", `expected key "policies.jobReuse" of input to be a boolean`},

		{"new: no handle", "/org/new", aliceToken, `{"name": "X"}`, 422, "InvalidInput", `Expected input to have property "handle"`},
		{"new: no name", "/org/new", aliceToken, `{"handle": "x"}`, 422, "InvalidInput", `Expected input to have property "name"`},
		{"new: handle", "/org/new", aliceToken, `{"handle": "a-b", "name": "X"}`, 422, "InvalidInput", "handle must be letters, digits, dots or underscores, at most 255"},
		{"new: taken, in another case", "/org/new", aliceToken, `{"handle": "PirateLabs", "name": "X"}`, 422, "InvalidState", "An org with this handle exists already"},
		{"new: nonce", "/org/new", aliceToken, `{"handle": "x", "name": "X", "nonce": "` + strings.Repeat("n", 129) + `"}`, 422, "InvalidInput", "nonce is longer than 128 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.in(t).post(tt.path, tt.token, tt.body).refuses(t, tt.status, tt.errorType, tt.message)
		})
	}
	// Nothing was changed.
	p.post(pirateOrg+"/findMembers", aliceToken, `{}`).
		expect(t, 200, `{"results": [{"id": "user-alice", "level": "ADMIN"}, {"id": "user-bob", "level": "MEMBER"}], "next": null}`)
}

// A nonce makes org/new idempotent for an hour, for the same caller.
func TestNonceOfNewOrg(t *testing.T) {
	p := newIsolated(t)
	const request = `{"handle": "once", "name": "Once", "policies": {"restrictProjectTransfer": "ADMIN"}, "nonce": "n-1"}`
	for range 3 {
		p.post("/org/new", aliceToken, request).expect(t, 200, `{"id": "org-once"}`)
	}
	// The same request with its keys in another order, and a key that is unknown.
	p.post("/org/new", aliceToken, `{"nonce": "n-1", "x": 1, "policies": {"restrictProjectTransfer": "ADMIN"}, "name": "Once", "handle": "once"}`).
		expect(t, 200, `{"id": "org-once"}`)
	const reused = "nonce was reused in an earlier request but some of the input arguments were different"
	for _, other := range []string{
		`{"handle": "other", "name": "Once", "policies": {"restrictProjectTransfer": "ADMIN"}, "nonce": "n-1"}`,
		`{"handle": "once", "name": "Twice", "policies": {"restrictProjectTransfer": "ADMIN"}, "nonce": "n-1"}`,
		`{"handle": "once", "name": "Once", "policies": {}, "nonce": "n-1"}`,
	} {
		p.post("/org/new", aliceToken, other).refuses(t, 422, "InvalidInput", reused)
	}
	p.post("/org/new", bobToken, request).refuses(t, 422, "InvalidState", "An org with this handle exists already")
	p.post("/org/new", aliceToken, strings.Replace(request, "n-1", "n-2", 1)).refuses(t, 422, "InvalidState", "An org with this handle exists already")
	p.post("/org-other/describe", aliceToken, `{}`).refuses(t, 404, "ResourceNotFound", "The org could not be found")
}

// Members see more than other users, and only admins see the settings.
func TestWhoSeesWhatOfAnOrg(t *testing.T) {
	p := newIsolated(t)
	a := p.post(pirateOrg+"/describe", bobToken, `{}`)
	a.expect(t, 200, `{"level": "MEMBER", "allowBillableActivities": false, "projectAccess": "CONTRIBUTE", "admin": ["user-alice"]}`)
	for _, hidden := range []string{"samlIdP", "jobLogsForwarding", "billingInformation"} {
		if strings.Contains(string(a.body), hidden) {
			t.Errorf("a member sees %s: %s", hidden, a.body)
		}
	}
	p.post(pirateOrg+"/describe", eveToken, `{}`).isExactly(t, `{"id": "org-piratelabs", "class": "org", "handle": "piratelabs", "name": "Pirate Labs"}`)
	p.post(pirateOrg+"/describe", eveToken, `{"fields": {"policies": true}}`).isExactly(t, `{"id": "org-piratelabs"}`)
	p.post(pirateOrg+"/describe", rootToken, `{}`).expect(t, 200, `{"level": "ADMIN", "allowBillableActivities": false, "projectAccess": "NONE", "samlIdP": null}`)
}

// Removing a member also removes the levels that come from the org and, unless the
// request keeps them, the own levels on projects that the org pays for.
func TestRemovingAMemberRemovesProjectAccess(t *testing.T) {
	p := newIsolated(t)
	const treasure = "/project-0000000000000000000000bb"
	p.post(treasure+"/describe", aliceToken, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
	p.post(pirateOrg+"/removeMember", aliceToken, `{"user": "user-bob"}`).
		expect(t, 200, `{"id": "org-piratelabs", "projects": {"project-0000000000000000000000bb": "ADMINISTER"}, "apps": {}}`)
	p.post(treasure+"/describe", bobToken, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
	p.post(treasure+"/describe", aliceToken, `{"permissions": true}`).expect(t, 200, `{"level": "ADMINISTER", "permissions": {"user-alice": "ADMINISTER"}}`)
}

func TestRemovingAMemberCanKeepProjectAccess(t *testing.T) {
	p := newIsolated(t)
	p.post(pirateOrg+"/removeMember", aliceToken, `{"user": "user-bob", "revokeProjectPermissions": false}`).
		expect(t, 200, `{"projects": {}, "apps": {}}`)
	p.post("/project-0000000000000000000000bb/describe", bobToken, `{}`).expect(t, 200, `{"level": "ADMINISTER"}`)
}

// projectAccess limits the level that a member has through the org; NONE gives no
// access.
func TestProjectAccessLimitsTheLevel(t *testing.T) {
	p := newIsolated(t)
	const treasure = "/project-0000000000000000000000bb"
	p.post(treasure+"/invite", bobToken, `{"invitee": "org-piratelabs", "level": "ADMINISTER"}`).expect(t, 200, `{"state": "accepted"}`)
	p.post(pirateOrg+"/invite", aliceToken, `{"invitee": "eve@example.org", "projectAccess": "VIEW"}`).expect(t, 200, `{"state": "accepted"}`)
	p.post(treasure+"/describe", eveToken, `{}`).expect(t, 200, `{"level": "VIEW"}`)
	for access, level := range map[string]string{"UPLOAD": "UPLOAD", "ADMINISTER": "ADMINISTER"} {
		p.post(pirateOrg+"/setMemberAccess", aliceToken, `{"user-eve": {"projectAccess": "`+access+`"}}`).expect(t, 200, `{"id": "org-piratelabs"}`)
		p.post(treasure+"/describe", eveToken, `{}`).expect(t, 200, `{"level": "`+level+`"}`)
	}
	p.post(pirateOrg+"/setMemberAccess", aliceToken, `{"user-eve": {"projectAccess": "NONE"}}`).expect(t, 200, `{"id": "org-piratelabs"}`)
	p.post(treasure+"/describe", eveToken, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
}
