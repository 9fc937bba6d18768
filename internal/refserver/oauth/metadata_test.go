package oauth_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/oauth"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// pagesFor returns pages for tests that show none.
func pagesFor(t *testing.T) *browser.Pages {
	t.Helper()
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return browser.New(browser.Config{Key: key})
}

func metadataOf(issuer string) map[string]any {
	return map[string]any{
		"issuer":                        issuer,
		"authorization_endpoint":        issuer + "/oauth2/authorize",
		"token_endpoint":                issuer + "/oauth2/token",
		"device_authorization_endpoint": issuer + "/oauth2/device_authorization",
		"revocation_endpoint":           issuer + "/oauth2/revoke",

		"response_types_supported":                       []any{"code"},
		"grant_types_supported":                          []any{"authorization_code", "urn:ietf:params:oauth:grant-type:device_code"},
		"code_challenge_methods_supported":               []any{"S256"},
		"token_endpoint_auth_methods_supported":          []any{"none"},
		"revocation_endpoint_auth_methods_supported":     []any{"none"},
		"authorization_response_iss_parameter_supported": true,
	}
}

// RFC 8414, sections 2 and 3: where the metadata are, and that they name the server as the
// client calls it, unless its administrator gave its URL: who sends metadata on to others
// does not decide for them.
func TestMetadata(t *testing.T) {
	lab := func(c *refserver.Config) {
		c.Type, c.BasePath, c.Hosts = refserver.TypeMOLGENIS, web.BasePath("/lab"), []string{"lab.example.org"}
	}
	root := func(c *refserver.Config) { c.Hosts = []string{"lab.example.org"} }
	behindProxy := func(c *refserver.Config) {
		lab(c)
		c.URL = "https://lab.example.org/lab"
	}
	for name, tt := range map[string]struct {
		option func(*refserver.Config)
		target string
		issuer string // empty: not found
	}{
		"2: the URL of --url, called by a proxy":        {behindProxy, "http://127.0.0.1:8080/lab/.well-known/oauth-authorization-server", "https://lab.example.org/lab"},
		"2: the URL of --url, called by another name":   {behindProxy, "http://192.0.2.9/.well-known/oauth-authorization-server/lab", "https://lab.example.org/lab"},
		"3.1: a server with the host to itself":         {root, "http://127.0.0.1:8080/.well-known/oauth-authorization-server", "http://127.0.0.1:8080"},
		"2: with TLS":                                   {root, "https://lab.example.org/.well-known/oauth-authorization-server", "https://lab.example.org"},
		"2: the default port is left out":               {root, "https://LAB.example.org:443/.well-known/oauth-authorization-server", "https://lab.example.org"},
		"3.1: below a path, at the root of the host":    {lab, "https://lab.example.org/.well-known/oauth-authorization-server/lab", "https://lab.example.org/lab"},
		"5: below a path, where a proxy passes it on":   {lab, "https://lab.example.org/lab/.well-known/oauth-authorization-server", "https://lab.example.org/lab"},
		"3.1: of another path":                          {lab, "https://lab.example.org/.well-known/oauth-authorization-server/other", ""},
		"3.1: of the root, where another server may be": {lab, "https://lab.example.org/.well-known/oauth-authorization-server", ""},
		"3.1: with a path, of a server without one":     {root, "https://lab.example.org/.well-known/oauth-authorization-server/lab", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.option)
			answer := w.send(httptest.NewRequest(http.MethodGet, tt.target, nil), "192.0.2.1:1")
			if tt.issuer == "" {
				if answer.Code != http.StatusNotFound {
					t.Errorf("got %d %s", answer.Code, answer.Body)
				}
				return
			}
			if diff := cmp.Diff(metadataOf(tt.issuer), answer.members); diff != "" || answer.Code != http.StatusOK {
				t.Errorf("%d (-want +got):\n%s", answer.Code, diff)
			}
		})
	}
}

func TestMethodsOfTheMetadata(t *testing.T) {
	w := newWorld(t)
	answer := w.send(httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/.well-known/oauth-authorization-server", nil), "192.0.2.1:1")
	answer.refused(http.StatusMethodNotAllowed, "invalid_request")
}

// What is not an endpoint of a handler is refused as all of them refuse.
func TestAnUnknownEndpoint(t *testing.T) {
	recorder := httptest.NewRecorder()
	oauth.New(oauth.Config{Pages: pagesFor(t)}).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/oauth2/introspect", nil))
	if recorder.Code != http.StatusNotFound {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
}
