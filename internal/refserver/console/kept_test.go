package console_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

const (
	names     = "/console/profile/names"
	formKept  = "Your form was not sent."
	formShown = "You had to sign in before this form could be sent."
)

// signInPage returns the response of the sign-in page to a user's password.
func signInPage(page testpages.Reply, user string) testpages.Reply {
	page.Helper()
	return page.Submit("/console/sign-in", url.Values{"username": {user}, "password": {testpages.Password(user)}})
}

// A form that is sent after the end of its session is shown after the sign-in, once, and
// not sent by itself.
func TestFormAfterTheEndOfTheSession(t *testing.T) {
	for name, end := range map[string]func(s *testpages.Server, b *testpages.Browser){
		"idle":                  func(s *testpages.Server, _ *testpages.Browser) { s.Advance(16 * time.Minute) },
		"signed out everywhere": func(s *testpages.Server, _ *testpages.Browser) { endEverywhere(s, "alice") },
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := s.SignedIn("alice")
			page := b.Get("/console/profile")
			end(s, b)
			signIn := page.Submit(names, url.Values{"first": {"Alicia & <b>"}, "last": {""}}).Follow().Is(http.StatusOK).Has(formKept)
			shown := signInPage(signIn, "alice").LeadsTo(names).Follow().Is(http.StatusOK).
				Has(formShown, `value="Alicia & <b>"`, `name="last" value=""`).HasNot(`role="alert">` + "<a")
			b.Get(names).Has(`value="Alice"`, `value="Liddell"`).HasNot(formShown, "Alicia") // not sent, and shown once
			shown.Submit(names, nil).LeadsTo("/console/profile?done=names").Follow().Has("Alicia & <b>")
		})
	}
}

// endEverywhere ends all sessions of a user.
func endEverywhere(s *testpages.Server, user string) {
	s.Helper()
	b := s.SignedIn(user)
	b.Get("/console/security").Submit("/console/security/sessions/end", url.Values{"password": {testpages.Password(user)}}).Is(http.StatusSeeOther)
}

// All that was chosen for a token is there again, and the names and the address of an
// account that an administrator was making.
func TestFormsComeBackWhole(t *testing.T) {
	s := start(t)
	const exome = "level:project-Exome0000000000000000001"
	for user, form := range map[string]struct {
		path   string
		fields url.Values
		has    []string
	}{
		"alice": {
			"/console/tokens/new", url.Values{"name": {"ci"}, "days": {"7"}, "reach": {"projects"}, exome: {"VIEW"}, "nophi": {"on"}},
			[]string{`value="ci"`, `value="7" selected`, `id="projects" name="reach" value="projects" checked`, "<option selected>VIEW", `name="nophi" checked`},
		},
		"admin": {users + "/new", url.Values{"username": {"grace"}, "email": {"grace@example.org"}, "first": {"Grace"}, "org": {"genomics"}}, []string{`value="grace"`, `value="grace@example.org"`, `value="Grace"`}},
	} {
		b := s.SignedIn(user)
		endEverywhere(s, user)
		signInPage(b.Post(form.path, form.fields).Follow(), user).LeadsTo(form.path).Follow().Is(http.StatusOK).Has(formShown).Has(form.has...)
	}
}

// A form is kept for its user only: nobody else who signs in sees it, nor in another
// browser, and it is gone then.
func TestFormOfAnotherUser(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	endEverywhere(s, "alice")
	signIn := b.Post(names, url.Values{"first": {"Alicia"}}).Follow()
	stolen := b.Cookie("dxauth-form").Value
	signInPage(signIn, "admin").LeadsTo(names).Follow().Is(http.StatusOK).HasNot("Alicia", formShown)
	if b.Cookie("dxauth-form") != nil {
		t.Error("the form of another user is still there")
	}
	for _, value := range []string{stolen, stolen[:len(stolen)-4], "x", strings.Repeat("A", 4000)} {
		other := s.SignedIn("admin")
		other.SetCookie("dxauth-form", value)
		other.Get(names).Is(http.StatusOK).HasNot("Alicia", formShown)
	}
}

// A form is kept for a quarter of an hour, on its own page, until it is sent or its user
// signs out; no link of another site shows it.
func TestFormIsKeptForAWhile(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(s *testpages.Server, b *testpages.Browser)
		want      bool
	}{
		"at once":              {func(*testpages.Server, *testpages.Browser) {}, true},
		"another page":         {func(_ *testpages.Server, b *testpages.Browser) { b.Get("/console/profile"); b.Get("/console/tokens") }, true},
		"a link of other site": {func(_ *testpages.Server, b *testpages.Browser) { b.FollowFromElsewhere(names).HasNot("Alicia") }, true},
		"too long": {func(s *testpages.Server, b *testpages.Browser) {
			s.Advance(8 * time.Minute)
			b.Get("/console/")
			s.Advance(8 * time.Minute)
		}, false},
		"sent": {func(_ *testpages.Server, b *testpages.Browser) {
			b.Post(names, url.Values{"first": {"Ada"}, "last": {"L"}})
		}, false},
		"sign-out": {func(_ *testpages.Server, b *testpages.Browser) { b.Post("/console/sign-out", nil); b.SignIn("alice") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			b := s.SignedIn("alice")
			endEverywhere(s, "alice")
			b.Post(names, url.Values{"first": {"Alicia"}})
			b.SignIn("alice")
			tt.meanwhile(s, b)
			page := b.Get(names).Is(http.StatusOK)
			if shown := strings.Contains(page.Body.String(), `value="Alicia"`); shown != tt.want {
				t.Errorf("shown: %v", shown)
			}
		})
	}
}

// S-46: what comes back into a form is text, whatever it is, in every field of every form.
func TestHostileFormsThatAreKept(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	returned := 0
	for _, row := range rows() {
		method, path := example(row, shortOf(old))
		if method != http.MethodPost || len(row.Keeps) == 0 {
			continue
		}
		form := url.Values{"sign-in": {"again"}}
		for _, field := range row.Keeps {
			form.Set(field, hostile)
		}
		b.Post(path, form).Is(http.StatusSeeOther)
		page := b.Get(path)
		body := page.Body.String()
		if page.Code >= http.StatusInternalServerError || strings.Contains(body, "<script>") || strings.Contains(body, "<img") || strings.Contains(body, `"'>`) {
			t.Errorf("%s: %d: %s", path, page.Code, body)
		}
		if strings.Contains(body, formShown) {
			returned++
		}
	}
	if returned < 10 {
		t.Errorf("%d forms came back", returned)
	}
}

// Two windows of a browser have one session: a form with the password in one of them,
// which makes a new session, does not stop the other.
func TestTwoWindows(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	later(s, b)
	first, second := b.Get("/console/profile"), b.Get("/console/tokens/new")
	password := url.Values{"password": {testpages.Password("alice")}, "first": {"Ada"}}
	first.Submit(names, password).LeadsTo("/console/profile?done=names")
	second.Submit("/console/tokens/new", url.Values{"name": {"ci"}, "password": {testpages.Password("alice")}}).Is(http.StatusOK).Has("The token is made.")
	first.Submit(names, url.Values{"first": {"Grace"}}).LeadsTo("/console/profile?done=names")
}

// Each window of a browser that loses its session gets its own form back, the last one of a
// page. Whoever signs out in between gets none.
func TestFormsOfSeveralWindows(t *testing.T) {
	const email, removal = "/console/profile/email", genomics + "/members/user-bob/remove"
	s := openOrgs(t)
	b := s.SignedIn("alice")
	endEverywhere(s, "alice")
	first := b.Post(names, url.Values{"first": {"Alicia"}}).Follow().Has(formKept)
	second := b.Post(email, url.Values{"email": {"alicia@example.org"}}).Follow().Has(formKept)
	third := b.Post(removal, url.Values{"keep": {"on"}}).Follow().Has(formKept)
	b.Post(names, url.Values{"first": {"Alice Pleasance"}}).Follow().Has(formKept)
	signInPage(first, "alice").LeadsTo(names).Follow().Has(formShown, `value="Alice Pleasance"`).HasNot("alicia@example.org")
	signInPage(second, "alice").LeadsTo(email).Follow().Has(formShown, `value="alicia@example.org"`).HasNot("Pleasance")
	signInPage(third, "alice").LeadsTo(removal).Follow().Has(formShown, `name="keep" checked`)
	for _, page := range []string{names, email, removal} {
		b.Get(page).HasNot(formShown)
	}
	endEverywhere(s, "alice")
	b.Post(names, url.Values{"first": {"Alicia"}})
	b.Post(email, url.Values{"email": {"alicia@example.org"}})
	b.SignIn("alice")
	b.Post("/console/sign-out", nil)
	b.SignIn("alice")
	b.Get(names).HasNot(formShown)
	b.Get(email).HasNot(formShown)
}

// However many forms a browser sends without a session, all that it keeps fits into the
// headers of a request, and those that were sent last are there.
func TestKeptFormsAreBounded(t *testing.T) {
	forms := []struct{ path, field string }{
		{names, "first"}, {"/console/profile/email", "email"}, {"/console/tokens/new", "name"},
		{"/console/orgs/new", "name"}, {genomics + "/invite", "invitee"}, {users + "/new", "first"},
	}
	for name, c := range map[string]struct{ size, want int }{"small": {10, 4}, "middle": {1500, 3}, "large": {2500, 2}} {
		t.Run(name, func(t *testing.T) {
			s := openOrgs(t)
			b := s.SignedIn("admin")
			endEverywhere(s, "admin")
			for _, form := range forms {
				b.Post(form.path, url.Values{form.field: {strings.Repeat("x", c.size)}}).Is(http.StatusSeeOther)
				s.Advance(time.Second)
			}
			bytes := 0
			for _, cookie := range []string{"dxauth-form", "dxauth-form-2", "dxauth-form-3", "dxauth-form-4"} {
				if kept := b.Cookie(cookie); kept != nil {
					bytes += len(kept.Value)
				}
			}
			b.SignIn("admin")
			for i, form := range forms {
				isShown := strings.Contains(b.Get(form.path).Is(http.StatusOK).Body.String(), formShown)
				if isNewest := i >= len(forms)-c.want; isShown != isNewest || bytes > 8000 {
					t.Errorf("%s is shown: %v, of %d bytes", form.path, isShown, bytes)
				}
			}
		})
	}
}

// What is too long for a cookie is lost, and nothing says otherwise. So is the form of
// somebody without a session, and one of another site.
func TestFormsThatAreLost(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	endEverywhere(s, "alice")
	b.Post(names, url.Values{"first": {strings.Repeat("A", 4000)}}).Follow().Is(http.StatusOK).HasNot(formKept)
	s.Browser().Post(names, url.Values{"first": {"Alicia"}}).Follow().Is(http.StatusOK).HasNot(formKept)
	request := b.Request(http.MethodPost, names, "first=Mallory")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", "https://evil.example")
	b.Send(request, "cross-site").Is(http.StatusForbidden)
	if b.Cookie("dxauth-form") != nil {
		t.Error("a form is kept")
	}
}

// No password and no code is kept. Each other field of a form that users fill in is.
func TestWhatIsKept(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	kept := map[string][]string{}
	for _, row := range rows() {
		if method, path := example(row, shortOf(old)); method == http.MethodPost && row.Who != browser.Anyone {
			kept[path] = row.Keeps
			for _, secret := range []string{"password", "code", "new", "again", "codes", "uri", "token"} {
				if slices.Contains(row.Keeps, secret) {
					t.Errorf("%s keeps %s", path, secret)
				}
			}
		}
	}
	seen := 0
	for _, row := range rows() {
		method, path := example(row, shortOf(old))
		if method != http.MethodGet || row.Who == browser.Anyone {
			continue
		}
		for _, form := range regexp.MustCompile(`(?s)<form method="post" action="([^"]*)".*?</form>`).FindAllStringSubmatch(b.Get(path).Body.String(), -1) {
			for _, field := range fieldsOf(form[0]) {
				seen++
				isKept := slices.ContainsFunc(kept[form[1]], func(k string) bool { return k == field || strings.HasSuffix(k, ":") && strings.HasPrefix(field, k) })
				if !isKept {
					t.Errorf("%s: the form for %s loses %s", path, form[1], field)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("saw %d fields", seen)
	}
}

// fieldsOf returns the names of the fields of a form that users fill in and that are not
// secret.
func fieldsOf(form string) (names []string) {
	for _, tag := range regexp.MustCompile(`<(?:input|select|textarea)\b[^>]*>`).FindAllString(form, -1) {
		name := regexp.MustCompile(`\sname="([^"]*)"`).FindStringSubmatch(tag)
		isSecret := strings.Contains(tag, `type="password"`) || strings.Contains(tag, `name="code"`) || strings.Contains(tag, `name="token"`)
		if name != nil && !isSecret && !strings.Contains(tag, `type="hidden"`) {
			names = append(names, html.UnescapeString(name[1]))
		}
	}
	return names
}
