package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

const signUp = "/console/sign-up"

// signUpServer starts a server with orgWorld and a mode of sign-ups.
func signUpServer(t *testing.T, mode identity.SignUpMode) *testpages.Server {
	t.Helper()
	t.Parallel()
	return testpages.Open(t, orgWorld, func(c *refserver.Config) { c.SignUp = mode })
}

// frank is a form for an account that is fine.
func frank() url.Values {
	password := testpages.Password("frank")
	return url.Values{"username": {"frank"}, "email": {"frank@example.org"}, "first": {"Frank"}, "last": {"N"}, "new": {password}, "again": {password}}
}

// Where sign-ups are closed, no page leads to one, and the form is refused.
func TestSignUpClosed(t *testing.T) {
	s := signUpServer(t, identity.SignUpClosed)
	b := s.Browser()
	b.Get("/console/sign-in").HasNot(signUp)
	b.Get(signUp).Is(http.StatusForbidden).Has("Sign-up is closed on this server.")
	b.Post(signUp, frank()).Is(http.StatusForbidden)
	s.SignedIn("admin").Get(users + "/user-frank").Is(http.StatusNotFound)
}

// Where sign-ups are open, a user signs up and signs in.
func TestSignUpOpen(t *testing.T) {
	s := signUpServer(t, identity.SignUpOpen)
	b := s.Browser()
	b.Get("/console/sign-in").Has(`href="` + signUp + `"`)
	b.Get(signUp).Is(http.StatusOK).Submit(signUp, frank()).LeadsTo(signUp + "?done=made").
		Follow().Is(http.StatusOK).Has("Your account is made. You can sign in.").HasNot(testpages.Password("frank"))
	if b.Cookie("dxauth") != nil {
		t.Error("to sign up is not a sign-in")
	}
	s.SignedIn("frank").Get("/console/profile").Has("frank@example.org")
}

// Where sign-ups are moderated, the account waits; the user can activate it with the code
// that an administrator passes on, once.
func TestSignUpModerated(t *testing.T) {
	s := signUpServer(t, identity.SignUpModerated)
	b := s.Browser()
	b.Get(signUp).Has("An administrator has to activate your account").Submit(signUp, frank()).LeadsTo(signUp+"?done=made").
		Follow().Has("An administrator has to activate it before you can sign in.", `href="`+signUp+`/activate"`)
	signIn := url.Values{"username": {"frank"}, "password": {testpages.Password("frank")}}
	b.Post("/console/sign-in", signIn).Is(http.StatusForbidden)
	const activate = signUp + "/activate"
	page := b.Get(activate).Is(http.StatusOK)
	page.Submit(activate, url.Values{"code": {"wrong-code"}}).Is(http.StatusForbidden).Has("Invalid code: wrong, already used or expired.").HasNot("wrong-code")
	code := activationCode(t, s, "frank")
	page.Submit(activate, url.Values{"code": {" " + code + " "}}).LeadsTo(activate + "?done=active").Follow().Has("Your account is active.").HasNot(code)
	s.SignedIn("frank")
	page.Submit(activate, url.Values{"code": {code}}).Is(http.StatusForbidden)
}

// With moderation a sign-up with a taken address looks like any other.
func TestASignUpOnAPageHidesTakenAddresses(t *testing.T) {
	s := signUpServer(t, identity.SignUpModerated)
	form := frank()
	form.Set("email", "alice@example.org")
	s.Browser().Post(signUp, form).LeadsTo(signUp + "?done=made")
	s.SignedIn("admin").Get(users + "/user-frank").Has("waits for approval").HasNot("alice@example.org")
}

// activationCode returns the code of a sign-up as an administrator reads it.
func activationCode(t *testing.T, s *testpages.Server, user string) string {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080/api/v1/sys_sec_User/user-"+user, nil)
	request.Header.Set("X-Molgenis-Token", viewer)
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	var row struct{ ActivationCode string }
	if err := json.Unmarshal(recorder.Body.Bytes(), &row); err != nil || row.ActivationCode == "" {
		t.Fatalf("%v: %s", err, recorder.Body)
	}
	return row.ActivationCode
}

// A form that is refused says why and keeps what was filled in, except passwords.
func TestSignUpRefusals(t *testing.T) {
	s := signUpServer(t, identity.SignUpOpen)
	for name, c := range map[string]struct {
		field, value string
		status       int
		says         string
	}{
		"no name":            {"first", " ", http.StatusUnprocessableEntity, "Fill in all fields."},
		"no address":         {"email", "", http.StatusUnprocessableEntity, "Fill in all fields."},
		"a bad address":      {"email", "frank", http.StatusUnprocessableEntity, "The e-mail address is not valid."},
		"a bad user name":    {"username", "f r", http.StatusUnprocessableEntity, "must be 3 to 255 letters"},
		"a reserved name":    {"username", "admin", http.StatusUnprocessableEntity, "is reserved"},
		"a taken name":       {"username", "Alice", http.StatusConflict, "The user name is taken."},
		"a taken address":    {"email", "alice@example.org", http.StatusConflict, "The e-mail address is taken."},
		"two passwords":      {"again", "other-pass-2026", http.StatusUnprocessableEntity, "The two new passwords are not the same."},
		"markup in a name":   {"last", hostile, http.StatusUnprocessableEntity, "Fill in all fields."},
		"a name as password": {"username", "wonderland", http.StatusUnprocessableEntity, "must not consist of the user's name"},
	} {
		t.Run(name, func(t *testing.T) {
			form := frank()
			form.Set(c.field, c.value)
			switch name {
			case "markup in a name":
				form.Set("first", "")
			case "a name as password":
				form.Set("new", "wonderland1")
				form.Set("again", "wonderland1")
			}
			b := s.BrowserAt("http://127.0.0.1:8080", "127.0.0.1:50001")
			answer := b.Post(signUp, form).Is(c.status).Has(c.says, `role="alert"`).HasNot(form.Get("new"), form.Get("again"))
			if got := answer.Body.String(); strings.Contains(got, `"'>`) || strings.Contains(got, "<script>") {
				t.Errorf("markup: %s", got)
			}
		})
	}
}

// The sign-ups of a network are limited.
func TestManySignUps(t *testing.T) {
	s := signUpServer(t, identity.SignUpOpen)
	b := s.Browser()
	for range 10 {
		form := frank()
		form.Set("email", "alice@example.org")
		b.Post(signUp, form).Is(http.StatusConflict)
	}
	if answer := b.Post(signUp, frank()).Is(http.StatusTooManyRequests).Has("Too many attempts."); answer.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// The first password of an account is set with the code that its maker got, once, on the
// page or with the command.
func TestActivate(t *testing.T) {
	t.Parallel()
	for name, activate := range map[string]func(*testpages.Server, string){
		"on the page": func(s *testpages.Server, code string) {
			const path = "/console/activate"
			page := s.Browser().Get(path).Is(http.StatusOK)
			password := testpages.Password("gina")
			page.Submit(path, url.Values{"code": {code}, "new": {password}, "again": {password + "x"}}).Is(http.StatusUnprocessableEntity).HasNot(code, password)
			page.Submit(path, url.Values{"code": {code}, "new": {"password"}, "again": {"password"}}).Is(http.StatusUnprocessableEntity).HasNot(code)
			page.Submit(path, url.Values{"code": {code}, "new": {password}, "again": {password}}).LeadsTo(path+"?done=active").
				Follow().Has("Your account is active.").HasNot(code, password)
			page.Submit(path, url.Values{"code": {code}, "new": {password}, "again": {password}}).Is(http.StatusForbidden)
		},
		"with the command": func(s *testpages.Server, code string) {
			listening := httptest.NewServer(s.Handler())
			defer listening.Close()
			c := dnanexus.New(dnanexus.Config{APIServer: listening.URL, AuthServer: listening.URL})
			_, err := c.ActivateUser(t.Context(), dnanexus.ActivateUserRequest{Code: wire(code), Password: wire(testpages.Password("gina"))})
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := testpages.Open(t, orgWorld)
			made, err := clientOf(t, s, "admin").NewUser(t.Context(), dnanexus.NewUserRequest{Username: "gina", Email: "gina@example.org", First: "Gina", Last: "N"})
			must(t, err)
			activate(s, made.ActivationCode.Text().Reveal())
			s.SignedIn("gina").Get("/console/").Has("gina")
		})
	}
}

// Somebody without phone and recovery codes finds from the sign-in whom to ask.
func TestLostPhone(t *testing.T) {
	s := openOrgs(t)
	b := s.Browser()
	b.Post("/console/sign-in", url.Values{"username": {"bob"}, "password": {testpages.Password("bob")}}).Is(http.StatusSeeOther)
	b.Get("/console/sign-in/recovery").Has(`href="/console/lost-phone"`)
	b.Get("/console/lost-phone").Is(http.StatusOK).Has("an admin of the org", "the administrator of this server", "dxauth admin user reset-2fa").HasNot("bob")
	s.SignedIn("alice").Get("/console/lost-phone").Is(http.StatusOK)
}
