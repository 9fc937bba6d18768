package dnanexus_test

import (
	"testing"
	"time"
)

// The orgs of testdata/platform.yaml: carol administers the clinic, whose policy
// is 5 minutes, and alice the other.
const clinic, pirates = "/org-clinic", "/org-piratelabs"

func TestDescribeOrg(t *testing.T) {
	p := newPlatform(t)
	p.post(clinic+"/describe", carolFull, `{}`).expect(t, 200, `{"id": "org-clinic", "class": "org", "handle": "clinic",
		"name": "Clinic", "level": "ADMIN", "policies": {"autoLogoutAfter": 300000}}`)
	p.post(pirates+"/describe", aliceFull, `{}`).expect(t, 200, `{"policies": {"autoLogoutAfter": null}}`)
	p.post(clinic+"/describe", carolFull, `{"fields": {"name": true}}`).expect(t, 200, `{"id": "org-clinic", "name": "Clinic"}`)
	p.post(clinic+"/describe", aliceFull, `{}`).isExactly(t, `{"id": "org-clinic", "class": "org", "handle": "clinic", "name": "Clinic"}`)
	p.post(pirates+"/describe", aliceRead, `{}`).refuses(t, 401, "PermissionDenied", "The token in use does not reach that far")
	p.post("/org-none/describe", aliceFull, `{}`).refuses(t, 404, "ResourceNotFound", "The org could not be found")
}

func TestUpdateOrg(t *testing.T) {
	p := newPlatform(t)
	steps := []struct{ body, want string }{
		{`{"policies": {"autoLogoutAfter": 60000}}`, `{"name": "Clinic", "policies": {"autoLogoutAfter": 60000}}`},
		{`{"policies": {"autoLogoutAfter": 2592000000}}`, `{"policies": {"autoLogoutAfter": 2592000000}}`},
		{`{"name": "Ward 7"}`, `{"name": "Ward 7", "policies": {"autoLogoutAfter": 2592000000}}`},
		{`{}`, `{"name": "Ward 7", "policies": {"autoLogoutAfter": 2592000000}}`},
		{`{"policies": null}`, `{"policies": {"autoLogoutAfter": 2592000000}}`},
		{`{"policies": {"memberListVisibility": "ADMIN"}, "samlIdP": "x"}`, `{"policies": {"autoLogoutAfter": 2592000000}}`},
		{`{"policies": {"autoLogoutAfter": null}}`, `{"policies": {"autoLogoutAfter": null}}`},
	}
	for _, step := range steps {
		p.post(clinic+"/update", carolFull, step.body).expect(t, 200, `{"id": "org-clinic"}`)
		p.post(clinic+"/describe", carolFull, `{}`).expect(t, 200, step.want)
	}
}

func TestUpdateOrgRefusals(t *testing.T) {
	p := newPlatform(t)
	const (
		bounds = "policies.autoLogoutAfter must be null, or milliseconds from 1 minute to 30 days"
		form   = `expected key "policies.autoLogoutAfter" of input to be null or an integer`
		five   = `{"policies": {"autoLogoutAfter": 300000}}`
	)
	tests := []struct {
		name, path, token, body string
		status                  int
		errorType, message      string
	}{
		{"too short", clinic, carolFull, `{"policies": {"autoLogoutAfter": 59999}}`, 422, "InvalidInput", bounds},
		{"too long", clinic, carolFull, `{"policies": {"autoLogoutAfter": 2592000001}}`, 422, "InvalidInput", bounds},
		{"zero", clinic, carolFull, `{"policies": {"autoLogoutAfter": 0}}`, 422, "InvalidInput", bounds},
		{"negative", clinic, carolFull, `{"policies": {"autoLogoutAfter": -60000}}`, 422, "InvalidInput", bounds},
		{"fraction", clinic, carolFull, `{"policies": {"autoLogoutAfter": 60000.5}}`, 422, "InvalidInput", form},
		{"beyond all numbers", clinic, carolFull, `{"policies": {"autoLogoutAfter": 1e30}}`, 422, "InvalidInput", form},
		{"text", clinic, carolFull, `{"policies": {"autoLogoutAfter": "5m"}}`, 422, "InvalidInput", form},
		{"no policies", clinic, carolFull, `{"policies": 5}`, 422, "InvalidInput", `expected key "policies" of input to be a hash`},
		{"empty name", clinic, carolFull, `{"name": ""}`, 422, "InvalidInput", "name must have from 1 to 512 bytes and no NUL character"},
		{"not an admin", clinic, aliceFull, five, 401, "PermissionDenied", "Administrator access to org-clinic required to perform this operation"},
		{"narrow token", pirates, aliceRead, five, 401, "PermissionDenied", "The token in use does not reach that far"},
		{"no org", "/org-none", carolFull, five, 404, "ResourceNotFound", "The org could not be found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.in(t).post(tt.path+"/update", tt.token, tt.body).refuses(t, tt.status, tt.errorType, tt.message)
		})
	}
	p.post(clinic+"/describe", carolFull, `{}`).expect(t, 200, `{"name": "Clinic", "policies": {"autoLogoutAfter": 300000}}`)
}

// The session of carol has the idle limit of her org, also after it changes.
func TestAPolicyShortensARunningSession(t *testing.T) {
	p := newPlatform(t)
	a := p.post("/system/newAuthToken", "", `{"username": "carol", "password": "singer-2026"}`)
	a.expect(t, 200, `{"idleTimeout": 300000}`)
	session := a.text(t, "access_token")
	p.Advance(5*time.Minute - time.Second)
	p.isGood(session)
	p.post(clinic+"/update", carolFull, `{"policies": {"autoLogoutAfter": 60000}}`).expect(t, 200, `{"id": "org-clinic"}`)
	p.Advance(time.Minute)
	p.hasEnded(session, "idle")
	p.isGood(carolFull)
}
