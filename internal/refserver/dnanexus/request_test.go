package dnanexus_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

const notABody = "the body is not valid JSON"

func TestInvalidJSON(t *testing.T) {
	p := newPlatform(t)
	for _, body := range []string{``, ` `, `{`, `{"a":}`, `{} {}`, `{}x`, `{'a': 1}`, `undefined`, strings.Repeat("[", 20_000)} {
		p.post("/system/whoami", aliceFull, body).refuses(t, 400, "MalformedJSON", notABody)
	}
	for _, body := range []string{`[]`, `"x"`, `null`, `5`, `true`} {
		p.post("/system/whoami", aliceFull, body).refuses(t, 422, "InvalidInput", "input is not a hash")
	}
	for _, body := range []string{`{}`, " {}\r\n", `{"unknown": [{"deep": null}]}`} {
		p.post("/system/whoami", aliceFull, body).expect(t, 200, `{"id": "user-alice"}`)
	}
}

func TestContentTypes(t *testing.T) {
	p := newPlatform(t)
	ask := func(header string) answer {
		return p.raw("POST /system/whoami HTTP/1.1\r\nHost: " + p.address + "\r\nAuthorization: " + bearerFull +
			"\r\n" + header + "Content-Length: 2\r\n\r\n{}")
	}
	for _, header := range []string{"", "Content-Type: application/json; charset=utf-8\r\n", "Content-Type: Application/JSON\r\n"} {
		ask(header).expect(t, 200, `{"id": "user-alice"}`)
	}
	for _, value := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", "json"} {
		ask("Content-Type: "+value+"\r\n").refuses(t, 400, "MalformedJSON", "the content type must be application/json")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	p := newPlatform(t)
	const limit = 64 << 10
	padded := func(size int) string { return `{"pad": "` + strings.Repeat("x", size-11) + `"}` }
	p.post("/system/whoami", aliceFull, padded(limit)).expect(t, 200, `{"id": "user-alice"}`)
	p.post("/system/whoami", aliceFull, padded(limit+1)).refuses(t, 400, "MalformedJSON", "the body is larger than 65536 bytes")
	const stranger = 8 << 10
	p.post("/system/greet", "", padded(stranger)).expect(t, 200, `{"messages": []}`)
	for _, path := range []string{"/system/newAuthToken", "/account/activateUser", "/admin/bootstrap", "/system/greet"} {
		p.post(path, "", padded(stranger+1)).refuses(t, 400, "MalformedJSON", "the body is larger than 8192 bytes")
	}
}

// A body that is shorter than its length gets a response, too.
func TestTruncatedBody(t *testing.T) {
	p := newPlatform(t)
	connection, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	request := "POST /system/whoami HTTP/1.1\r\nHost: " + p.address + "\r\nContent-Length: 20\r\n\r\n{"
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	p.readFrom(connection).refuses(t, 400, "MalformedJSON", "the body could not be read to its end")
}

// A body that is nested as deeply as its size allows is refused, whether it is closed or
// not, and where it is: alone, or in a field that is not read.
func TestNestedBodies(t *testing.T) {
	p := newPlatform(t)
	const depth = 30 << 10
	open, objects := strings.Repeat("[", depth), strings.Repeat(`{"a":`, 12<<10)
	for name, body := range map[string]string{
		"arrays":                 open + strings.Repeat("]", depth),
		"arrays that stay open":  open,
		"objects":                objects + "1" + strings.Repeat("}", 12<<10),
		"objects that stay open": objects,
		"in a field":             `{"x": ` + open + strings.Repeat("]", depth) + "}",
	} {
		for _, path := range []string{"/system/whoami", "/system/findProjects", "/project/new"} {
			t.Run(name+" "+path, func(t *testing.T) {
				if got := p.post(path, aliceFull, body); got.status != 400 {
					t.Errorf("got %d %.200s", got.status, got.body)
				}
			})
		}
	}
	p.post("/system/whoami", aliceFull, "{}").expect(t, 200, `{"id": "user-alice"}`)
}

func TestABodyInChunks(t *testing.T) {
	p := newPlatform(t)
	p.raw("POST /system/whoami HTTP/1.1\r\nHost: "+p.address+"\r\nAuthorization: "+bearerFull+
		"\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n").expect(t, 200, `{"id": "user-alice"}`)
}

func TestNoRoute(t *testing.T) {
	p := newPlatform(t)
	for _, path := range []string{
		"/", "//", "///", "/system", "/system/", "/system/nothing", "/system/whoami/", "/system//whoami", "//system/whoami",
		"/system/whoami/x", "/None/describe", "/foo/listFolder", "//listFolder", "/does_not_exist/invite",
		"/org/whoami", "/project/describe", "/project-*/new", "/-/describe", "/%C3%A9t%C3%A9/describe", "/été-1/describe",
		"/..%2fsystem/whoami", "/%00/describe", "/healthz/", "//healthz", "/./healthz", "/.well-known/dxauth/../x", "/oauth2/nothing",
	} {
		for _, method := range []string{"POST", "GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"} {
			if method == "GET" && path == "/" {
				continue // leads browsers to the pages
			}
			p.raw(method+" "+path+" HTTP/1.1\r\nHost: "+p.address+"\r\nContent-Length: 2\r\n\r\n{}").
				expect(t, 404, `{"error": {"type": "ResourceNotFound"}}`)
		}
	}
}

// A known route exists for POST only; the answer is never 405 or 501.
func TestOtherMethodsOfARoute(t *testing.T) {
	p := newPlatform(t)
	for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS"} {
		p.raw(method+" /system/whoami HTTP/1.1\r\nHost: "+p.address+"\r\nContent-Length: 2\r\n\r\n{}").
			refuses(t, 404, "ResourceNotFound", "The route "+method+" /system/whoami does not exist")
	}
}

func TestUnknownEntities(t *testing.T) {
	p := newPlatform(t)
	tests := []struct{ path, body, message string }{
		{"/project-Nothing00000000000000000/describe", `{}`, "The project could not be found"},
		{"/project-/describe", `{}`, "The project could not be found"},
		{"/project-%C3%A9t%C3%A9/listFolder", `{}`, "The project could not be found"},
		{"/project-été/listFolder", `{}`, "The project could not be found"},
		{"/project-x/destroy", `{}`, "The project could not be found"},
		{"/project-x/newFolder", `{"folder": "/a"}`, "The project could not be found"},
		{"/project-x/invite", `{"invitee": "user-bob", "level": "VIEW"}`, "The project could not be found"},
		{"/project-x/invite", `{"invitee": "nobody@example.org", "level": "VIEW"}`, "The project could not be found"},
		{"/project-x/decreasePermissions", `{}`, "The project could not be found"},
		{"/user-nobody/describe", `{}`, "The user could not be found"},
		{"/user-/describe", `{}`, "The user could not be found"},
		{"/" + exome + "/invite", `{"invitee": "user-nobody", "level": "VIEW"}`, "The invitee could not be found"},
		{"/" + exome + "/invite", `{"invitee": "nobody@example.org", "level": "VIEW"}`, "The invitee could not be found"},
		{"/" + exome + "/listFolder", `{"folder": "/nowhere"}`, "The specified folder could not be found"},
		{"/" + exome + "/newFolder", `{"folder": "/nowhere/below"}`, "The specified folder could not be found"},
		{"/project/new", `{"name": "x", "billTo": "org-nowhere"}`, "The org could not be found"},
		{"/" + exome + "/update", `{"billTo": "org-nowhere"}`, "The org could not be found"},
		{"/" + exome + "/removeFolder", `{"folder": "/nowhere"}`, "The specified folder could not be found"},
		{"/" + exome + "/renameFolder", `{"folder": "/nowhere", "newpath": "/x"}`, "The specified folder could not be found"},
		{"/" + exome + "/removeObjects", `{"objects": ["file-x"]}`, `The entity "file-x" could not be found`},
		{"/project-x/update", `{}`, "The project could not be found"},
		{"/project-x/leave", `{}`, "The project could not be found"},
		{"/project-x/addTags", `{"tags": []}`, "The project could not be found"},
		{"/project-x/removeTags", `{"tags": []}`, "The project could not be found"},
		{"/project-x/setProperties", `{"properties": {}}`, "The project could not be found"},
		{"/project-x/removeFolder", `{"folder": "/a"}`, "The project could not be found"},
		{"/project-x/renameFolder", `{"folder": "/a", "newpath": "/b"}`, "The project could not be found"},
		{"/project-x/removeObjects", `{"objects": []}`, "The project could not be found"},
		{"/system/findDataObjects", `{"scope": {"project": "project-x"}}`, "The project could not be found"},
		{"/system/resolveDataObjects", `{"objects": [{"name": "a", "project": "project-x"}]}`, "The project could not be found"},
		{"/file-/describe", `{}`, `The entity "file-" could not be found`},
		{"/file-%C3%A9t%C3%A9/describe", `{}`, `The entity "file-été" could not be found`},
		{"/applet-x/run", `{}`, `The entity "applet-x" could not be found`},
		{"/container-x/listFolder", `{}`, `The entity "container-x" could not be found`},
	}
	for _, test := range tests {
		p.post(test.path, aliceFull, test.body).refuses(t, 404, "ResourceNotFound", test.message)
	}
}

func TestRefusedRequests(t *testing.T) {
	p := newPlatform(t)
	tests := []struct {
		path, body         string
		status             int
		errorType, message string
	}{
		{"/" + patients + "/describe", `{}`, 401, "PermissionDenied", "Requires VIEW access to the project"},
		{"/" + viewOnly + "/newFolder", `{"folder": "/x"}`, 401, "PermissionDenied", "Requires UPLOAD access to the project"},
		{"/" + rare + "/destroy", `{}`, 401, "PermissionDenied", "Requires ADMINISTER access to the project"},
		{"/" + rare + "/invite", `{"invitee": "user-bob", "level": "VIEW"}`, 401, "PermissionDenied", "Requires ADMINISTER access to the project"},
		{"/" + rare + "/invite", `{"invitee": "nobody@example.org", "level": "VIEW"}`, 401, "PermissionDenied", "Requires ADMINISTER access to the project"},
		{"/project/new", `{"name": "x", "containsPHI": true}`, 401, "PermissionDenied", "PHI features must be enabled for user-alice"},
		{"/project/new", `{"name": "x", "containsPHI": true, "billTo": "org-piratelabs"}`, 401, "PermissionDenied", "PHI features must be enabled for org-piratelabs"},
		{"/project/new", `{"name": "x", "billTo": "org-clinic"}`, 401, "PermissionDenied", "billable activities must be allowed to you in org-clinic"},
		{"/" + viewOnly + "/update", `{"name": "x"}`, 401, "PermissionDenied", "Requires CONTRIBUTE access to the project"},
		{"/" + rare + "/update", `{"name": "x", "protected": true}`, 401, "PermissionDenied", "Requires ADMINISTER access to the project"},
		{"/" + viewOnly + "/addTags", `{"tags": ["x"]}`, 401, "PermissionDenied", "Requires CONTRIBUTE access to the project"},
		{"/" + viewOnly + "/removeObjects", `{"objects": []}`, 401, "PermissionDenied", "Requires CONTRIBUTE access to the project"},
		{"/" + patients + "/leave", `{}`, 401, "PermissionDenied", "Requires VIEW access to the project"},
		{"/system/findDataObjects", `{"scope": {"project": "` + patients + `"}}`, 401, "PermissionDenied", "Requires VIEW access to the project"},
		{"/system/resolveDataObjects", `{"objects": [], "project": "` + patients + `"}`, 401, "PermissionDenied", "Requires VIEW access to the project"},
		{"/" + exome + "/update", `{"containsPHI": true}`, 401, "PermissionDenied", "PHI features must be enabled for user-alice"},
		{"/" + exome + "/update", `{"billTo": "org-clinic"}`, 401, "PermissionDenied", "billable activities must be allowed to you in org-clinic"},
		{"/" + exome + "/leave", `{}`, 422, "InvalidState", "A project needs at least one member with ADMINISTER access"},
		{"/" + exome + "/update", `{"version": 5}`, 422, "InvalidState", "The project has a different version now"},
		{"/" + exome + "/removeFolder", `{"folder": "/raw"}`, 422, "InvalidState", "The folder is not empty; recurse removes what is in it"},
		{"/" + exome + "/renameFolder", `{"folder": "/raw", "newpath": "/results"}`, 422, "InvalidState", "The folder exists already"},
		{"/" + exome + "/newFolder", `{"folder": "/raw"}`, 422, "InvalidState", "The folder exists already"},
		{"/" + exome + "/decreasePermissions", `{"user-alice": null}`, 422, "InvalidState", "A project needs at least one member with ADMINISTER access"},
	}
	for _, test := range tests {
		p.post(test.path, aliceFull, test.body).refuses(t, test.status, test.errorType, test.message)
	}
}

// An error about a value of the wrong type names the key, for every key.
func TestKeysOfTheWrongType(t *testing.T) {
	keys := []struct{ path, key, value, want string }{
		{"/system/newAuthToken", "username", `5`, "a string"},
		{"/system/newAuthToken", "password", `["x"]`, "a string"},
		{"/system/newAuthToken", "otp", `123456`, "a string"},
		{"/system/newAuthToken", "expires", `"30d"`, "an integer"},
		{"/system/newAuthToken", "expires", `1.5`, "an integer"},
		{"/system/newAuthToken", "label", `true`, "a string"},
		{"/system/newAuthToken", "scope", `"full"`, "a hash"},
		{"/system/newAuthToken", "grant_type", `1`, "a string"},
		{"/system/destroyAuthToken", "tokenSignature", `{}`, "a string"},
		{"/system/whoami", "fields", `["clientIp"]`, "a hash"},
		{"/system/greet", "client", `1`, "a string"},
		{"/system/greet", "version", `1`, "a string"},
		{"/system/findProjects", "name", `5`, "a hash"},
		{"/system/findProjects", "level", `4`, "a string"},
		{"/system/findProjects", "describe", `"yes"`, "a hash"},
		{"/system/findProjects", "explicitPermission", `1`, "a boolean"},
		{"/system/findProjects", "public", `"true"`, "a boolean"},
		{"/system/findProjects", "limit", `"10"`, "an integer"},
		{"/user-alice/describe", "fields", `"id"`, "a hash"},
		{"/user-alice/describe", "defaultFields", `1`, "a boolean"},
		{"/user-alice/describe", "appsInstalled", `1`, "a boolean"},
		{"/user-alice/describe", "subscriptions", `1`, "a boolean"},
		{"/project/new", "name", `{}`, "a string"},
		{"/project/new", "summary", `{}`, "a string"},
		{"/project/new", "description", `{}`, "a string"},
		{"/project/new", "region", `{}`, "a string"},
		{"/project/new", "billTo", `{}`, "a string"},
		{"/project/new", "containsPHI", `"yes"`, "a boolean"},
		{"/project/new", "tags", `"a"`, "an array"},
		{"/project/new", "properties", `[]`, "a hash"},
		{"/" + exome + "/describe", "fields", `[]`, "a hash"},
		{"/" + exome + "/describe", "properties", `{}`, "a boolean"},
		{"/" + exome + "/describe", "permissions", `{}`, "a boolean"},
		{"/" + exome + "/listFolder", "folder", `1`, "a string"},
		{"/" + exome + "/listFolder", "only", `1`, "a string"},
		{"/" + exome + "/listFolder", "describe", `1`, "a hash"},
		{"/" + exome + "/listFolder", "includeHidden", `1`, "a boolean"},
		{"/" + exome + "/newFolder", "folder", `[]`, "a string"},
		{"/" + exome + "/newFolder", "parents", `"true"`, "a boolean"},
		{"/" + exome + "/invite", "invitee", `[]`, "a string"},
		{"/system/findProjects", "tags", `5`, "a hash"},
		{"/system/findProjects", "tags", `{}`, "a hash"},
		{"/system/findProjects", "tags", `{"$not": []}`, "a hash"},
		{"/system/findProjects", "tags", `{"$and": "a"}`, "a hash"},
		{"/system/findProjects", "tags", nested("$or", 17), "a hash"},
		{"/system/findProjects", "properties", `["a"]`, "a hash"},
		{"/system/findProjects", "properties", `{"a": false}`, "a hash"},
		{"/system/findProjects", "properties", `{"a": 5}`, "a hash"},
		{"/system/findProjects", "properties", `{"$or": [{"$and": "a"}]}`, "a hash"},
		{"/system/findProjects", "created", `"2026"`, "a hash"},
		{"/system/findProjects", "modified", `[]`, "a hash"},
		{"/system/findProjects", "region", `5`, "an array"},
		{"/system/findProjects", "containsPHI", `"yes"`, "a boolean"},
		{"/system/findProjects", "externalUploadRestricted", `0`, "a boolean"},
		{"/system/findProjects", "billTo", `[]`, "a string"},
		{"/system/findProjects", "createdBy", `{}`, "a string"},
		{"/system/findDataObjects", "scope", `"project-x"`, "a hash"},
		{"/system/resolveDataObjects", "objects", `{}`, "an array"},
		{"/system/resolveDataObjects", "project", `5`, "a string"},
		{"/system/comeBackLater", "waitUntil", `"later"`, "an integer"},
		{"/system/comeBackLater", "setRetryAfter", `1`, "a boolean"},
		{"/project/new", "protected", `1`, "a boolean"},
		{"/project/new", "restricted", `1`, "a boolean"},
		{"/project/new", "downloadRestricted", `1`, "a boolean"},
		{"/project/new", "previewViewerRestricted", `1`, "a boolean"},
		{"/project/new", "externalUploadRestricted", `1`, "a boolean"},
		{"/project/new", "databaseUIViewOnly", `1`, "a boolean"},
		{"/project/new", "databaseResultsRestricted", `true`, "an integer"},
		{"/project/new", "allowedExecutables", `"app-x"`, "an array"},
		{"/" + exome + "/describe", "appCaches", `1`, "a boolean"},
		{"/" + exome + "/destroy", "terminateJobs", `1`, "a boolean"},
		{"/" + exome + "/update", "name", `1`, "a string"},
		{"/" + exome + "/update", "summary", `1`, "a string"},
		{"/" + exome + "/update", "description", `1`, "a string"},
		{"/" + exome + "/update", "billTo", `1`, "a string"},
		{"/" + exome + "/update", "containsPHI", `1`, "a boolean"},
		{"/" + exome + "/update", "protected", `1`, "a boolean"},
		{"/" + exome + "/update", "restricted", `"true"`, "a boolean"},
		{"/" + exome + "/update", "downloadRestricted", `1`, "a boolean"},
		{"/" + exome + "/update", "previewViewerRestricted", `1`, "a boolean"},
		{"/" + exome + "/update", "externalUploadRestricted", `1`, "a boolean"},
		{"/" + exome + "/update", "databaseUIViewOnly", `1`, "a boolean"},
		{"/" + exome + "/update", "databaseResultsRestricted", `"5"`, "an integer"},
		{"/" + exome + "/update", "allowedExecutables", `{}`, "an array"},
		{"/" + exome + "/update", "version", `"1"`, "an integer"},
		{"/" + exome + "/addTags", "tags", `"x"`, "an array"},
		{"/" + exome + "/removeTags", "tags", `{}`, "an array"},
		{"/" + exome + "/setProperties", "properties", `[]`, "a hash"},
		{"/" + exome + "/removeFolder", "folder", `1`, "a string"},
		{"/" + exome + "/removeFolder", "recurse", `1`, "a boolean"},
		{"/" + exome + "/removeFolder", "force", `1`, "a boolean"},
		{"/" + exome + "/renameFolder", "folder", `1`, "a string"},
		{"/" + exome + "/renameFolder", "newpath", `1`, "a string"},
		{"/" + exome + "/removeObjects", "objects", `1`, "an array"},
		{"/" + exome + "/invite", "level", `3`, "a string"},
		{"/" + exome + "/invite", "suppressEmailNotification", `3`, "a boolean"},
		{"/" + exome + "/decreasePermissions", "user-bob", `3`, "null or one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER"},
	}
	p := newPlatform(t)
	for _, key := range keys {
		p.post(key.path, aliceFull, fmt.Sprintf(`{%q: %s}`, key.key, key.value)).
			refuses(t, 422, "InvalidInput", fmt.Sprintf("expected key %q of input to be %s", key.key, key.want))
	}
}

func TestInvalidValues(t *testing.T) {
	const levels = "one of VIEW, UPLOAD, CONTRIBUTE, ADMINISTER"
	tests := []struct{ path, body, message string }{
		{"/system/newAuthToken", `{"label": "x", "expires": -1}`, `expected key "expires" of input to be milliseconds since 1970`},
		{"/system/newAuthToken", `{"label": "x", "expires": 253402300800000}`, `expected key "expires" of input to be milliseconds since 1970`},
		{"/system/newAuthToken", `{"label": "x", "expires": 1}`, `expected key "expires" of input to be in the future`},
		{"/system/newAuthToken", `{"label": "` + strings.Repeat("x", 256) + `"}`, `expected key "label" of input to be at most 255 bytes long`},
		{"/system/newAuthToken", `{"scope": {}}`, `expected key "scope" of input to be either {"full": true} or {"projects": {...}}`},
		{"/system/newAuthToken", `{"scope": {"full": true, "projects": {}}}`, `expected key "scope" of input to be either {"full": true} or {"projects": {...}}`},
		{"/system/newAuthToken", `{"scope": {"projects": {"Exome 2026": "VIEW"}}}`, `expected key "scope.projects" of input to be a hash of project IDs or "*"`},
		{"/system/newAuthToken", `{"scope": {"projects": {"*": "view"}}}`, `expected key "scope.projects.*" of input to be ` + levels},
		{"/system/newAuthToken", `{"scope": {"projects": {"*": "NONE"}}}`, `expected key "scope.projects.*" of input to be ` + levels},
		{"/system/destroyAuthToken", `{}`, `Expected input to have property "tokenSignature"`},
		{"/system/destroyAuthToken", `{"tokenSignature": "` + aliceFull + `"}`, `expected key "tokenSignature" of input to be 64 lower-case hexadecimal digits`},
		{"/system/findProjects", `{"level": "view"}`, `expected key "level" of input to be ` + levels},
		{"/system/findProjects", `{"limit": 0}`, `expected key "limit" of input to be an integer from 1 to 1000`},
		{"/system/findProjects", `{"limit": 1001}`, `expected key "limit" of input to be an integer from 1 to 1000`},
		{"/system/findProjects", `{"name": ""}`, `expected key "name" of input to be a nonempty string, or a hash with glob or regexp`},
		{"/system/findProjects", `{"name": {}}`, `expected key "name" of input to be a nonempty string, or a hash with glob or regexp`},
		{"/system/findProjects", `{"name": {"regexp": "("}}`, `name.regexp is not a regular expression`},
		{"/system/findProjects", `{"name": {"regexp": "a", "flags": "x"}}`, `name.flags can only be "i"`},
		{"/system/findProjects", `{"starting": "x"}`, `expected key "starting" of input to be the "next" of an earlier answer`},
		{"/system/findProjects", `{"starting": {"after": 0}}`, `expected key "starting" of input to be the "next" of an earlier answer`},
		{"/project/new", `{}`, `Expected input to have property "name"`},
		{"/project/new", `{"name": "x", "region": "moon"}`, `region "moon" is not one of aws:us-east-1, azure:westus`},
		{"/project/new", `{"name": "x", "billTo": "user-bob"}`, `billTo must be yourself or an org in which you may bill`},
		{"/project/new", `{"name": "x", "properties": {"": "y"}}`, `properties keys must be nonempty strings`},
		{"/project/new", `{"name": "x", "databaseResultsRestricted": 0}`, `databaseResultsRestricted must be null or at least 1`},
		{"/project/new", `{"name": "x", "allowedExecutables": [""]}`, `allowedExecutables must be nonempty strings`},
		{"/project/new", `{"name": "x", "tags": [""]}`, `tags must be nonempty strings of at most 1000 bytes`},
		{"/" + exome + "/update", `{"name": ""}`, `name must be a nonempty string`},
		{"/" + exome + "/update", `{"containsPHI": true, "billTo": "user-nobody"}`, `billTo must be yourself or an org in which you may bill`},
		{"/" + exome + "/update", `{"billTo": "user-bob"}`, `billTo must be yourself or an org in which you may bill`},
		{"/" + exome + "/update", `{"downloadRestricted": false, "previewViewerRestricted": true}`, `downloadRestricted can't be false while previewViewerRestricted is true`},
		{"/" + exome + "/update", `{"databaseResultsRestricted": -1}`, `databaseResultsRestricted must be null or at least 1`},
		{"/" + exome + "/addTags", `{}`, `Expected input to have property "tags"`},
		{"/" + exome + "/addTags", `{"tags": ["a", ""]}`, `tags must be nonempty strings of at most 1000 bytes`},
		{"/" + exome + "/setProperties", `{}`, `Expected input to have property "properties"`},
		{"/" + exome + "/setProperties", `{"properties": {"": "x"}}`, `properties keys must be nonempty strings`},
		{"/" + exome + "/setProperties", `{"properties": {"": null}}`, `properties keys must be nonempty strings`},
		{"/" + exome + "/setProperties", `{"properties": {"a": "` + strings.Repeat("x", 1001) + `"}}`, `properties keys and values must be of at most 1000 bytes`},
		{"/" + exome + "/removeFolder", `{}`, `Expected input to have property "folder"`},
		{"/" + exome + "/removeFolder", `{"folder": "/"}`, `folder must not be / without recurse`},
		{"/" + exome + "/removeFolder", `{"folder": "raw", "recurse": true, "force": true}`, `folder must begin with /`},
		{"/" + exome + "/renameFolder", `{"folder": "/raw"}`, `Expected input to have property "newpath"`},
		{"/" + exome + "/renameFolder", `{"newpath": "/x"}`, `Expected input to have property "folder"`},
		{"/" + exome + "/renameFolder", `{"folder": "/", "newpath": "/x"}`, `folder must not be /`},
		{"/" + exome + "/renameFolder", `{"folder": "/raw", "newpath": "reads"}`, `newpath must begin with /`},
		{"/" + exome + "/renameFolder", `{"folder": "/raw", "newpath": "/raw/below"}`, `newpath must not be inside of the folder itself`},
		{"/" + exome + "/removeObjects", `{}`, `Expected input to have property "objects"`},
		{"/system/resolveDataObjects", `{}`, `Expected input to have property "objects"`},
		{"/system/resolveDataObjects", `{"objects": [` + strings.Repeat("{},", 1000) + `{}]}`, `expected key "objects" of input to be an array of at most 1000 elements`},
		{"/" + exome + "/listFolder", `{"only": "files"}`, `expected key "only" of input to be one of folders, objects, all`},
		{"/" + exome + "/listFolder", `{"folder": "raw"}`, `folder must begin with /`},
		{"/" + exome + "/newFolder", `{}`, `Expected input to have property "folder"`},
		{"/" + exome + "/newFolder", `{"folder": "/raw/../x"}`, `folder must not have . or .. in it`},
		{"/" + exome + "/invite", `{"level": "VIEW"}`, `Expected input to have property "invitee"`},
		{"/" + exome + "/invite", `{"invitee": "user-bob"}`, `expected key "level" of input to be ` + levels},
		{"/" + exome + "/invite", `{"invitee": "PUBLIC", "level": "UPLOAD"}`, `level PUBLIC can be given VIEW only`},
		{"/" + exome + "/decreasePermissions", `{"user-bob": "LESS"}`, `expected key "user-bob" of input to be null or ` + levels},
	}
	p := newPlatform(t)
	for _, test := range tests {
		p.post(test.path, aliceFull, test.body).refuses(t, 422, "InvalidInput", test.message)
	}
}

// nested returns a query with that many levels.
func nested(key string, levels int) string {
	return strings.Repeat(`{"`+key+`": [`, levels) + `"a"` + strings.Repeat(`]}`, levels)
}
