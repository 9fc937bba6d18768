package refserver

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/web"
)

// What a server has nothing of is refused in the form of its type, whatever the path
// and the method; the routes of the other protocol are there all the same.
func TestUnknownRoutesByType(t *testing.T) {
	for kind, want := range map[string]string{TypeDNAnexus: "dnanexus", TypeMOLGENIS: "molgenis", TypeEMX2: "molgenis"} {
		server := open(t, Config{Type: kind})
		for _, path := range []string{"/nowhere", "/nowhere/", "/menux", "/system/nothing", "/project-xxxx/nothing", "/a/b/c/d", "//", "/..", "/x/../login", "/menu//main"} {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "BREW"} {
				answer := server.ask(method, path, "{}")
				if owner := ownerBy(answer); owner != want || answer.Code != http.StatusNotFound {
					t.Errorf("%s: %s %s: %d of %s: %s", kind, method, path, answer.Code, owner, answer.Body)
				}
			}
		}
		if answer := server.ask("GET", "/system/whoami", ""); ownerBy(answer) != want {
			t.Errorf("%s: GET of a route for POST: %s", kind, answer.Body)
		}
		if answer := server.ask("POST", "/system/whoami", "{}"); answer.Code != http.StatusOK {
			t.Errorf("%s: POST /system/whoami: %d %s", kind, answer.Code, answer.Body)
		}
		if answer := server.ask("GET", "/api/v3/nothing", ""); ownerBy(answer) != "molgenis" {
			t.Errorf("%s: below /api: %s", kind, answer.Body)
		}
	}
}

// Listed origins may call the open routes of DNAnexus at a server of any type.
func TestListedOriginsByType(t *testing.T) {
	const origin = "https://lab.example.org"
	for _, kind := range Types() {
		server := open(t, Config{Type: kind, CORSOrigins: []web.Origin{origin}})
		for path, want := range map[string]int{"/system/newAuthToken": http.StatusNoContent, "/nowhere": http.StatusForbidden, "/login": http.StatusForbidden} {
			request := httptest.NewRequest(http.MethodOptions, "http://127.0.0.1:8080"+path, nil)
			request.Header.Set("Origin", origin)
			request.Header.Set("Access-Control-Request-Method", http.MethodPost)
			if answer := server.answer(request); answer.Code != want {
				t.Errorf("%s: %s: %d, want %d", kind, path, answer.Code, want)
			}
		}
	}
}
