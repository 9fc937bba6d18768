package refserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, http.ErrBodyReadAfterClose
}

// No path serves another site, with any method: neither protocol, nor a page, nor
// what needs no sign-in.
func TestNoPathServesOtherSites(t *testing.T) {
	server := open(t, Config{Type: TypeMOLGENIS})
	config := Config{Type: TypeMOLGENIS}.withDefaults()
	for _, path := range paths(server.service, config, protocolsOf(t, server, config), noRisks) {
		target := strings.ReplaceAll(strings.ReplaceAll(path.Pattern, "...", "some-route"), "*", "some-schema")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
				request := httptest.NewRequest(method, "http://127.0.0.1:8080"+target, unread{t})
				request.Header.Set(name, value)
				answer := server.answer(request)
				if answer.Code != http.StatusForbidden || answer.Header().Get("Access-Control-Allow-Origin") != "" {
					t.Errorf("%s %s with %s: %d %v", method, target, name, answer.Code, answer.Header())
				}
			}
		}
	}
}

// A page in the user's browser, which has the user's address, cannot spend the tries
// that its user has: neither of the account nor of the address.
func TestOtherSitesSpendNoTries(t *testing.T) {
	server := open(t, Config{})
	signIn := func(username, password, site string) int {
		body := fmt.Sprintf(`{"grant_type": "", "username": %q, "password": %q}`, username, password)
		request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/system/newAuthToken", strings.NewReader(body))
		if site != "" {
			request.Header.Set("Sec-Fetch-Site", site)
			request.Header.Set("Origin", "https://evil.example")
		}
		return server.answer(request).Code
	}
	for n := range 120 {
		if code := signIn([]string{"alice", fmt.Sprint("user", n)}[n%2], "wrong-2026", "cross-site"); code != http.StatusForbidden {
			t.Fatalf("a page elsewhere got %d", code)
		}
	}
	if code := signIn("alice", password, ""); code != http.StatusOK {
		t.Errorf("then the user got %d", code)
	}
}

// Users may reach pages by a link of another site, and nothing else.
func TestLinksOfOtherSites(t *testing.T) {
	server := open(t, Config{})
	config := Config{}.withDefaults()
	for _, path := range paths(server.service, config, protocolsOf(t, server, config), noRisks) {
		target := strings.ReplaceAll(strings.ReplaceAll(path.Pattern, "...", "some-route"), "*", "some-schema")
		request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+target, nil)
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		request.Header.Set("Sec-Fetch-Mode", "navigate")
		request.Header.Set("Sec-Fetch-Dest", "document")
		answer := server.answer(request)
		isPage := path.Owner == "console" || path.Owner == "sso" || path.Owner == "oauth" && path.line().matches(http.MethodGet, strings.Split(target, "/"))
		if (answer.Code != http.StatusForbidden) != isPage {
			t.Errorf("%s of %s: %d", target, path.Owner, answer.Code)
		}
	}
}
