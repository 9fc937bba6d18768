package dnanexus_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// Every route is in the table once and says who may call it. Without a token, only the
// routes that allow it can be called.
func TestRoutes(t *testing.T) {
	p := newPlatform(t)
	seen := map[string]bool{}
	for _, route := range dnanexus.New(nil, dnanexus.Extensions{}, nil).Routes() {
		path := "/" + strings.Replace(route.Resource, "*", "x", 1) + "/" + route.Method
		t.Run(path, func(t *testing.T) {
			if seen[path] {
				t.Error("the route is in the table twice")
			}
			seen[path] = true
			if route.Access == web.Nobody {
				t.Error("the table does not say who may call it")
			}
			a := p.post(path, "", `{}`)
			if route.Access == web.Token || route.Access == web.WholeAccount {
				a.refuses(t, 401, "InvalidAuthentication", notLoggedIn)
			}
			p.post(path, "", ``) // any response will do
			if a.status == 404 {
				t.Error("the route is not served")
			}
		})
	}
}

// The documentation of the client package mentions every route: by its path, or by its
// method if it has an entity.
func TestRoutesAreDocumented(t *testing.T) {
	var sources strings.Builder
	files, err := filepath.Glob("../../../pkg/dnanexus/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(source)
	}
	for _, route := range dnanexus.New(nil, dnanexus.Extensions{}, nil).Routes() {
		path := "/" + strings.Replace(route.Resource, "*", "xxxx", 1) + "/" + route.Method
		if route.Method != "*" && !strings.Contains(sources.String(), path) {
			t.Errorf("%s is not documented", path)
		}
	}
}

// A route that anyone may call ignores the token, even an invalid one.
func TestGreetIgnoresTheToken(t *testing.T) {
	p := newPlatform(t)
	for _, token := range []string{"", "PUBLIC", "unknown", expired} {
		p.post("/system/greet", token, ``).expect(t, 200, `{"messages": []}`)
	}
}

// dx pages through the projects with the same fields, doubling the limit.
func TestPagesOfProjects(t *testing.T) {
	p := newPlatformWith(t, manyProjects(25))
	session := p.login("alice", "wonderland-2026")
	var names []string
	starting := ""
	for _, page := range []struct{ limit, want int }{{10, 10}, {20, 15}} {
		body := fmt.Sprintf(`{"level": "CONTRIBUTE", "describe": true, "explicitPermission": true, "limit": %d%s}`, page.limit, starting)
		found := p.findProjects(session, body)
		if len(found.Results) != page.want {
			t.Fatalf("%d projects, want %d", len(found.Results), page.want)
		}
		names = append(names, found.names(t)...)
		starting = `, "starting": ` + string(found.Next)
	}
	if diff := cmp.Diff(projectNames(25), names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if starting != `, "starting": null` {
		t.Errorf("after the last page, next is %s", starting)
	}
}

// A full last page has no next page.
func TestAFullLastPage(t *testing.T) {
	p := newPlatformWith(t, manyProjects(10))
	found := p.findProjects(p.login("alice", "wonderland-2026"), `{"limit": 10}`)
	if len(found.Results) != 10 || string(found.Next) != "null" {
		t.Errorf("%d projects, next is %s", len(found.Results), found.Next)
	}
}

// manyProjects returns a fixture with n projects of alice, and between some of them one
// that she can only view.
func manyProjects(n int) fixture.File {
	file := fixture.File{Users: []fixture.User{{Username: "alice", Password: wonderland()}}}
	for i, name := range projectNames(n) {
		file.Projects = append(file.Projects, projectOf("alice", name, "CONTRIBUTE"))
		if i%4 == 0 {
			file.Projects = append(file.Projects, projectOf("alice", "not "+name, "VIEW"))
		}
	}
	return file
}

func projectOf(username, name, level string) fixture.Project {
	return fixture.Project{Name: name, CreatedBy: username, Permissions: map[string]string{username: level}}
}

func projectNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("Cohort %02d", i+1)
	}
	return names
}

// S-43: a page of a listed origin may make and use tokens; no route that changes an
// account serves it, whatever token it sends.
func TestRoutesOpenToListedOrigins(t *testing.T) {
	const origin = "https://lab.example.org"
	file, err := fixture.Open(t.Context(), "testdata/platform.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlatformOf(t, refserver.Config{Fixture: &file, CORSOrigins: []web.Origin{origin}})
	ask := func(method, path string) *http.Response {
		request := httptest.NewRequest(method, "http://"+p.address+path, strings.NewReader("{}"))
		request.Header = http.Header{
			"Sec-Fetch-Site": {"cross-site"}, "Origin": {origin}, "Authorization": {bearerFull}, "Access-Control-Request-Method": {"POST"},
		}
		recorder := httptest.NewRecorder()
		p.server.Handler().ServeHTTP(recorder, request)
		return recorder.Result()
	}
	open := map[string]bool{}
	for _, route := range dnanexus.New(nil, dnanexus.Extensions{}, nil).Routes() {
		path := "/" + strings.ReplaceAll(route.Resource, "*", "alice") + "/" + route.Method
		preflight, call := ask("OPTIONS", path), ask("POST", path)
		isOpen := call.Header.Get("Access-Control-Allow-Origin") == origin
		if !isOpen && call.StatusCode != 403 {
			t.Errorf("%s is answered with %d", path, call.StatusCode)
		}
		if isOpen != (preflight.StatusCode == 204) {
			t.Errorf("%s: the preflight is answered with %d, the call with %d", path, preflight.StatusCode, call.StatusCode)
		}
		if _, there := call.Header["Access-Control-Allow-Credentials"]; there {
			t.Errorf("%s allows credentials", path)
		}
		open[route.Resource+"/"+route.Method] = isOpen
	}
	for name, want := range map[string]bool{
		"system/newAuthToken": true, "system/whoami": true, "system/destroyAuthToken": true, "project-*/describe": true, "user-*/describe": true,
		"account/changePassword": false, "account/twoFactor/enroll": false, "account/listSessions": false, "account/activateUser": false,
		"admin/bootstrap": false, "admin/findUsers": false, "user/new": false, "user-*/updateEmail": false, "user-*/update": false, "user-*/resetUserMFA": false,
		"org-*/describe": true, "org-*/addTrustRule": false, "org-*/testTrustRule": false,
	} {
		if got, known := open[name]; !known || got != want {
			t.Errorf("%s is open: %v (known: %v), want %v", name, got, known, want)
		}
	}
}
