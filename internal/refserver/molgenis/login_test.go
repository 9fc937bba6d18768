package molgenis_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

func TestLogin(t *testing.T) {
	p := newPlatform(t)
	for _, path := range []string{"/api/v1/login", "/api/v1/login/"} {
		answer := p.send(request{line: "POST " + path, body: `{"username":"alice","password":"alice-2026"}`}).is(http.StatusOK)
		var got map[string]any
		answer.into(&got)
		token, _ := got["token"].(string)
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(token) {
			t.Errorf("the token is %q", token)
		}
		if got["username"] != "alice" || got["firstname"] != "Alice" || got["lastname"] != "Liddell" {
			t.Errorf("%s", answer.Body)
		}
		if cookies := answer.Header()["Set-Cookie"]; cookies != nil {
			t.Errorf("a login by the API sets cookies: %v", cookies)
		}
	}
	admin := p.send(request{line: "POST /api/v1/login", body: `{"username":"admin","password":"admin-2026"}`}).is(http.StatusOK)
	if strings.Contains(admin.Body.String(), "firstname") || strings.Contains(admin.Body.String(), "null") {
		t.Errorf("the response has a name that the account lacks: %s", admin.Body)
	}
}

// Clients tell refusals apart only by their text. An unknown account, a blocked
// one and a wrong password look the same.
func TestRefusedLogins(t *testing.T) {
	p := newPlatform(t)
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`{"username":"alice","password":"wrong"}`:      {401, "Bad credentials"},
		`{"username":"nobody","password":"wrong"}`:     {401, "Bad credentials"},
		`{"username":"carol","password":"carol-2026"}`: {401, "Bad credentials"},
		`{"username":"dave","password":"anything"}`:    {401, "Bad credentials"},
		`{"username":"bob","password":"bob-2026"}`:     {401, "two factor authentication"},
		`{"username":"bob","password":"wrong"}`:        {401, "Bad credentials"},
		`{"username":"","password":"x"}`:               {400, "username may not be empty"},
		`{"username":"alice","password":" "}`:          {400, "password may not be empty"},
		`{"username":"alice"}`:                         {400, "password may not be empty"},
		`{}`:                                           {400, "username may not be empty"},
		`{"username":1,"password":"x"}`:                {400, "expected key"},
		`{username:alice}`:                             {400, "not valid JSON"},
		``:                                             {400, "not valid JSON"},
		`[]`:                                           {400, "not a hash"},
	} {
		p.send(request{line: "POST /api/v1/login", body: body}).refused(want.status, want.text)
	}
	p.form("POST /api/v1/login", "username=alice&password=alice-2026", nil).refused(400, "not valid JSON")
	p.send(request{
		line: "POST /api/v1/login", body: `{"username":"alice","password":"` + strings.Repeat("x", 70_000) + `"}`,
	}).refused(400, "larger than 8192 bytes")

	both := p.send(request{line: "POST /api/v1/login", body: `{}`})
	if n := strings.Count(both.Body.String(), `"message"`); n != 2 {
		t.Errorf("%d messages for two blank fields: %s", n, both.Body)
	}
}

// Guesses are counted together with those of the DNAnexus protocol, and the
// response has the wait.
func TestGuessesAreSlowedDown(t *testing.T) {
	p := newPlatform(t)
	guess := request{line: "POST /api/v1/login", body: `{"username":"alice","password":"wrong"}`}
	for range 5 {
		p.send(guess).refused(401, "Bad credentials")
	}
	answer := p.send(guess)
	answer.refused(429, "try again in 1 s")
	if got := answer.Header().Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: %q", got)
	}
	other := p.send(request{line: "POST /system/newAuthToken", body: `{"username":"alice","password":"alice-2026"}`})
	if !strings.Contains(other.Body.String(), "TooManyAttemptsError") {
		t.Errorf("the DNAnexus protocol did not count the guesses: %s", other.Body)
	}
	p.Advance(time.Second)
	p.signIn("alice")
}

func TestLogout(t *testing.T) {
	p := newPlatform(t)
	for name, logout := range map[string]func(token string) reply{
		"POST":               func(token string) reply { return p.with(token, "POST /api/v1/logout", "") },
		"POST with a slash":  func(token string) reply { return p.with(token, "POST /api/v1/logout/", "") },
		"GET, as R does":     func(token string) reply { return p.with(token, "GET /api/v1/logout", "") },
		"GET with a slash":   func(token string) reply { return p.with(token, "GET /api/v1/logout/", "") },
		"token in the query": func(token string) reply { return p.send(request{line: "POST /api/v1/logout?molgenis-token=" + token}) },
		"token in a form":    func(token string) reply { return p.form("POST /api/v1/logout", "molgenis-token="+token, nil) },
		"bearer": func(token string) reply {
			return p.send(request{line: "POST /api/v1/logout", header: map[string]string{"Authorization": "Bearer " + token}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			token := p.signIn("alice")
			answer := logout(token).is(http.StatusOK)
			if answer.Body.Len() > 0 {
				t.Errorf("the answer has a body: %s", answer.Body)
			}
			logout(token).refused(404, "Invalid token")
			if who := whoIs(p, token); who != "anonymous" {
				t.Errorf("the token still belongs to %s", who)
			}
		})
	}
	p.send(request{line: "POST /api/v1/logout"}).refused(400, "x-molgenis-token or parameter molgenis-token")
	p.with("   ", "POST /api/v1/logout", "").refused(400, "Missing token")
	p.with(noToken, "POST /api/v1/logout", "").refused(404, "Invalid token")
}

// whoIs returns the user name that the platform reports for a token.
func whoIs(p *platform, token string) string {
	p.Helper()
	var got struct {
		Authenticated bool
		Username      string
	}
	p.with(token, "GET /app-ui-context", "").is(http.StatusOK).into(&got)
	if got.Authenticated == (got.Username == "anonymous") {
		p.Errorf("%+v contradicts itself", got)
	}
	return got.Username
}

func TestContext(t *testing.T) {
	p := newPlatform(t)
	for token, want := range map[string]string{
		p.signIn("alice"): `{"authenticated":true,"username":"alice","email":"alice@example.org","roles":["USER"],"version":"8.0.0"}`,
		p.signIn("admin"): `{"authenticated":true,"username":"admin","roles":["SU","USER"],"version":"8.0.0"}`,
		aliceToken:        `{"authenticated":true,"username":"alice","email":"alice@example.org","roles":["USER"],"version":"8.0.0"}`,
		scopedToken:       `{"authenticated":true,"username":"alice","email":"alice@example.org","roles":["USER"],"version":"8.0.0"}`,
		noToken:           `{"authenticated":false,"username":"anonymous","roles":["ANONYMOUS"],"version":"8.0.0"}`,
		"":                `{"authenticated":false,"username":"anonymous","roles":["ANONYMOUS"],"version":"8.0.0"}`,
	} {
		if got := p.with(token, "GET /app-ui-context", "").is(http.StatusOK).Body.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A token works with both protocols, whichever issued it.
func TestTokenWorksWithBothProtocols(t *testing.T) {
	p := newPlatform(t)
	bearer := func(token string) reply {
		return p.send(request{line: "POST /system/whoami", header: map[string]string{"Authorization": "Bearer " + token}, body: "{}"})
	}
	ours := p.signIn("alice")
	bearer(ours).is(http.StatusOK)
	var theirs struct {
		Token string `json:"access_token"`
	}
	p.send(request{line: "POST /system/newAuthToken", body: `{"username":"alice","password":"alice-2026"}`}).is(http.StatusOK).into(&theirs)
	if who := whoIs(p, theirs.Token); who != "alice" {
		t.Errorf("the token of the DNAnexus protocol is %s", who)
	}
	p.with(theirs.Token, "POST /api/v1/logout", "").is(http.StatusOK)
	bearer(theirs.Token).is(http.StatusUnauthorized)
}

// A login ends after two hours, or earlier when idle.
func TestLoginEnds(t *testing.T) {
	p := newPlatform(t)
	idle := p.signIn("alice")
	p.Advance(15 * time.Minute)
	if who := whoIs(p, idle); who != "anonymous" {
		t.Errorf("an idle login is %s", who)
	}
	used := p.signIn("alice")
	for range 11 {
		p.Advance(10 * time.Minute)
		if who := whoIs(p, used); who != "alice" {
			t.Fatalf("a login in use is %s", who)
		}
	}
	p.Advance(10 * time.Minute)
	if who := whoIs(p, used); who != "anonymous" {
		t.Errorf("after two hours it is %s", who)
	}
}

func TestVersion(t *testing.T) {
	p := newPlatform(t)
	for _, path := range []string{"/api/v2/version", "/api/v2/version/"} {
		var got struct{ MolgenisVersion string }
		p.send(request{line: "GET " + path}).is(http.StatusOK).into(&got)
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(got.MolgenisVersion) {
			t.Errorf("%q is not three numbers", got.MolgenisVersion)
		}
	}
}

// An unknown path or method gives an error in the platform's shape.
func TestNoSuchRoute(t *testing.T) {
	p := newPlatform(t)
	for line, want := range map[string]int{
		"GET /api": 404, "GET /api/": 404, "GET /api/v3/login": 404, "POST /api/v1": 404, "GET /api/v1/login/x/y/z": 404,
		"DELETE /api/v1/login": 401, "PUT /api/v2/version": 401, // as rows of an entity of that name
		"PATCH /api/v1/login": 405, "BREW /api/v1/logout": 405,
		"POST //api/v1/login": 404, "POST /api//v1/login": 404, "POST /api/v2/../v1/login": 404,
	} {
		p.send(request{line: line}).refused(want, "")
	}
	if allow := p.send(request{line: "PATCH /api/v1/logout"}).Header().Get("Allow"); allow != "DELETE, GET, POST" {
		t.Errorf("Allow: %q", allow)
	}
}

// If a second factor is enforced, no user can log in with the API.
func TestEnforcedTwoFactor(t *testing.T) {
	p := newPlatform(t, func(c *refserver.Config) { c.TwoFactor = identity.FactorsEnforced })
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"alice-2026"}`}).refused(401, "two factor authentication")
	p.send(request{line: "POST /api/v1/login", body: `{"username":"alice","password":"wrong"}`}).refused(401, "Bad credentials")
}
