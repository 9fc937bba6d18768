package molgenis_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

func signUps(mode identity.SignUpMode) option {
	return func(c *refserver.Config) { c.SignUp = mode }
}

// registration returns the form with changes NAME=VALUE.
func registration(changes ...string) string {
	fields := url.Values{
		"username": {"erin"}, "password": {"spin the wheel 77"}, "confirmPassword": {"spin the wheel 77"},
		"email": {"erin@example.org"}, "firstname": {"Erin"}, "lastname": {"Example"},
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		fields.Set(name, value)
		if name == "password" {
			fields.Set("confirmPassword", value)
		}
	}
	return fields.Encode()
}

const erinLogin = `{"username":"erin","password":"spin the wheel 77"}`

func TestClosedSignUp(t *testing.T) {
	p := newPlatform(t)
	b := p.browse()
	b.do("GET /account/register", "").refused(403, "ask the administrator")
	b.do("POST /account/register", registration()).refused(403, "ask the administrator")
	if page := b.do("GET /login", "").Body.String(); strings.Contains(page, "Sign up") || !strings.Contains(page, "Ask the administrator") {
		t.Errorf("%s", page)
	}
}

// No mail server could verify an address, so an open sign-up is active at once.
func TestOpenSignUp(t *testing.T) {
	p := newPlatform(t, signUps(identity.SignUpOpen))
	b := p.browse()
	if page := b.do("GET /login", "").Body.String(); !strings.Contains(page, `href="/account/register"`) {
		t.Errorf("%s", page)
	}
	b.do("GET /account/register", "").is(http.StatusOK)
	for changes, want := range map[string]string{
		"username=":               "username may not be empty",
		"firstname=":              "firstname may not be empty",
		"confirmPassword=other":   "do not match",
		"password=short":          "shorter than 8",
		"password=erin-2026":      "name or address",
		"username=anonymous":      "reserved",
		"username=e":              "user name",
		"email=nowhere":           "e-mail",
		"username=alice":          "Username is in use",
		"email=alice@example.org": "Email is in use",
		"lastname=\u202eevil":     "invisible characters",
	} {
		b.do("POST /account/register", registration(changes)).refused(400, want)
		p.Advance(10 * time.Minute) // avoid the limit of sign-ups per network
	}
	b.do("POST /account/register", registration()).is(http.StatusOK)
	p.send(request{line: "POST /api/v1/login", body: erinLogin}).is(http.StatusOK)
}

// A moderated sign-up waits until an administrator activates it, or gives the
// user the activation code, which only administrators can read.
func TestModeratedSignUp(t *testing.T) {
	var log bytes.Buffer
	p := newPlatform(t, signUps(identity.SignUpModerated), func(c *refserver.Config) {
		c.Log = slog.New(slog.NewJSONHandler(&log, nil))
	})
	b := p.browse()
	answer := b.do("POST /account/register", registration()).is(http.StatusOK)
	if !strings.Contains(answer.Body.String(), "administrator has to activate") {
		t.Errorf("%s", answer.Body)
	}
	// S-05: for an address in use the response is the same, and the account waits
	// without the address.
	taken := b.do("POST /account/register", registration("username=frank", "email=alice@example.org")).is(http.StatusOK)
	if taken.Body.String() != answer.Body.String() {
		t.Errorf("got %s, want %s", taken.Body, answer.Body)
	}
	b.do("POST /account/register", registration("username=grace", "email=grace@example.org")).is(http.StatusOK)
	p.send(request{line: "POST /api/v1/login", body: erinLogin}).refused(401, "Bad credentials")

	admin := p.signIn("admin")
	var waiting wire.Collection[wire.UserItem]
	p.with(admin, "GET /api/v2/sys_sec_User?q=active==false;username!=carol&sort=username", "").is(200).into(&waiting)
	if waiting.Total != 3 || waiting.Items[1].Username != "frank" || waiting.Items[1].Email != "" || waiting.Items[0].Username != "erin" || waiting.Items[0].ActivationCode == nil {
		t.Fatalf("%+v", waiting.Items)
	}
	code := waiting.Items[0].ActivationCode.Text().Reveal()

	b.do("GET /account/activate", "").is(http.StatusOK)
	b.do("POST /account/activate", "activationCode=wrong").refused(400, "Invalid activation code")
	b.do("GET /account/activate/"+code, "").refused(404, "no route")
	b.do("POST /account/activate", "activationCode="+code).redirects("/login")
	p.send(request{line: "POST /api/v1/login", body: erinLogin}).is(http.StatusOK)
	b.do("POST /account/activate", "activationCode="+code).refused(400, "Invalid activation code")

	p.with(admin, "PUT /api/v1/sys_sec_User/user-grace/active", "true").is(200)
	var grace wire.Collection[wire.UserItem]
	p.with(admin, "GET /api/v2/sys_sec_User?q=username==grace", "").is(200).into(&grace)
	if !*grace.Items[0].Active || grace.Items[0].ActivationCode != nil {
		t.Errorf("%+v", grace.Items)
	}
	if strings.Contains(log.String(), code) || strings.Contains(log.String(), "spin") {
		t.Errorf("a secret is in the log: %s", log.String())
	}
}

// The activation code does not reactivate an account that an administrator
// deactivated.
func TestActivationCodeAfterDeactivation(t *testing.T) {
	p := newPlatform(t, signUps(identity.SignUpModerated))
	b := p.browse()
	b.do("POST /account/register", registration()).is(http.StatusOK)
	admin := p.signIn("admin")
	var waiting wire.UserItem
	p.with(admin, "GET /api/v2/sys_sec_User/user-erin", "").is(200).into(&waiting)
	p.with(admin, "PUT /api/v1/sys_sec_User/user-erin/active", "false").is(200)
	b.do("POST /account/activate", "activationCode="+waiting.ActivationCode.Text().Reveal()).refused(400, "Invalid activation code")
}

// A network can make ten accounts at once, then one every six minutes.
func TestSignUpsAreLimited(t *testing.T) {
	p := newPlatform(t, signUps(identity.SignUpOpen))
	b := p.browse()
	for i := range 10 {
		name := "erin" + string(rune('a'+i))
		b.do("POST /account/register", registration("username="+name, "email="+name+"@example.org")).is(http.StatusOK)
	}
	b.do("POST /account/register", registration()).refused(429, "try again in 360 s")
	p.Advance(6 * time.Minute)
	b.do("POST /account/register", registration()).is(http.StatusOK)
}
