package dnanexus_test

import (
	"slices"
	"testing"
	"time"
)

// Restricting downloads restricts the viewer, too; both must be lifted together.
func TestRestrictedDownloads(t *testing.T) {
	p := newPlatform(t)
	update := func(body string) answer { return p.post("/"+exome+"/update", aliceFull, body) }
	shows := func(want string) {
		t.Helper()
		p.post("/"+exome+"/describe", aliceFull, `{}`).expect(t, 200, want)
	}
	update(`{"downloadRestricted": true}`).expect(t, 200, `{"id": "`+exome+`"}`)
	shows(`{"downloadRestricted": true, "previewViewerRestricted": true, "version": 1}`)
	update(`{"downloadRestricted": false}`).refuses(t, 422, "InvalidInput", "downloadRestricted can't be false while previewViewerRestricted is true")
	shows(`{"downloadRestricted": true, "previewViewerRestricted": true, "version": 1}`)
	update(`{"previewViewerRestricted": false}`).expect(t, 200, `{}`)
	update(`{"downloadRestricted": false}`).expect(t, 200, `{}`)
	shows(`{"downloadRestricted": false, "previewViewerRestricted": false, "version": 3}`)
}

func TestUpdateOfAVersion(t *testing.T) {
	p := newPlatform(t)
	p.post("/"+exome+"/update", aliceFull, `{"name": "first", "version": 0}`).expect(t, 200, `{}`)
	p.post("/"+exome+"/update", aliceFull, `{"name": "second", "version": 0}`).refuses(t, 422, "InvalidState", "The project has a different version now")
	p.post("/"+exome+"/describe", aliceFull, `{}`).expect(t, 200, `{"name": "first", "version": 1}`)
}

// Only a project that a licensed org pays for can contain PHI, and then forever.
func TestPHIOfAProject(t *testing.T) {
	p := newPlatform(t)
	made := p.post("/project/new", carolFull, `{"name": "Ward"}`).text(t, "id")
	update := func(body string) answer { return p.post("/"+made+"/update", carolFull, body) }
	update(`{"containsPHI": true}`).refuses(t, 401, "PermissionDenied", "PHI features must be enabled for user-carol")
	update(`{"containsPHI": false}`).expect(t, 200, `{}`)
	update(`{"containsPHI": true, "billTo": "org-clinic"}`).expect(t, 200, `{}`)
	p.post("/"+made+"/describe", carolFull, `{}`).expect(t, 200, `{"containsPHI": true, "billTo": "org-clinic"}`)
	update(`{"containsPHI": false}`).refuses(t, 422, "InvalidInput", "containsPHI can't be taken back")
	update(`{"billTo": "user-carol"}`).refuses(t, 401, "PermissionDenied", "PHI features must be enabled for user-carol")
	update(`{"name": "Ward 7"}`).expect(t, 200, `{}`)
}

// In a protected project only administrators can delete; nothing else changes.
func TestProtectedProjects(t *testing.T) {
	p := newPlatform(t)
	p.post("/"+rare+"/newFolder", aliceFull, `{"folder": "/a"}`).expect(t, 200, `{}`)
	p.post("/"+rare+"/update", carolFull, `{"protected": true}`).expect(t, 200, `{}`)
	const denied = "Requires ADMINISTER access to the project"
	p.post("/"+rare+"/removeFolder", aliceFull, `{"folder": "/a"}`).refuses(t, 401, "PermissionDenied", denied)
	p.post("/"+rare+"/removeFolder", aliceFull, `{"folder": "/nowhere", "force": true}`).refuses(t, 401, "PermissionDenied", denied)
	p.post("/"+rare+"/removeObjects", aliceFull, `{"objects": []}`).refuses(t, 401, "PermissionDenied", denied)
	p.post("/"+rare+"/renameFolder", aliceFull, `{"folder": "/a", "newpath": "/b"}`).expect(t, 200, `{}`)
	p.post("/"+rare+"/removeFolder", carolFull, `{"folder": "/b"}`).expect(t, 200, `{"completed": true}`)
}

func TestLeavingAProject(t *testing.T) {
	p := newPlatform(t)
	p.post("/"+rare+"/leave", aliceFull, `{}`).expect(t, 200, `{"id": "`+rare+`"}`)
	p.post("/"+rare+"/describe", aliceFull, `{}`).refuses(t, 401, "PermissionDenied", "Requires VIEW access to the project")
	p.post("/"+viewOnly+"/leave", aliceFull, `{}`).expect(t, 200, `{}`) // her access comes from the org and stays
	p.post("/"+viewOnly+"/describe", aliceFull, `{}`).expect(t, 200, `{"level": "VIEW"}`)
	p.post("/"+exome+"/leave", aliceRead, `{}`).refuses(t, 401, "PermissionDenied", "Requires ADMINISTER access to the project")
}

// A description has the ID and the fields asked for; with defaultFields, all others too.
func TestFieldsOfAProject(t *testing.T) {
	p := newPlatform(t)
	fields := func(body string) []string {
		t.Helper()
		a := p.post("/"+exome+"/describe", aliceFull, body)
		object, isObject := decoded(t, a.body).(map[string]any)
		if a.status != 200 || !isObject {
			t.Fatalf("%d %s", a.status, a.body)
		}
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	standard := []string{
		"allowedExecutables", "atSpendingLimit", "billTo", "class", "consumedSponsoredEgressBytes", "containsPHI", "created", "createdBy",
		"dataUsage", "databaseResultsRestricted", "databaseUIViewOnly", "description", "downloadRestricted", "externalUploadRestricted", "id",
		"level", "modified", "name", "previewViewerRestricted", "protected", "region", "restricted", "sponsoredDataUsage", "storageCost",
		"summary", "tags", "totalSponsoredEgressBytes", "version",
	}
	with := func(names ...string) []string {
		all := append(slices.Clone(standard), names...)
		slices.Sort(all)
		return all
	}
	for body, want := range map[string][]string{
		`{}`:                                standard,
		`{"unknown": true, "fields": null}`: standard,
		`{"properties": true}`:              with("properties"),
		`{"permissions": true, "appCaches": true}`: with("permissions", "appCaches"),
		`{"fields": {}}`: {"id"},
		`{"fields": {"name": true, "level": false, "unknown": true}}`:               {"id", "name"},
		`{"fields": {"properties": true}}`:                                          {"id", "properties"},
		`{"fields": {"name": true}, "permissions": true}`:                           {"id", "name", "permissions"},
		`{"fields": {"name": true, "properties": true}, "defaultFields": true}`:     with("properties"),
		`{"fields": {"name": true}, "defaultFields": false}`:                        {"id", "name"},
		`{"fields": {"id": true, "fileUploadParameters": true, "dataUsage": true}}`: {"dataUsage", "id"},
	} {
		if got := fields(body); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", body, got, want)
		}
	}
}

func TestFilters(t *testing.T) {
	p := newPlatform(t)
	p.post("/"+rare+"/addTags", carolFull, `{"tags": ["exome", "rare"]}`).expect(t, 200, `{}`)
	p.post("/"+rare+"/setProperties", carolFull, `{"properties": {"site": "", "lab": "7"}}`).expect(t, 200, `{}`)
	p.Advance(time.Hour)
	p.post("/"+rare+"/update", carolFull, `{"externalUploadRestricted": true}`).expect(t, 200, `{}`)
	for body, want := range map[string][]string{
		`{"level": "VIEW"}`:                     {exome, rare, viewOnly},
		`{}`:                                    {exome, rare},
		`{"tags": "exome"}`:                     {exome, rare},
		`{"tags": {"$and": ["exome", "rare"]}}`: {rare},
		`{"tags": {"$or": ["rare", "none"]}}`:   {rare},
		`{"tags": {"$or": []}}`:                 nil,
		`{"tags": {"$and": []}}`:                {exome, rare},
		`{"tags": {"$and": ["exome", {"$or": ["rare", "none"]}]}}`: {rare},
		`{"tags": {"$and": ["exome"], "$or": ["rare"]}}`:           {rare},
		`{"tags": "Exome"}`:                                                       nil,
		`{"properties": {"site": true}}`:                                          {exome, rare},
		`{"properties": {"site": ""}}`:                                            {rare},
		`{"properties": {"site": "Oxford", "lab": true}}`:                         nil,
		`{"properties": {"$or": [{"site": "Oxford"}, {"lab": "7"}]}}`:             {exome, rare},
		`{"properties": {"$and": [{"site": true}, {"lab": true}]}}`:               {rare},
		`{"properties": {}}`:                                                      {exome, rare},
		`{"tags": "exome", "properties": {"lab": "7"}}`:                           {rare},
		`{"created": {"after": 1772366400000}}`:                                   {exome, rare},
		`{"created": {"after": 1772366400001}}`:                                   nil,
		`{"created": {"before": 1772366399999}}`:                                  nil,
		`{"created": {}}`:                                                         {exome, rare},
		`{"modified": {"after": 1772366400001}}`:                                  {rare},
		`{"modified": {"before": 1772366400000}}`:                                 {exome},
		`{"region": "aws:us-east-1"}`:                                             {exome, rare},
		`{"region": ["azure:westus", "moon"]}`:                                    nil,
		`{"containsPHI": true}`:                                                   nil,
		`{"containsPHI": false}`:                                                  {exome, rare},
		`{"externalUploadRestricted": true}`:                                      {rare},
		`{"externalUploadRestricted": false}`:                                     {exome},
		`{"billTo": "user-alice"}`:                                                {exome},
		`{"createdBy": "user-carol"}`:                                             {rare},
		`{"level": "VIEW", "public": true, "created": {"before": 1446000000000}}`: {public},
		`{"level": "VIEW", "public": false, "name": {"glob": "?are*"}}`:           {rare},
	} {
		var got []string
		for _, result := range p.findProjects(aliceFull, body).Results {
			got = append(got, result.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v", body, got, want)
		}
	}
}

// Classes that the server does not have are refused in the platform's order: an invalid
// token first, then a missing login, then the unknown entity.
func TestAbsentClasses(t *testing.T) {
	p := newPlatform(t)
	const job, file = "/job-B0K01f000000000000000000/describe", "/file-B0K01f000000000000000000/describe"
	for _, path := range []string{job, file, "/analysis-x/terminate", "/workflow-x/anything-at-all"} {
		p.post(path, expired, `{}`).refuses(t, 401, "InvalidAuthentication", "The supplied authentication token has expired")
		p.post(path, "unknown", `{}`).refuses(t, 401, "InvalidAuthentication", "The token could not be found")
	}
	for _, path := range []string{file, "/workflow-x/anything-at-all"} {
		p.post(path, aliceRead, `{}`).expect(t, 404, `{"error": {"type": "ResourceNotFound"}}`)
	}
	// dx describe file-ID reads the project first, as a hint where the object is.
	p.post("/"+exome+"/describe", aliceFull, `{"fields": {"id": true}}`).expect(t, 200, `{"id": "`+exome+`"}`)
	p.post(file, aliceFull, `{"project": "`+exome+`", "defaultFields": true, "fields": {"properties": true}}`).
		refuses(t, 404, "ResourceNotFound", `The entity "file-B0K01f000000000000000000" could not be found`)
	for _, token := range []string{"", "PUBLIC"} {
		p.post(file, token, `{}`).refuses(t, 401, "InvalidAuthentication", notLoggedIn)
	}
}

func TestComeBackLater(t *testing.T) {
	p := newPlatform(t)
	const unavailable = "Some resource was temporarily unavailable; please try again later"
	for body, retryAfter := range map[string]string{
		`{"waitUntil": 1772366400001}`:                         "2",
		`{"waitUntil": 1772366400001, "setRetryAfter": true}`:  "2",
		`{"waitUntil": 1772366400001, "setRetryAfter": false}`: "",
	} {
		a := p.post("/system/comeBackLater", aliceFull, body)
		a.refuses(t, 503, "ServiceUnavailable", unavailable)
		if got := a.header.Get("Retry-After"); got != retryAfter {
			t.Errorf("%s: Retry-After is %q, want %q", body, got, retryAfter)
		}
	}
	p.Advance(time.Second)
	p.post("/system/comeBackLater", aliceFull, `{"waitUntil": 1772366400001}`).expect(t, 200, `{"currentTime": 1772366401000}`)
}

// Clients may log the response, so it repeats no secret.
func TestHeadersHoldNoSecret(t *testing.T) {
	p := newPlatform(t)
	a := p.raw("POST /system/headers HTTP/1.1\r\nHost: " + p.address + "\r\nAuthorization: " + bearerFull +
		"\r\nCookie: secret-cookie\r\nX-One: a\r\nX-One: b\r\nContent-Length: 2\r\n\r\n{}")
	a.expect(t, 200, `{"x-one": "a, b"}`)
	object, _ := decoded(t, a.body).(map[string]any)
	for _, name := range []string{"authorization", "cookie"} {
		if value, there := object[name]; there {
			t.Errorf("%s is in the response: %v", name, value)
		}
	}
}
