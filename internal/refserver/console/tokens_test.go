package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// newToken is a form for a token that is filled in.
func newToken(name string) url.Values {
	return url.Values{"name": {name}, "days": {"30"}, "reach": {"account"}}
}

// valueOn returns the token on the page that shows it.
func valueOn(page testpages.Reply) string {
	_, rest, _ := strings.Cut(page.Body.String(), `id="token" class="secret">`)
	value, _, _ := strings.Cut(rest, "<")
	return value
}

// whoIs returns the status of a request with a token to the DNAnexus protocol, and its
// body.
func whoIs(s *testpages.Server, token, path, body string) (int, string) {
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

// A new token is shown once, works, and is in the list, which does not have its value.
func TestNewToken(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	page := b.Get("/console/tokens/new").Is(http.StatusOK).HasNot("Confirm that it is you").
		Submit("/console/tokens/new", newToken("laptop")).Is(http.StatusOK).Has("it is not shown again", "whole account", "2026-02-14 12:00 UTC")
	value := valueOn(page)
	if len(value) != 32 {
		t.Fatalf("the token is %q", value)
	}
	if status, body := whoIs(s, value, "/system/whoami", "{}"); status != http.StatusOK || !strings.Contains(body, "user-alice") {
		t.Errorf("the token: %d %s", status, body)
	}
	b.Get("/console/tokens").Has("laptop", "whole account", "2026-02-14 12:00 UTC").HasNot(value)
	b.Get("/console/tokens/" + onlyToken(b)).Has("laptop").HasNot(value)
	b.Post("/console/tokens/new", newToken("laptop")).Is(http.StatusConflict).Has("The label is taken.")

	s.Advance(time.Hour)
	if status, _ := whoIs(s, value, "/system/whoami", "{}"); status != http.StatusOK {
		t.Errorf("after the session the token has the status %d", status)
	}
}

// A token for chosen projects reaches only those, at most at the level, and without PHI
// where the form says so.
func TestTokenForProjects(t *testing.T) {
	const exome, patients = "project-Exome0000000000000000001", "project-Patients0000000000000001"
	s := start(t)
	b := s.SignedIn("alice")
	form := newToken("exome")
	form["reach"], form["level:"+exome], form["level:"+patients], form["nophi"] = []string{"projects"}, []string{"VIEW"}, []string{"VIEW"}, []string{"on"}
	page := b.Get("/console/tokens/new").Has("Exome 2026", "Protected Health Information").Submit("/console/tokens/new", form).
		Is(http.StatusOK).Has("Exome 2026: VIEW", "no PHI data")
	value := valueOn(page)
	for path, want := range map[string]int{"/" + exome + "/describe": http.StatusOK, "/" + patients + "/describe": http.StatusUnauthorized, "/account/listSessions": http.StatusUnauthorized} {
		if status, body := whoIs(s, value, path, "{}"); status != want {
			t.Errorf("%s: %d %s, want %d", path, status, body, want)
		}
	}
}

// A user with many projects finds those for a token by name. The page stays small.
func TestTokenForOneOfManyProjects(t *testing.T) {
	t.Parallel()
	world := strings.Builder{}
	world.WriteString(testpages.World)
	for i := range 120 {
		fmt.Fprintf(&world, "  - {name: Study %03d, id: project-Study%019d, createdBy: alice, permissions: {alice: ADMINISTER}}\n", i, i)
	}
	s := testpages.Open(t, world.String())
	b := s.SignedIn("alice")
	page := b.Get("/console/tokens/new").Is(http.StatusOK).Has("Find projects by name")
	if n, size := strings.Count(page.Body.String(), `name="level:`), page.Body.Len(); n != 50 || size > 50_000 {
		t.Errorf("%d projects in %d bytes", n, size)
	}
	b.Get("/console/tokens/new?find=nothing").Has("No project of yours has a name with “nothing”.")
	found := b.Get("/console/tokens/new?find=STUDY+117").Is(http.StatusOK).Has("Study 117").HasNot("Study 116")
	field := fmt.Sprintf("level:project-Study%019d", 117)
	found.Submit("/console/tokens/new", url.Values{"name": {""}, field: {"VIEW"}}).Is(http.StatusUnprocessableEntity).Has("Study 117").HasNot("Study 116").
		Submit("/console/tokens/new", url.Values{"name": {"study"}}).Is(http.StatusOK).Has("Study 117: VIEW")
}

// What is wrong with a form is said above it, and what was filled in stays.
func TestRefusedTokens(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	for name, c := range map[string]struct {
		field, value string
		status       int
		says         string
	}{
		"no name":           {"name", " ", 422, "The name must have 1 to 255 bytes."},
		"a long name":       {"name", strings.Repeat("x", 256), 422, "The name must have"},
		"no expiry":         {"days", "", 422, "Choose when the token expires."},
		"a long expiry":     {"days", "100000", 422, "Choose when the token expires."},
		"no project":        {"reach", "projects", 422, "Choose at least one project"},
		"unknown project":   {"level:project-Nowhere00000000000000001", "VIEW", 404, ""},
		"unknown level":     {"level:project-Exome0000000000000000001", "OWNER", 422, "Choose a level from the list."},
		"not even a number": {"days", "x", 422, "Choose when the token expires."},
	} {
		t.Run(name, func(t *testing.T) {
			form := newToken("kept name")
			if strings.HasPrefix(c.field, "level:") {
				form.Set("reach", "projects")
			}
			form.Set(c.field, c.value)
			answer := b.Post("/console/tokens/new", form).Is(c.status).Has(c.says, `role="alert"`)
			if c.field != "name" {
				answer.Has(`value="kept name"`)
			}
		})
	}
	if ids := tokenIDs(b); len(ids) > 0 {
		t.Errorf("refused forms made %v", ids)
	}
}

// S-38, S-39: if the sign-in is not recent, the form asks for the password, keeps what was
// filled in, and with the password the session is another one.
func TestTokenNeedsARecentSignIn(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	later(s, b)
	before := b.Cookie("dxauth").Value
	page := b.Post("/console/tokens/new", newToken("laptop")).Is(http.StatusForbidden).Has("Confirm that it is you to continue.", `value="laptop"`)
	page.Submit("/console/tokens/new", url.Values{"password": {"wrong-2026"}}).Is(http.StatusForbidden).Has("Wrong user name or password.", `value="laptop"`)
	made := page.Submit("/console/tokens/new", url.Values{"password": {testpages.Password("alice")}}).Is(http.StatusOK).Has("The token is made.")
	if len(valueOn(made)) != 32 || b.Cookie("dxauth").Value == before {
		t.Error("no token, or the same session as before")
	}
	thief := s.Browser()
	thief.SetCookie("dxauth", before)
	thief.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")
}

// S-42: the session alone is not a recent sign-in: the cookie that browsers send only
// from pages of the server belongs to it, and to no other session.
func TestRecentSignInNeedsItsCookie(t *testing.T) {
	s := start(t)
	b, other := s.SignedIn("alice"), s.SignedIn("alice")
	thief := s.Browser()
	thief.SetCookie("dxauth", b.Cookie("dxauth").Value)
	thief.Get("/console/tokens/new").Has("Confirm that it is you")
	thief.Post("/console/tokens/new", newToken("stolen")).Is(http.StatusForbidden)
	thief.SetCookie("dxauth-recent", other.Cookie("dxauth-recent").Value)
	thief.Post("/console/tokens/new", newToken("stolen")).Is(http.StatusForbidden)
	b.FollowFromElsewhere("/console/tokens/new").Is(http.StatusOK).Has("Confirm that it is you")
	b.Get("/console/tokens/new").Is(http.StatusOK).HasNot("Confirm that it is you")
}

// A token gets another name, expires earlier, and is revoked after a question.
func TestEditAndRevoke(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	value := valueOn(b.Post("/console/tokens/new", newToken("laptop")))
	path := "/console/tokens/" + onlyToken(b)
	b.Get(path).Submit(path, url.Values{"name": {"desktop"}, "expires": {"24h"}}).LeadsTo("/console/tokens?done=changed").
		Follow().Has("The token is changed.", "desktop", "2026-01-16 12:00 UTC")
	b.Post(path, url.Values{"name": {"later"}, "expires": {"720h"}}).Is(http.StatusUnprocessableEntity).Has("The expiry is later than before.")
	b.Post(path, url.Values{"name": {""}}).Is(http.StatusUnprocessableEntity)
	b.Post(path, url.Values{"name": {"x"}, "expires": {"1000000h"}}).Is(http.StatusUnprocessableEntity)

	b.Get(path+"/revoke").Has("desktop", "cannot be undone").Submit(path+"/revoke", nil).LeadsTo("/console/tokens?done=revoked").
		Follow().Has("The token is revoked.", "You have no API tokens.")
	if status, _ := whoIs(s, value, "/system/whoami", "{}"); status != http.StatusUnauthorized {
		t.Errorf("the revoked token: %d", status)
	}
	b.Get(path).Is(http.StatusNotFound)
}

// A rotated token has the name and the scope of the one before, which ends when the form
// says.
func TestRotate(t *testing.T) {
	for grace, wait := range map[string]time.Duration{"0s": 0, "1h": time.Hour} {
		t.Run(grace, func(t *testing.T) {
			s := start(t)
			b := s.SignedIn("alice")
			old := valueOn(b.Post("/console/tokens/new", newToken("laptop")))
			path := "/console/tokens/" + onlyToken(b)
			page := b.Get(path).Submit(path+"/rotate", url.Values{"grace": {grace}}).Is(http.StatusOK).Has("laptop", "whole account", "2026-02-14 12:00 UTC")
			if status, _ := whoIs(s, valueOn(page), "/system/whoami", "{}"); status != http.StatusOK {
				t.Errorf("the new token: %d", status)
			}
			if wait > 0 {
				b.Get("/console/tokens").Has("laptop (replaced)", "2026-01-15 13:00 UTC")
				s.Advance(wait - time.Second)
				if status, _ := whoIs(s, old, "/system/whoami", "{}"); status != http.StatusOK {
					t.Errorf("the old token before its end: %d", status)
				}
				s.Advance(time.Second)
			}
			if status, _ := whoIs(s, old, "/system/whoami", "{}"); status != http.StatusUnauthorized {
				t.Errorf("the old token after its end: %d", status)
			}
		})
	}
}

// The form of one user with the session of another changes nothing.
func TestTokensOfOthers(t *testing.T) {
	s := start(t)
	alice, other := s.SignedIn("alice"), s.SignedIn("admin")
	value := valueOn(alice.Post("/console/tokens/new", newToken("laptop")))
	path := "/console/tokens/" + onlyToken(alice)
	other.Get(path).Is(http.StatusNotFound).HasNot("laptop")
	for _, form := range []string{"", "/revoke", "/rotate"} {
		other.Post(path+form, url.Values{"name": {"taken over"}, "grace": {"0s"}}).Is(http.StatusNotFound)
	}
	for _, id := range []string{"x", "0123456789ab", "0123456789AB", strings.Repeat("0", 64)} {
		alice.Get("/console/tokens/" + id).Is(http.StatusNotFound)
	}
	if status, _ := whoIs(s, value, "/system/whoami", "{}"); status != http.StatusOK {
		t.Errorf("the token: %d", status)
	}
}

// A long list has pages, and each token is on one of them.
func TestPagesOfTokens(t *testing.T) {
	t.Parallel()
	world := testpages.World + "tokens:\n"
	for i := range 60 {
		world += "  - {user: alice, value: 0123456789abcdefghijABCDEFGH" + strings.Repeat("0", 2) + string(rune('a'+i/26)) + string(rune('a'+i%26)) + ", label: t" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + "}\n"
	}
	s := testpages.Open(t, world)
	b := s.SignedIn("alice")
	first := b.Get("/console/tokens").Is(http.StatusOK)
	_, rest, found := strings.Cut(first.Body.String(), `href="/console/tokens?`)
	if !found {
		t.Fatal("there is no second page")
	}
	query, _, _ := strings.Cut(rest, `"`)
	second := b.Get("/console/tokens?" + strings.ReplaceAll(query, "&amp;", "&")).Is(http.StatusOK)
	count := func(page testpages.Reply) int { return strings.Count(page.Body.String(), `data-label="Name"`) }
	if count(first) != 50 || count(second) != 10 {
		t.Errorf("the pages have %d and %d tokens", count(first), count(second))
	}
	b.Get("/console/tokens?after=x&expires=y").Is(http.StatusOK)
}

// A form that was refused still has the levels that were chosen, and is sent again with
// them.
func TestRefusedFormKeepsLevels(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	const exome, path = "level:project-Exome0000000000000000001", "/console/tokens/new"
	form := url.Values{"name": {""}, "days": {"30"}, "reach": {"projects"}, exome: {"UPLOAD"}}
	refused := b.Post(path, form).Is(http.StatusUnprocessableEntity).Has("<option selected>UPLOAD</option>")
	refused.Submit(path, url.Values{"name": {"second"}}).Is(http.StatusOK).Has("Exome 2026: UPLOAD")
}
