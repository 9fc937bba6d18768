package dnanexus_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
)

// nul is a text that PostgreSQL, an environment and many programs can't keep.
const nul = `a\u0000b`

// textInputs has, for each route, bodies in which each text of the input in turn is nul.
// NUL stands for it. A code or a password with NUL is only a wrong one.
var textInputs = map[string][]string{
	"system/newAuthToken": {
		`{"label": "NUL"}`, `{"label": "x", "scope": {"projects": {"NUL": "VIEW"}}}`, `{"label": "x", "scope": {"full": true, "excludedOrgs": ["NUL"]}}`,
		`{"grant_type": "NUL"}`, `{"username": "NUL", "password": "wonderland-2026"}`,
	},
	"system/destroyAuthToken":       {`{"tokenSignature": "NUL"}`},
	"account/findAccessTokens":      {`{"name": "NUL"}`, `{"signature": "NUL"}`, `{"types": ["NUL"]}`},
	"account/updateAuthToken":       {`{"signature": "NUL", "label": "x"}`, `{"signature": "SIGNATURE", "label": "NUL"}`},
	"account/updateSettings":        {`{"first": "NUL", "password": "wonderland-2026"}`, `{"middle": "NUL", "password": "wonderland-2026"}`, `{"last": "NUL", "password": "wonderland-2026"}`},
	"account/resendActivationEmail": {`{"usernameOrEmail": "NUL"}`},
	"account/destroySessions":       {`{"ids": ["NUL"]}`},
	"account/acceptOrg":             {`{"org": "NUL"}`},
	"account/leaveOrg":              {`{"org": "NUL"}`},
	"account/activateUser":          {`{"code": "NUL", "password": "some-password-2026"}`},
	"user/new": {
		`{"username": "NUL", "email": "n@example.com", "first": "N"}`, `{"username": "new1", "email": "NUL", "first": "N"}`,
		`{"username": "new2", "email": "n2@example.com", "first": "NUL"}`, `{"username": "new3", "email": "n3@example.com", "first": "N", "middle": "NUL"}`,
		`{"username": "new4", "email": "n4@example.com", "last": "NUL"}`, `{"username": "new5", "email": "n5@example.com", "first": "N", "billTo": "NUL"}`,
		`{"username": "new6", "email": "n6@example.com", "first": "N", "provisioningOrg": "NUL"}`,
	},
	"user-*/updateEmail": {`{"newEmail": "NUL", "password": "wonderland-2026"}`, `{"newEmail": "a@NUL.example", "password": "wonderland-2026"}`},
	"user-*/update": {
		`{"first": "NUL"}`, `{"middle": "NUL"}`, `{"last": "NUL"}`, `{"sshPublicKey": "ssh-ed25519 NUL"}`, `{"billTo": "NUL"}`,
	},
	"user-*/lockUserAccount":   {`{"user_id": "NUL", "org_id": "org-pirates"}`, `{"user_id": "user-alice", "org_id": "NUL"}`},
	"user-*/unlockUserAccount": {`{"user_id": "NUL", "org_id": "org-pirates"}`, `{"user_id": "user-alice", "org_id": "NUL"}`},
	"user-*/resetUserMFA":      {`{"admin_id": "NUL"}`, `{"org_id": "NUL"}`, `{"user_id": "NUL"}`},
	"admin/describeUser":       {`{"user": "NUL"}`},
	"admin/disableUser":        {`{"user": "NUL"}`},
	"admin/enableUser":         {`{"user": "NUL"}`},
	"admin/unlockUser":         {`{"user": "NUL"}`},
	"admin/licenseOrg":         {`{"org": "NUL"}`},
	"admin/findIdentities":     {`{"user": "NUL"}`},
	"admin/linkIdentity": {
		`{"user": "NUL", "provider": "lab", "subject": "1"}`, `{"user": "bob", "provider": "NUL", "subject": "1"}`, `{"user": "bob", "provider": "lab", "subject": "NUL"}`,
	},
	"admin/unlinkIdentity": {
		`{"user": "NUL", "provider": "lab", "subject": "1"}`, `{"user": "bob", "provider": "NUL", "subject": "1"}`, `{"user": "bob", "provider": "lab", "subject": "NUL"}`,
	},
	"admin/verifyEmail":  {`{"user": "NUL"}`},
	"admin/newEmailCode": {`{"user": "NUL"}`},
	"admin/findUsers":    {`{"starting": "NUL"}`},
	"admin/bootstrap":    {`{"code": "CODE", "username": "NUL", "email": "n@example.com", "first": "N", "password": "some-password-2026"}`},
	"org/new": {
		`{"handle": "NUL", "name": "N"}`, `{"handle": "n1", "name": "NUL"}`, `{"handle": "n2", "name": "N", "nonce": "NUL"}`,
	},
	"org-*/update":            {`{"name": "NUL"}`, `{"samlIdP": "NUL"}`},
	"org-*/invite":            {`{"invitee": "NUL"}`, `{"invitee": "a@NUL.example"}`, `{"invitee": "user-bob", "level": "NUL"}`},
	"org-*/setMemberAccess":   {`{"NUL": {"level": "MEMBER"}}`},
	"org-*/removeMember":      {`{"user": "NUL"}`},
	"org-*/findMembers":       {`{"id": "NUL"}`, `{"level": "NUL"}`, `{"starting": "NUL"}`},
	"org-*/findMemberTokens":  {`{"user": "NUL"}`},
	"org-*/revokeMemberToken": {`{"signature": "NUL"}`},
	"org-*/addTrustRule": {
		`{"issuer": "NUL", "claims": {"sub": "x"}, "projects": {"` + exome + `": "VIEW"}}`,
		`{"issuer": "ci", "claims": {"NUL": "x"}, "projects": {"` + exome + `": "VIEW"}}`,
		`{"issuer": "ci", "claims": {"sub": "NUL"}, "projects": {"` + exome + `": "VIEW"}}`,
		`{"issuer": "ci", "claims": {"sub": "x"}, "projects": {"NUL": "VIEW"}}`,
		`{"issuer": "ci", "claims": {"sub": "x"}, "projects": {"` + exome + `": "VIEW"}, "user": "NUL"}`,
	},
	"org-*/testTrustRule":   {`{"token": "NUL"}`},
	"org-*/removeTrustRule": {`{"id": "NUL"}`},
	"org-*/findProjects":    {`{"name": "NUL"}`, `{"tags": "NUL"}`},
	"system/findOrgs":       {`{"level": "NUL"}`, `{"starting": "NUL"}`},
	"system/findProjects": {
		`{"name": "NUL"}`, `{"name": {"glob": "NUL*"}}`, `{"billTo": "NUL"}`, `{"createdBy": "NUL"}`, `{"region": "NUL"}`, `{"tags": "NUL"}`,
		`{"properties": {"NUL": true}}`, `{"properties": {"k": "NUL"}}`, `{"starting": "NUL"}`,
	},
	"project/new": {
		`{"name": "NUL"}`, `{"name": "n", "summary": "NUL"}`, `{"name": "n", "description": "NUL"}`, `{"name": "n", "region": "NUL"}`,
		`{"name": "n", "billTo": "NUL"}`, `{"name": "n", "tags": ["NUL"]}`, `{"name": "n", "properties": {"NUL": "v"}}`,
		`{"name": "n", "properties": {"k": "NUL"}}`, `{"name": "n", "allowedExecutables": ["app-NUL"]}`,
	},
	"project-*/update": {
		`{"name": "NUL"}`, `{"summary": "NUL"}`, `{"description": "NUL"}`, `{"billTo": "NUL"}`, `{"allowedExecutables": ["NUL"]}`,
	},
	"project-*/addTags":             {`{"tags": ["NUL"]}`, `{"tags": ["a", "NUL"]}`},
	"project-*/removeTags":          {`{"tags": ["NUL"]}`},
	"project-*/setProperties":       {`{"properties": {"NUL": "v"}}`, `{"properties": {"k": "NUL"}}`},
	"account/unlinkIdentity":        {`{"id": "NUL"}`},
	"project-*/newFolder":           {`{"folder": "/NUL"}`, `{"folder": "/a/NUL", "parents": true}`},
	"project-*/removeFolder":        {`{"folder": "/NUL"}`},
	"project-*/renameFolder":        {`{"folder": "/NUL", "newpath": "/x"}`, `{"folder": "/x", "newpath": "/NUL"}`},
	"project-*/listFolder":          {`{"folder": "/NUL"}`},
	"project-*/invite":              {`{"invitee": "NUL", "level": "VIEW"}`, `{"invitee": "a@NUL.example", "level": "VIEW"}`},
	"project-*/decreasePermissions": {`{"NUL": null}`},
	"project-*/removeObjects":       {`{"objects": ["NUL"]}`},
	"system/findDataObjects":        {`{"scope": {"project": "NUL"}}`},
	"system/resolveDataObjects":     {`{"project": "NUL", "objects": []}`},
}

// withoutTexts are the routes whose input has no text but passwords and codes.
var withoutTexts = []string{
	"system/getUserInfo", "account/listAuthTokens", "account/listSessions", "account/findOrgs", "account/changePassword", "account/confirmEmail",
	"account/sendEmailCode", "account/findIdentities",
	"account/twoFactor/status", "account/twoFactor/enroll", "account/twoFactor/confirm", "account/twoFactor/activate",
	"account/twoFactor/disable", "account/twoFactor/regenerateRecoveryCodes",
	"system/whoami", "system/greet", "user-*/describe", "org-*/describe", "org-*/listTrustRules", "project-*/describe", "project-*/destroy", "project-*/leave",
	"system/findApps", "system/findGlobalWorkflows", "system/findExecutions", "system/comeBackLater", "system/headers",
}

// A text with NUL is refused on every route or finds nothing, whichever text of the input
// it is. Nothing of it is stored, so nothing that the server returns has one.
func TestTextWithNUL(t *testing.T) {
	p := newPlatform(t)
	session := p.login("alice", "wonderland-2026")
	paths := map[string]string{"user-*": "user-alice", "org-*": "org-pirates", "project-*": exome}
	for _, route := range dnanexus.New(nil, dnanexus.Extensions{}, nil).Routes() {
		name := route.Resource + "/" + route.Method
		bodies, listed := textInputs[name]
		if isAbsent := strings.HasSuffix(name, "-*/*"); listed == (isAbsent || slices.Contains(withoutTexts, name)) {
			t.Errorf("%s has to be either in textInputs or in withoutTexts", name)
		}
		resource := route.Resource
		if entity := paths[resource]; entity != "" {
			resource = entity
		}
		for _, body := range bodies {
			got := p.post("/"+resource+"/"+route.Method, session, strings.ReplaceAll(body, "NUL", nul))
			finds := got.status == 200 && isSearchOrRemoval(route.Method)
			if !finds && (got.status < 400 || got.status >= 500 || got.status == 429) {
				t.Errorf("%s %s: %d %s", name, body, got.status, got.body)
			}
			if strings.Contains(string(got.body), "\\u0000") {
				t.Errorf("%s %s returns it: %s", name, body, got.body)
			}
		}
	}
	stored := p.post("/system/findProjects", session, `{"describe": {"fields": {"tags": true, "properties": true, "allowedExecutables": true}}}`)
	if text := string(stored.body); !strings.Contains(text, exome) || strings.Contains(text, "u0000") {
		t.Errorf("stored: %s", text)
	}
}

// isSearchOrRemoval reports whether a method looks for something by a text, and succeeds
// without any.
func isSearchOrRemoval(method string) bool {
	return strings.HasPrefix(method, "find") || strings.HasPrefix(method, "remove") || method == "decreasePermissions"
}
