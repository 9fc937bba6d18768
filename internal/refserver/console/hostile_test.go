package console_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

const formType = "application/x-www-form-urlencoded"

// allForms returns the paths of all forms.
func allForms() (paths []string) {
	for _, row := range rows() {
		if method, path := example(row, shortOf(old)); method == http.MethodPost {
			paths = append(paths, path)
		}
	}
	return paths
}

// A body that is not a form, or no text, is refused by every form before it is looked at,
// also of an administrator who has just signed in.
func TestBodiesThatAreNotForms(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	before := orgState(t, s)
	for name, test := range map[string]struct{ contentType, body string }{
		"no type":                {"", "name=x"},
		"JSON":                   {"application/json", `{"name": "x"}`},
		"plain text":             {"text/plain", "name=x"},
		"several parts":          {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--x--\r\n"},
		"a type with an error":   {formType + "; charset", "name=x"},
		"a broken escape":        {formType, "name=%zz"},
		"semicolons":             {formType, "name=x;days=1"},
		"NUL":                    {formType, "name=%00"},
		"not UTF-8":              {formType, "name=%ff"},
		"NUL in a name":          {formType, "name=x&level%3A%00=VIEW"},
		"a name that isn't text": {formType, "name=x&level%3A%ff=VIEW"},
		"too large":              {formType, "name=" + strings.Repeat("x", 65<<10)},
		"10,000 fields":          {formType, strings.Repeat("a=1&", 10_000)},
		"10,000 names":           {formType, manyNames(10_000)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range allForms() {
				request := b.Request(http.MethodPost, path, test.body)
				request.Header.Set("Content-Type", test.contentType)
				request.Header.Set("Origin", "null")
				if reply := b.Send(request, "same-origin"); reply.Code < http.StatusBadRequest || reply.Code >= http.StatusInternalServerError {
					t.Errorf("%s: %d", path, reply.Code)
				}
			}
		})
	}
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func manyNames(count int) string {
	var body strings.Builder
	for i := range count {
		body.WriteString("f" + strings.Repeat("x", i%7) + "=&")
	}
	return body.String()
}

// A method that a page does not have changes nothing, whatever it sends.
func TestMethodsOfPages(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	before := orgState(t, s)
	for _, method := range []string{http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, http.MethodConnect, "BREW", "post"} {
		for _, row := range rows() {
			_, path := example(row, shortOf(old))
			request := b.Request(http.MethodGet, path, attack().Encode())
			request.Method = method
			request.Header.Set("Content-Type", formType)
			reply := b.Send(request, "same-origin")
			isShown := method == http.MethodHead && reply.Code < http.StatusInternalServerError
			if !isShown && reply.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, reply.Code)
			}
		}
	}
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// hostileTexts are what no name, ID or number is.
func hostileTexts() []string {
	return []string{
		"", "\x00", "\xff", "\r\nSet-Cookie: a=b", hostile, "../..", "..%2f", "%", "user-", "org-", "user-\x00", "org-\xff", "user-' OR 1=1 --",
		"9223372036854775808", "-1", "NaN", strings.Repeat("9", 5000), strings.Repeat("é", 3000), "\u202e", "{{.}}",
	}
}

// Whatever a path or a query names, a page is shown or refused, and says it as text.
func TestHostileAddresses(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	check := func(target string) {
		t.Helper()
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")))
		if err != nil {
			return // net/http refuses it
		}
		request.RemoteAddr = b.Address
		reply := b.Send(request, "none")
		if reply.Code >= http.StatusInternalServerError {
			t.Errorf("%.200q: %d", target, reply.Code)
		}
		if location := reply.Header().Get("Location"); location != "" && !strings.HasPrefix(location, "/console/") {
			t.Errorf("%.200q leads to %q", target, location)
		}
		if body := reply.Body.String(); strings.Contains(body, "<script>alert") {
			t.Errorf("%.200q: %s", target, body)
		}
	}
	queries := []string{"after", "before", "expires", "user", "find", "name", "done", "next", "actor", "subject", "action", "result", "since", "until", "sign-in", "confirm", "ended"}
	for _, row := range rows() {
		method, pattern, _ := strings.Cut(row.Pattern, " ")
		if method != http.MethodGet {
			continue
		}
		_, path := example(row, shortOf(old))
		for _, text := range hostileTexts() {
			query := url.Values{}
			for _, field := range queries {
				query.Set(field, text)
			}
			check(path + "?" + query.Encode())
			for _, part := range []string{"{id}", "{org}", "{user}", "{signature}", "{rule}"} {
				if strings.Contains(pattern, part) {
					_, rest := example(browser.Row{Pattern: "GET " + strings.Replace(pattern, part, "PART", 1)}, shortOf(old))
					check(strings.Replace(rest, "PART", url.PathEscape(text), 1))
				}
			}
		}
	}
}

// Of several cookies with one name the first counts, as browsers order them; values that are
// no session are nobody's, and none is repeated.
func TestHostileCookies(t *testing.T) {
	s := start(t)
	session := s.SignedIn("alice").Cookie("dxauth").Value
	for name, test := range map[string]struct {
		header     string
		isSignedIn bool
	}{
		"the session first":          {"dxauth=" + session + "; dxauth=another", true},
		"another first":              {"dxauth=another; dxauth=" + session, false},
		"empty first":                {"dxauth=; dxauth=" + session, false},
		"quoted":                     {`dxauth="` + session + `"`, true},
		"a session that is too long": {"dxauth=" + session + strings.Repeat("x", 5000), false},
		"two sessions in one":        {"dxauth=" + session + "," + session, false},
		"another name":               {"DXAUTH=" + session, false},
		"the name with TLS":          {"__Host-dxauth=" + session, false},
		"markup":                     {"dxauth=<script>alert(1)</script>", false},
		"all names":                  {"dxauth=x; dxauth-recent=x; dxauth-ticket=x; dxauth-form=x", false},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/console/profile", nil)
			request.RemoteAddr = "127.0.0.1:50000"
			request.Header.Set("Cookie", test.header)
			reply := httptest.NewRecorder()
			s.Handler().ServeHTTP(reply, request)
			if isSignedIn := reply.Code == http.StatusOK; isSignedIn != test.isSignedIn || !isSignedIn && reply.Code != http.StatusSeeOther {
				t.Errorf("%d %s", reply.Code, reply.Body)
			}
			if strings.Contains(reply.Body.String(), "<script>alert") {
				t.Errorf("%s", reply.Body)
			}
		})
	}
}

// Who was removed from an org changes nothing of it with a form that was open.
func TestFormsAfterARemoval(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	admin := s.SignedIn("admin")
	admin.Post(genomics+"/members/user-erin", url.Values{"level": {"ADMIN"}}).Is(http.StatusSeeOther)
	admin.Post(genomics+"/members/user-alice/remove", nil).Is(http.StatusSeeOther)
	before := orgState(t, s)
	forms := slices.DeleteFunc(formsOfAdministrators(), func(path string) bool { return !strings.HasPrefix(path, genomics) })
	for _, path := range forms {
		b.Post(path, attack()).Is(http.StatusForbidden)
	}
	for _, path := range []string{"/accept", "/leave"} {
		if reply := b.Post(genomics+path, nil); reply.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, reply.Code)
		}
	}
	if after := orgState(t, s); after != before || len(forms) < 8 {
		t.Errorf("%d forms; before:\n%s\nafter:\n%s", len(forms), before, after)
	}
}

// To invite oneself gives no more than one has.
func TestInviteOneself(t *testing.T) {
	s := openOrgs(t)
	form := url.Values{"invitee": {"bob"}, "level": {"ADMIN"}}
	before := orgState(t, s)
	signInWithCode(s, "bob").Post(genomics+"/invite", form).Is(http.StatusForbidden)
	s.SignedIn("alice").Post(genomics+"/invite", url.Values{"invitee": {"alice"}, "level": {"MEMBER"}}).Is(http.StatusConflict)
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// A session whose user was disabled meanwhile changes no address and confirms none.
func TestFormsOfADisabledUser(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	b.Post("/console/profile/email", url.Values{"email": {"alice@lab.example.org"}}).Is(http.StatusSeeOther)
	s.SignedIn("admin").Post(users+"/user-alice/disable", nil).Is(http.StatusSeeOther)
	for path, form := range map[string]url.Values{
		"/console/profile/email":         {"email": {"mallory@example.org"}},
		"/console/profile/email/confirm": {"code": {"x"}},
		"/console/profile/email/send":    {"x": {"x"}},
		"/console/profile/password":      {"password": {testpages.Password("alice")}, "new": {"mallorys-pass-2026"}, "again": {"mallorys-pass-2026"}},
	} {
		if reply := b.Post(path, form); reply.Code != http.StatusSeeOther || !strings.HasPrefix(reply.Header().Get("Location"), "/console/sign-in") {
			t.Errorf("%s: %d %s", path, reply.Code, reply.Header().Get("Location"))
		}
	}
	s.SignedIn("admin").Get(users + "/user-alice").Has("alice@lab.example.org").HasNot("mallory@example.org")
}
