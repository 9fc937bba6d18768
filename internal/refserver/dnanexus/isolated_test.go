package dnanexus_test

import (
	"fmt"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// The tokens of testdata/isolated.yaml.
const (
	aliceToken = "AliceToken"
	bobToken   = "BobToken"
	eveToken   = "outside3"
	rootToken  = "RootToken"
)

// newIsolated starts a server with testdata/isolated.yaml.
func newIsolated(t *testing.T) *platform {
	t.Helper()
	file, err := fixture.Open(t.Context(), "testdata/isolated.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return newPlatformWith(t, file)
}

// The server has everything that the tests of the Python client expect: users, tokens,
// orgs with the right levels of alice, and the public project.
func TestTheDirectoryOfTheIsolatedTests(t *testing.T) {
	p := newIsolated(t)
	for token, user := range map[string]string{aliceToken: "user-alice", bobToken: "user-bob", eveToken: "user-eve"} {
		p.post("/system/whoami", token, `{}`).expect(t, 200, fmt.Sprintf(`{"id": %q}`, user))
	}
	p.post("/system/whoami", expired, `{}`).refuses(t, 401, "InvalidAuthentication", "The supplied authentication token has expired")
	for org, want := range map[string]string{
		"org-piratelabs":                     `{"level": "ADMIN", "allowBillableActivities": true}`,
		"org-auth_file_app_download":         `{"level": "ADMIN", "allowBillableActivities": true}`,
		"org-team_odd":                       `{"level": "ADMIN", "allowBillableActivities": true}`,
		"org-members_with_billing_rights":    `{"level": "MEMBER", "allowBillableActivities": true}`,
		"org-members_without_billing_rights": `{"level": "MEMBER", "allowBillableActivities": false}`,
	} {
		p.post("/"+org+"/describe", aliceToken, `{}`).expect(t, 200, want)
	}
	p.post("/org-dnanexus/describe", aliceToken, `{}`).isExactly(t, `{"id": "org-dnanexus", "class": "org", "handle": "dnanexus", "name": "DNAnexus"}`)
	p.post("/org-dnanexus/findMembers", aliceToken, `{}`).
		refuses(t, 401, "PermissionDenied", "Administrator access to org-dnanexus required to perform this operation")

	p.post("/project-0000000000000000000000pb/describe", aliceToken, `{"permissions": true}`).expect(t, 200,
		`{"name": "public-test-project", "billTo": "org-piratelabs", "level": "ADMINISTER", "created": 1443657600000,
		  "permissions": {"user-alice": "ADMINISTER", "PUBLIC": "VIEW"}}`)
	p.post("/project-0000000000000000000000pb/describe", eveToken, `{}`).expect(t, 200, `{"level": "VIEW"}`)
}

// "dx find orgs" in every form: the level is a minimum.
func TestFindOrgs(t *testing.T) {
	p := newIsolated(t)
	const (
		admin   = `{"id": "org-auth_file_app_download", "level": "ADMIN"}`
		with    = `{"id": "org-members_with_billing_rights", "level": "MEMBER", "allowBillableActivities": true}`
		without = `{"id": "org-members_without_billing_rights", "level": "MEMBER", "allowBillableActivities": false}`
		rest    = `{"id": "org-piratelabs"}, {"id": "org-team_odd"}`
	)
	for body, want := range map[string]string{
		`{"level": "MEMBER", "describe": true, "limit": 10}`: admin + "," + with + "," + without + "," + rest,
		`{}`: admin + "," + with + "," + without + "," + rest,
		`{"level": "ADMIN", "describe": true, "limit": 10}`:                                    admin + "," + rest,
		`{"level": "MEMBER", "describe": true, "limit": 10, "allowBillableActivities": true}`:  admin + "," + with + "," + rest,
		`{"level": "MEMBER", "describe": true, "limit": 10, "allowBillableActivities": false}`: without,
	} {
		p.post("/system/findOrgs", aliceToken, body).expect(t, 200, `{"results": [`+want+`], "next": null}`)
	}
	a := p.post("/system/findOrgs", aliceToken, `{"level": "MEMBER", "limit": 2}`)
	a.expect(t, 200, `{"results": [`+admin+`,`+with+`], "next": {"id": "org-members_with_billing_rights"}}`)
	p.post("/system/findOrgs", aliceToken, `{"level": "MEMBER", "limit": 4, "starting": {"id": "org-members_with_billing_rights"}}`).
		expect(t, 200, `{"results": [`+without+`,`+rest+`], "next": null}`)
	p.post("/system/findOrgs", rootToken, `{}`).expect(t, 200, `{"results": [], "next": null}`)
	for body, message := range map[string]string{
		`{"level": "OWNER"}`: `expected key "level" of input to be MEMBER or ADMIN`,
		`{"limit": 0}`:       `expected key "limit" of input to be an integer from 1 to 1000`,
		`{"limit": 1001}`:    `expected key "limit" of input to be an integer from 1 to 1000`,
		`{"starting": "x"}`:  `expected key "starting" of input to be the "next" of an earlier answer`,
		`{"level": 1}`:       `expected key "level" of input to be a string`,
	} {
		p.post("/system/findOrgs", aliceToken, body).refuses(t, 422, "InvalidInput", message)
	}
}

// The list has all projects that the org pays for, even without a level of alice.
func TestFindOrgProjects(t *testing.T) {
	p := newIsolated(t)
	const (
		open   = `{"id": "project-0000000000000000000000pb", "level": "ADMINISTER", "public": true}`
		closed = `{"id": "project-0000000000000000000000bb", "level": "NONE", "public": false}`
	)
	find := func(token, body string) answer { return p.post("/org-piratelabs/findProjects", token, body) }
	find(aliceToken, `{"describe": true, "limit": 100}`).expect(t, 200, `{"results": [`+open+`,`+closed+`], "next": null}`)
	find(aliceToken, `{"describe": true, "limit": 100}`).expect(t, 200, `{"results": [{"describe": {"name": "public-test-project"}}, {"describe": {"name": "Treasure", "level": "NONE"}}]}`)
	find(aliceToken, `{"level": "VIEW"}`).expect(t, 200, `{"results": [`+open+`], "next": null}`)
	find(aliceToken, `{"public": false}`).expect(t, 200, `{"results": [`+closed+`], "next": null}`)
	find(aliceToken, `{"name": {"glob": "T*"}}`).expect(t, 200, `{"results": [`+closed+`], "next": null}`)
	find(aliceToken, `{"name": "Treasure", "created": {"before": 1443657600000}}`).expect(t, 200, `{"results": [], "next": null}`)
	a := find(aliceToken, `{"limit": 1}`)
	a.expect(t, 200, `{"results": [`+open+`], "next": {"after": "<number>"}}`)
	find(aliceToken, `{"limit": 2, "starting": {"after": 1}}`).expect(t, 200, `{"results": [`+closed+`], "next": null}`)
	find(rootToken, `{"level": "VIEW"}`).expect(t, 200, `{"results": [{"level": "VIEW"}], "next": null}`)
	for _, token := range []string{bobToken, eveToken} {
		find(token, `{}`).refuses(t, 401, "PermissionDenied", "Administrator access to org-piratelabs required to perform this operation")
	}
	p.post("/org-none/findProjects", aliceToken, `{}`).refuses(t, 404, "ResourceNotFound", "The org could not be found")
}
