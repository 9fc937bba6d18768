package console_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web"
)

// Whoever starts at the start page reaches every page by links. Each link and each form
// leads to a page that there is, also below a base path.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "/lab"} {
		s := testpages.Open(t, orgWorld, func(c *refserver.Config) {
			withProvider(c)
			c.BasePath, c.SignUp = web.BasePath(base), identity.SignUpModerated
		})
		b := s.Browser()
		b.Get(base+"/console/sign-in").Submit(base+"/console/sign-in", map[string][]string{"username": {"admin"}, "password": {testpages.Password("admin")}}).Is(http.StatusSeeOther)
		// No link of the start page leads to the pages for those who cannot sign in.
		start := []string{"/console/", "/console/sign-up?done=made", "/console/activate", "/console/lost-phone"}
		seen := crawl(t, b, base, start)
		for _, row := range rows() {
			if method, path := example(row, shortOf(viewer)); method == http.MethodGet && !seen[base+path] && !isFormOnly(path) {
				t.Errorf("%q: no link leads to %s", base, path)
			}
		}
	}
}

// isFormOnly reports whether a page is reached by a form only, depends on the state of an
// account, or is about a token that there is not.
func isFormOnly(path string) bool {
	return regexp.MustCompile(`(trust/[0-9a-f]{16}(/remove)?|limit|again|names|email|password|send|rotate|confirm|activate|end|/[0-9a-f]{64}/exclude|/users/user-bob/tokens/[0-9a-f]{12}(/revoke)?|(enable|approve|accept|leave|/user-bob/code|email-code|verify-email|identities|unlink)|two-factor/off|recovery-codes)$`).MatchString(path)
}

// crawl opens pages and all that they lead to, and returns their paths.
func crawl(t *testing.T, b *testpages.Browser, base string, start []string) map[string]bool {
	t.Helper()
	attributes := regexp.MustCompile(`\s(href|action|src|data-session|data-sign-in)="([^"]*)"`)
	seen := map[string]bool{}
	var waiting []string
	for _, path := range start {
		waiting = append(waiting, base+path)
	}
	for len(waiting) > 0 {
		address := waiting[0]
		waiting = waiting[1:]
		path, _, _ := strings.Cut(address, "?")
		if seen[path] && address == path {
			continue
		}
		seen[path] = true
		answer := b.Get(address)
		if answer.Code >= http.StatusBadRequest {
			t.Errorf("%s: %d", address, answer.Code)
		}
		for _, found := range attributes.FindAllStringSubmatch(answer.Body.String(), -1) {
			target := html.UnescapeString(found[2])
			switch targetPath, _, _ := strings.Cut(target, "?"); {
			case strings.HasPrefix(target, "#"), target == "data:,", strings.HasSuffix(targetPath, "/sign-out"), strings.HasSuffix(targetPath, "/console/session"):
			case strings.HasPrefix(target, base+"/sso/own/"): // pages of package sso
			case !strings.HasPrefix(target, base+"/console/"):
				t.Errorf("%s leads to %s", address, target)
			case !seen[targetPath]:
				waiting = append(waiting, target)
			}
		}
	}
	return seen
}
