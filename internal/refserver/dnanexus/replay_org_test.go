package dnanexus_test

import (
	"testing"
)

// The rights of a default member, of a restricted one and of an admin, as findMembers
// returns them.
const (
	memberRow = `{"id": "user-eve", "level": "MEMBER", "allowBillableActivities": false, "cloudIntegrationManagement": false,
		"appAccess": true, "projectAccess": "CONTRIBUTE", "treManagement": false, "archivalManagement": false,
		"dataDeletion": false, "dataSearch": false, "projectMemberDemotion": false}`
	narrowRow = `{"id": "user-eve", "level": "MEMBER", "allowBillableActivities": true, "cloudIntegrationManagement": false,
		"appAccess": false, "projectAccess": "VIEW", "treManagement": false, "archivalManagement": false,
		"dataDeletion": false, "dataSearch": false, "projectMemberDemotion": false}`
	adminRow = `{"id": "user-eve", "level": "ADMIN", "allowBillableActivities": true, "cloudIntegrationManagement": false,
		"appAccess": true, "projectAccess": "ADMINISTER", "treManagement": false, "archivalManagement": true,
		"dataDeletion": true, "dataSearch": true, "projectMemberDemotion": true}`
)

const lookUpEve = `{"id": ["user-eve"]}`

// asDXWithOrgs returns the commands of dx for users and orgs, run by alice, an admin of
// piratelabs.
func asDXWithOrgs() []replay {
	const org = "/org-piratelabs"
	bearer := "Bearer " + aliceToken
	invite := func(access string) exchange {
		return exchange{org + "/invite", bearer, `{"invitee": "user-eve", ` + access + `, "suppressEmailNotification": false}`,
			`{"id": "org-piratelabs", "state": "accepted"}`}
	}
	found := func(row string) exchange {
		return exchange{org + "/findMembers", bearer, lookUpEve, `{"results": [` + row + `], "next": null}`}
	}
	return []replay{
		{"find orgs --level ADMIN", dx("find"), []exchange{
			{"/system/findOrgs", bearer, `{"level": "ADMIN", "describe": true, "limit": 10}`,
				`{"results": [{"id": "org-auth_file_app_download", "describe": {"name": "Downloads"}}, {"describe": {"name": "Pirate Labs"}},
				  {"describe": {"name": "Odd Team"}}], "next": null}`},
		}},
		{"find org members", dx("find"), []exchange{
			{org + "/findMembers", bearer, `{"describe": true, "limit": 100}`,
				`{"results": [{"id": "user-alice", "level": "ADMIN", "describe": {"first": "Alice", "last": "Liddell", "handle": "alice", "class": "user"}},
				  {"id": "user-bob", "level": "MEMBER", "describe": {"first": "Bob", "last": ""}}], "next": null}`},
			{org + "/findMembers", bearer, `{"describe": true, "limit": 100, "level": "ADMIN"}`, `{"results": [{"id": "user-alice"}], "next": null}`},
		}},
		{"find org projects", dx("find"), []exchange{
			{org + "/findProjects", bearer, `{"describe": true, "limit": 100}`,
				`{"results": [{"id": "project-0000000000000000000000pb", "level": "ADMINISTER", "describe": {"name": "public-test-project"}},
				  {"id": "project-0000000000000000000000bb", "describe": {"name": "Treasure"}}], "next": null}`},
		}},
		{"add member", dx("add"), []exchange{
			found(``),
			invite(`"level": "MEMBER", "allowBillableActivities": false, "appAccess": true, "projectAccess": "CONTRIBUTE"`),
			found(memberRow),
		}},
		{"add member, restricted", dx("add"), []exchange{
			invite(`"level": "MEMBER", "allowBillableActivities": true, "appAccess": false, "projectAccess": "VIEW"`),
			found(narrowRow),
		}},
		{"add member --level ADMIN", dx("add"), []exchange{
			invite(`"level": "ADMIN", "allowBillableActivities": false, "appAccess": false, "projectAccess": "NONE"`),
			found(adminRow),
		}},
		{"update member", dx("update"), []exchange{
			invite(`"level": "MEMBER"`),
			found(memberRow),
			{org + "/setMemberAccess", bearer, `{"user-eve": {"level": "MEMBER", "allowBillableActivities": true, "appAccess": false, "projectAccess": "VIEW"}}`,
				`{"id": "org-piratelabs"}`},
			found(narrowRow),
			{org + "/setMemberAccess", bearer, `{"user-eve": {"level": "ADMIN"}}`, `{"id": "org-piratelabs"}`},
			found(adminRow),
			{org + "/setMemberAccess", bearer, `{"user-eve": {"level": "MEMBER", "allowBillableActivities": false, "appAccess": true, "projectAccess": "CONTRIBUTE"}}`,
				`{"id": "org-piratelabs"}`},
			found(memberRow),
		}},
		{"remove member", dx("remove"), []exchange{
			invite(`"level": "MEMBER"`),
			found(memberRow),
			{org + "/removeMember", bearer, `{"user": "user-eve", "revokeProjectPermissions": true, "revokeAppPermissions": true}`,
				`{"id": "org-piratelabs", "projects": {}, "apps": {}}`},
			found(``),
			{org + "/removeMember", bearer, `{"user": "user-eve", "revokeProjectPermissions": true, "revokeAppPermissions": true}`,
				`{"id": "org-piratelabs", "projects": {}, "apps": {}}`},
		}},
		{"new org", dx("new"), []exchange{
			{"/org/new", bearer, `{"handle": "New_Lab", "name": "New Lab", "policies": {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"}, "nonce": "1795654354245.1"}`,
				`{"id": "org-new_lab"}`},
			{"/org-new_lab/describe", bearer, `{}`, `{"class": "org", "handle": "New_Lab", "name": "New Lab", "level": "ADMIN", "admin": ["user-alice"],
				"policies": {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"}, "userCreationFeaturesEnabled": false}`},
			{"/org/new", bearer, `{"handle": "Plain", "name": "Plain", "policies": {}, "nonce": "1795654354245.2"}`, `{"id": "org-plain"}`},
			{"/org-plain/describe", bearer, `{}`, `{"policies": {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "MEMBER"}}`},
		}},
		{"update org", dx("update"), []exchange{
			{org + "/update", bearer, `{"name": "New name", "policies": {"memberListVisibility": "PUBLIC", "restrictProjectTransfer": "MEMBER", "jobReuse": false,
				"detailedJobMetricsCollectDefault": true}, "samlIdP": "idp-1", "jobLogsForwarding": {"url": "https://logs.example.org"}}`, `{"id": "org-piratelabs"}`},
			{org + "/describe", bearer, `{}`, `{"name": "New name", "policies": {"memberListVisibility": "PUBLIC", "jobReuse": false,
				"detailedJobMetricsCollectDefault": true, "autoLogoutAfter": null}, "samlIdP": "idp-1", "jobLogsForwarding": {"url": "https://logs.example.org"}}`},
			{org + "/update", bearer, `{"samlIdP": null, "jobLogsForwarding": null}`, `{"id": "org-piratelabs"}`},
			{org + "/describe", bearer, `{}`, `{"name": "New name", "samlIdP": null, "jobLogsForwarding": null, "policies": {"jobReuse": false}}`},
		}},
		{"describe org-ID", dx("describe"), []exchange{
			{org + "/describe", bearer, `{}`, `{"id": "org-piratelabs", "class": "org", "handle": "piratelabs", "name": "Pirate Labs", "admin": ["user-alice"],
				"level": "ADMIN", "allowBillableActivities": true, "appAccess": true, "projectAccess": "ADMINISTER",
				"policies": {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "MEMBER", "jobReuse": true,
					"detailedJobMetricsCollectDefault": false, "autoLogoutAfter": null},
				"phiFeaturesEnabled": true, "userCreationFeaturesEnabled": true, "defaultRegion": "aws:us-east-1",
				"permittedRegions": ["aws:us-east-1", "azure:westus"], "samlIdP": null, "jobLogsForwarding": null, "billingInformation": null}`},
		}},
		{"new user --org --set-bill-to --on-behalf-of", dx("new"), []exchange{
			{"/user/new", bearer, `{"username": "Dora", "email": "dora@example.org", "first": "Dora", "middle": "", "last": "D", "tokenDuration": 86400000,
				"occupation": "Pirate", "billTo": "org-piratelabs", "provisioningOrg": "org-piratelabs"}`,
				`{"status": "EmailValidationRequired", "message": "The account needs its first password. No e-mail was sent: pass on the activation code", "emailSentTo": ""}`},
			{org + "/invite", bearer, `{"invitee": "user-dora", "level": "MEMBER", "allowBillableActivities": true, "appAccess": true, "projectAccess": "CONTRIBUTE", "suppressEmailNotification": false}`,
				`{"state": "accepted"}`},
			{"/user-dora/describe", bearer, `{}`, `{"id": "user-dora", "class": "user", "handle": "Dora", "first": "Dora", "last": "D"}`},
		}},
	}
}

func TestDXWithUsersAndOrgs(t *testing.T) {
	for _, r := range asDXWithOrgs() {
		t.Run(r.command, func(t *testing.T) { r.run(newIsolated(t)) })
	}
}
