package console_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/console"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

// start starts a server for a test.
func start(t *testing.T, options ...func(*refserver.Config)) *testpages.Server {
	t.Helper()
	t.Parallel()
	return testpages.Open(t, testpages.World, options...)
}

// rows returns the table of the pages.
func rows() []browser.Row {
	key, err := seal.New(rand.Reader)
	if err != nil {
		panic(err)
	}
	return console.New(console.Config{Pages: browser.New(browser.Config{Key: key, Log: slog.New(slog.DiscardHandler)})}).Rows()
}

// noRule is the ID of no trust rule.
const noRule = "0123456789abcdef"

// example returns the method and a path of a row.
func example(row browser.Row, id string) (method, path string) {
	method, path, _ = strings.Cut(row.Pattern, " ")
	parts := strings.NewReplacer("{id}", id, "{org}", "org-genomics", "{user}", "user-bob", "{signature}", strings.Repeat("0", 64), "{$}", "", "{rule}", noRule)
	return method, parts.Replace(path)
}

// The start page needs a session, and says whose it is.
func TestHome(t *testing.T) {
	s := start(t)
	s.Browser().Get("/").LeadsTo("/console/").Follow().LeadsTo("/console/sign-in?next=%2Fconsole%2F")
	s.Browser().Get("/console").LeadsTo("/console/")
	s.SignedIn("alice").Get("/console/").Is(http.StatusOK).Has("signed in as", "alice").HasNot("No project")
}

// A user without a project reads there whom to ask, and for what.
func TestHomeWithoutAProject(t *testing.T) {
	s := start(t)
	s.SignedIn("admin").Get("/console/").Is(http.StatusOK).Has("No project is shared with you yet.", "user-admin")
}

// S-44: a page whose name was made to lead to this server gets nothing.
func TestHostOfAnotherSite(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/console/", "/console/sign-in"} {
		b := s.BrowserAt("http://evil.example:8080", "127.0.0.1:50000")
		if answer := b.Get(path); answer.Code != http.StatusForbidden && answer.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
}

// To open pages changes nothing: no token, no session, no second factor.
func TestPagesChangeNothing(t *testing.T) {
	t.Parallel()
	s := testpages.Open(t, testpages.World+"tokens:\n  - {user: alice, value: "+viewer+", label: viewer}\n")
	b := s.SignedIn("alice")
	before := stateOf(t, s, "alice")
	for _, row := range rows() {
		if method, path := example(row, shortOf(viewer)); method == http.MethodGet && row.Who != browser.Anyone && !isForAdministrators(path) {
			if answer := b.Get(path); answer.Code >= http.StatusBadRequest && !strings.Contains(path, noRule) {
				t.Errorf("%s: %d", path, answer.Code)
			}
		}
	}
	if after := stateOf(t, s, "alice"); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// isForAdministrators reports whether a page is for administrators of the platform only.
func isForAdministrators(path string) bool { return strings.HasPrefix(path, "/console/admin/") }

// Every page needs a session: without one it leads to the sign-in, and back. Each path of
// a form is also one of a page, because the sign-in leads back by GET.
func TestEveryPageNeedsASession(t *testing.T) {
	s := start(t)
	var pages []string
	for _, row := range rows() {
		method, path := example(row, "0123456789ab")
		if method == http.MethodGet {
			pages = append(pages, path)
		}
	}
	for _, row := range rows() {
		method, path := example(row, "0123456789ab")
		if isOpen := slices.Contains(openPages(), path); isOpen != (row.Who == browser.Anyone) {
			t.Errorf("%s: open: %v", row.Pattern, isOpen)
		}
		if row.Who == browser.Anyone {
			continue
		}
		b := s.Browser()
		answer := b.Send(b.Request(method, path, ""), "same-origin")
		if method == http.MethodPost {
			answer = b.Post(path, url.Values{})
		}
		answer.LeadsTo("/console/sign-in?" + url.Values{"next": {path}}.Encode())
		if !slices.Contains(pages, path) {
			t.Errorf("%s is not a page: a sign-in leads there", path)
		}
	}
}

// openPages are the pages for those who cannot sign in.
func openPages() []string {
	return []string{"/console/sign-up", "/console/sign-up/activate", "/console/sign-up/again", "/console/activate", "/console/lost-phone"}
}

// S-43: a form of another site is refused on every path, also with the session.
func TestFormsOfOtherSites(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	for _, row := range rows() {
		if method, path := example(row, "0123456789ab"); method == http.MethodPost {
			request := b.Request(method, path, "name=x")
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			request.Header.Set("Origin", "https://evil.example")
			b.Send(request, "cross-site").Is(http.StatusForbidden)
		}
	}
}

// hostile is a text that would be markup, or leave an attribute, without escaping.
const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&{{.}}`

// S-46: names of users, orgs, projects and tokens are text on every page, whatever they
// are, also on those for administrators.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	quoted := strings.ReplaceAll(hostile, "'", "''")
	s := testpages.Open(t, `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org, first: '`+quoted+`', last: '`+quoted+`', superuser: true}
  - {username: bob, password: bob-pass-2026, email: bob@example.org, first: '`+quoted+`', last: '`+quoted+`'}
orgs:
  - {handle: genomics, name: '`+quoted+`', admins: [alice], members: [bob]}
projects:
  - {name: '`+quoted+`', id: project-Hostile00000000000000001, createdBy: alice, billTo: org-genomics, permissions: {alice: ADMINISTER, bob: VIEW}, containsPHI: true}
tokens:
  - {user: bob, value: 0123456789abcdefghijABCDEFGHIJ02, label: '`+quoted+`', scope: {projects: {project-Hostile00000000000000001: VIEW}}}
  - {user: alice, value: 0123456789abcdefghijABCDEFGHIJ01, label: '`+quoted+`', scope: {projects: {project-Hostile00000000000000001: VIEW}}}
`, func(c *refserver.Config) { c.Name = hostile })
	b := s.SignedIn("alice")
	id := onlyToken(b)
	for _, row := range rows() {
		method, path := example(row, id)
		answer := b.Send(b.Request(http.MethodGet, path, ""), "same-origin")
		if method == http.MethodPost {
			form := url.Values{}
			for _, field := range []string{"issuer", "claims", "user", "token", "find", "name", "days", "reach", "first", "middle", "last", "email", "new", "code", "uri", "expires", "grace", "limit", "level"} {
				form.Set(field, hostile)
			}
			if strings.HasSuffix(path, "revoke") {
				continue // it would end the token
			}
			answer = b.Post(path, form)
		}
		body := answer.Body.String()
		if answer.Code >= http.StatusInternalServerError {
			t.Errorf("%s: %d", row.Pattern, answer.Code)
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, "<img") || strings.Contains(body, `"'>`) {
			t.Errorf("%s: %s", row.Pattern, body)
		}
	}
}

// onlyToken returns the ID of the only token of the user of a browser.
func onlyToken(b *testpages.Browser) string {
	b.Helper()
	ids := tokenIDs(b)
	if len(ids) != 1 {
		b.Fatalf("tokens: %v", ids)
	}
	return ids[0]
}

// tokenIDs returns the IDs of the tokens on the list.
func tokenIDs(b *testpages.Browser) (ids []string) {
	b.Helper()
	parts := strings.Split(b.Get("/console/tokens").Is(http.StatusOK).Body.String(), `href="/console/tokens/`)
	for _, part := range parts[1:] {
		if id, _, _ := strings.Cut(part, `"`); id != "new" && !strings.Contains(id, "/") {
			ids = append(ids, id)
		}
	}
	return ids
}

// later lets so much time pass that a sign-in is no longer recent, while the session is
// in use.
func later(s *testpages.Server, b *testpages.Browser) {
	s.Advance(6 * time.Minute)
	b.Get("/console/").Is(http.StatusOK)
}

// The layout is made once for all visitors with the same menu, and shows each of them
// their own name.
func TestVisitorsShareNoName(t *testing.T) {
	s := start(t)
	alice, admin := s.SignedIn("alice"), s.SignedIn("admin")
	for range 2 {
		alice.Get("/console/").Has("<span>alice</span>", `aria-hidden="true">a<`, "<title>Home – Lab</title>").HasNot("admin", "Audit log")
		admin.Get("/console/profile").Has("<span>admin</span>", "<h1>My Profile</h1>", "Audit log").HasNot("alice")
		s.Browser().Get("/console/sign-in").HasNot("alice", "Sign out", "<nav")
	}
}
