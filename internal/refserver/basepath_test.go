package refserver

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// Everything is below the base path, and the rest of the host is not there, in the
// form of the platform's errors.
func TestBasePath(t *testing.T) {
	for _, kind := range []string{TypeMOLGENIS, TypeEMX2} {
		server := open(t, Config{Type: kind, BasePath: "/lab"})
		for _, path := range []string{
			"/", "/healthz", "/readyz", "/.well-known/dxauth", "/api/v2/version", "/app-ui-context", "/login", "/api/graphql?query={_manifest{SpecificationVersion}}",
		} {
			if answer := server.ask("GET", "/lab"+path, ""); answer.Code != http.StatusOK {
				t.Errorf("%s: /lab%s: %d %s", kind, path, answer.Code, answer.Body)
			}
			for _, outside := range []string{path, "/Lab" + path, "/lab2" + path, "/lab/lab" + path, "//lab" + path, "/lab/.." + path} {
				answer := server.ask("GET", outside, "")
				if owner := ownerBy(answer); answer.Code != http.StatusNotFound || owner != "molgenis" {
					t.Errorf("%s: %s: %d of %s: %s", kind, outside, answer.Code, owner, answer.Body)
				}
			}
		}
		if answer := server.ask("GET", "/lab", ""); answer.Code != http.StatusOK {
			t.Errorf("%s: /lab: %d", kind, answer.Code)
		}
	}
}

// address finds what a page leads to.
var address = regexp.MustCompile(`(?:action|href)="([^"]*)"`)

// Whatever a browser is led to is below the base path: redirects, forms and links of
// all routes, with and without a session, and its cookie goes nowhere else.
func TestWhereTheServerLeadsBelowABasePath(t *testing.T) {
	server := open(t, Config{Type: TypeMOLGENIS, BasePath: "/lab", SignUp: identity.SignUpOpen})
	browse := func(method, path, form, cookie string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(form))
		request.RemoteAddr = "127.0.0.1:5000"
		if form != "" {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		request.Header.Set("Cookie", cookie)
		return server.answer(request)
	}
	signedIn := browse("POST", "/lab/login", url.Values{"username": {"alice"}, "password": {password}}.Encode(), "")
	cookies := signedIn.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Path != "/lab" || signedIn.Header().Get("Location") != "/lab/" {
		t.Fatalf("the sign-in sets %v and leads to %q", cookies, signedIn.Header().Get("Location"))
	}
	session := cookies[0].Name + "=" + cookies[0].Value

	led := map[string]bool{}
	visit := func(answer *httptest.ResponseRecorder) {
		if location := answer.Header().Get("Location"); location != "" {
			led[location] = true
		}
		for _, found := range address.FindAllStringSubmatch(answer.Body.String(), -1) {
			led[found[1]] = true
		}
		for _, cookie := range answer.Result().Cookies() {
			if cookie.Path != "/lab" {
				t.Errorf("a cookie for %s", cookie)
			}
		}
	}
	protocols := protocolsOf(t, server, Config{BasePath: "/lab"}.withDefaults())
	for _, route := range protocols.molgenis.Routes() {
		path := "/lab" + strings.ReplaceAll(route.Pattern, "*", "sys_sec_User")
		for _, cookie := range []string{"", "JSESSIONID=code.gone", "JSESSIONID=enrol.gone", session} {
			if cookie == session && strings.Contains(path, "logout") {
				continue // it would end the session
			}
			visit(browse(route.Method, path, "", cookie))
		}
	}
	visit(browse("POST", "/lab/login", "username=alice&password=wrong", ""))
	visit(browse("POST", "/lab/logout", "", session))
	for to := range led {
		if !strings.HasPrefix(to, "/lab/") || strings.HasPrefix(to, "/lab/lab") {
			t.Errorf("the server leads to %s", to)
		}
	}
	for _, want := range []string{"/lab/login", "/lab/login?error", "/lab/login?logout", "/lab/2fa/authenticate", "/lab/2fa/activation", "/lab/2fa/validate", "/lab/2fa/activation/authenticate", "/lab/account/register"} {
		if !led[want] {
			t.Errorf("nothing leads to %s", want)
		}
	}
}
