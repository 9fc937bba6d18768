package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

const twoFactor = "/console/security/two-factor"

// keyOn returns the key on the page that offers it.
func keyOn(page testpages.Reply) string {
	page.Helper()
	_, rest, found := strings.Cut(page.Body.String(), `id="key" class="secret">`)
	if !found {
		page.Fatalf("no key: %s", page.Body)
	}
	key, _, _ := strings.Cut(rest, "<")
	return strings.ReplaceAll(key, " ", "")
}

// codesOn returns the recovery codes on the page that shows them.
func codesOn(page testpages.Reply) (codes []string) {
	page.Helper()
	for _, part := range strings.Split(page.Body.String(), "<div><code>")[1:] {
		code, _, _ := strings.Cut(part, "<")
		codes = append(codes, code)
	}
	if len(codes) != 10 {
		page.Fatalf("codes: %v in %s", codes, page.Body)
	}
	return codes
}

// Two-factor authentication is enabled in three steps. A wrong code keeps the step, with
// the same key; the codes are shown once.
func TestEnableTwoFactor(t *testing.T) {
	s := start(t)
	b, other := s.SignedIn("alice"), s.SignedIn("alice")
	b.Get("/console/security").Has("<strong>off</strong>", "Enable 2FA")
	offer := b.Get(twoFactor).Has("step 1 of 3").Submit(twoFactor, nil).Is(http.StatusOK).Has("step 2 of 3", "<svg")
	key := keyOn(offer)
	again := offer.Submit(twoFactor+"/confirm", url.Values{"code": {"000000"}}).Is(http.StatusForbidden).Has("Incorrect verification code.", "<svg")
	if keyOn(again) != key {
		t.Errorf("after a wrong code the key is %s, not %s", keyOn(again), key)
	}
	saved := again.Submit(twoFactor+"/confirm", url.Values{"code": {testpages.Code(t, key, s.Now())}}).Is(http.StatusOK).Has("step 3 of 3")
	codes := codesOn(saved)
	b.Get("/console/security").Has("<strong>off</strong>")
	wrong := saved.Submit(twoFactor+"/activate", url.Values{"code": {"aaaa-bbbb-cccc-dddd"}}).Is(http.StatusForbidden).HasNot(codes[0])
	wrong.Submit(twoFactor+"/activate", url.Values{"code": {strings.ToUpper(codes[3])}}).LeadsTo("/console/security?done=two-factor-on").
		Follow().Is(http.StatusOK).Has("Two-factor authentication is on.", "10 recovery codes are left", "Turn Off").HasNot(codes[0], key)
	other.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")

	fresh := s.Browser()
	s.Advance(time.Minute)
	fresh.Post("/console/sign-in", url.Values{"username": {"alice"}, "password": {testpages.Password("alice")}}).
		LeadsTo("/console/sign-in/code?next=%2Fconsole%2F").Follow().
		Submit("/console/sign-in/code", url.Values{"code": {testpages.Code(t, key, s.Now())}}).LeadsTo("/console/")
}

// The recovery codes are saved as a file, by a form that takes only such codes.
func TestCodesAsAFile(t *testing.T) {
	b := start(t).Browser()
	answer := b.Post("/console/recovery-codes.txt", url.Values{"codes": {"abcd-efgh-jkmn-2345 bcde-fghj-kmnp-3456"}}).Is(http.StatusOK)
	if got := answer.Header().Get("Content-Disposition"); got != `attachment; filename="recovery-codes.txt"` {
		t.Errorf("Content-Disposition: %s", got)
	}
	if got := answer.Body.String(); got != "Recovery codes for Lab. Each works once.\n\nabcd-efgh-jkmn-2345\nbcde-fghj-kmnp-3456\n" {
		t.Errorf("the file: %q", got)
	}
	for _, codes := range []string{"", "<script>", "A", strings.Repeat("a ", 21)} {
		b.Post("/console/recovery-codes.txt", url.Values{"codes": {codes}}).Is(http.StatusUnprocessableEntity)
	}
}

// signInBob signs bob in with a code.
func signInBob(s *testpages.Server) *testpages.Browser {
	s.Helper()
	b := s.Browser()
	b.Post("/console/sign-in", url.Values{"username": {"bob"}, "password": {testpages.Password("bob")}}).
		Follow().Submit("/console/sign-in/code", url.Values{"code": {testpages.Code(s, testpages.BobSeed, s.Now())}}).LeadsTo("/console/")
	return b
}

// New recovery codes replace the old ones. Without a recent sign-in that needs password
// and code.
func TestNewRecoveryCodes(t *testing.T) {
	s := start(t)
	b := signInBob(s)
	later(s, b)
	const path = "/console/security/recovery-codes"
	page := b.Get(path).Has("keeps only hashes", "Confirm that it is you")
	page.Submit(path, url.Values{"password": {testpages.Password("bob")}}).Is(http.StatusForbidden)
	codes := codesOn(page.Submit(path, url.Values{"password": {testpages.Password("bob")}, "code": {testpages.Code(t, testpages.BobSeed, s.Now())}}).Is(http.StatusOK))

	for code, works := range map[string]bool{"ccccc-ddddd": false, codes[0]: true} {
		fresh := s.Browser()
		fresh.Post("/console/sign-in", url.Values{"username": {"bob"}, "password": {testpages.Password("bob")}})
		answer := fresh.Post("/console/sign-in/recovery", url.Values{"code": {code}})
		if (answer.Code == http.StatusSeeOther) != works {
			t.Errorf("%s: %d", code, answer.Code)
		}
	}
}

// S-28: to turn it off takes password and code, also after a recent sign-in.
func TestTurnOff(t *testing.T) {
	s := start(t)
	b := signInBob(s)
	const path = twoFactor + "/off"
	page := b.Get(path).Has("Confirm that it is you")
	b.Post(path, nil).Is(http.StatusForbidden).Has("Confirm that it is you to continue.")
	page.Submit(path, url.Values{"password": {"wrong-2026"}}).Is(http.StatusForbidden)
	page.Submit(path, url.Values{"password": {testpages.Password("bob")}}).Is(http.StatusForbidden)
	used := testpages.Code(t, testpages.BobSeed, s.Now()) // at the sign-in
	page.Submit(path, url.Values{"password": {testpages.Password("bob")}, "code": {used}}).Is(http.StatusForbidden).Has("This code was used before.")
	page.Submit(path, url.Values{"password": {testpages.Password("bob")}, "code": {"aaaaa-bbbbb"}}).LeadsTo("/console/security?done=two-factor-off").
		Follow().Has("Two-factor authentication is off.", "Enable 2FA")
}

// Where the server requires a second factor, a sign-in leads through its setup, and the
// page does not offer to turn it off.
func TestEnforcedTwoFactor(t *testing.T) {
	s := start(t, func(c *refserver.Config) { c.TwoFactor = identity.FactorsEnforced })
	b := s.Browser()
	page := b.Get("/console/sign-in?next=/console/tokens").
		Submit("/console/sign-in", url.Values{"username": {"alice"}, "password": {testpages.Password("alice")}}).
		LeadsTo("/console/sign-in/enroll?next=%2Fconsole%2Ftokens").Follow().Is(http.StatusOK).Has("required")
	if b.Cookie("dxauth") != nil {
		t.Error("there is a session before the second factor")
	}
	offer := page.Submit("/console/sign-in/enroll", nil).Is(http.StatusOK)
	again := offer.Submit("/console/sign-in/enroll/confirm", url.Values{"code": {"000000"}}).Is(http.StatusForbidden)
	saved := again.Submit("/console/sign-in/enroll/confirm", url.Values{"code": {testpages.Code(t, keyOn(offer), s.Now())}}).Is(http.StatusOK)
	codes := codesOn(saved)
	saved.Submit("/console/sign-in/enroll/activate", url.Values{"code": {"wrong"}}).Is(http.StatusForbidden).
		Submit("/console/sign-in/enroll/activate", url.Values{"code": {codes[0]}}).LeadsTo("/console/tokens").Follow().Is(http.StatusOK)
	b.Get("/console/security").Has("cannot be turned off").HasNot("Turn Off")

	stranger := s.Browser()
	stranger.Get("/console/sign-in/enroll").LeadsTo("/console/sign-in?next=%2Fconsole%2F")
	for _, step := range []string{"", "/confirm", "/activate"} {
		stranger.Post("/console/sign-in/enroll"+step, nil).LeadsTo("/console/sign-in?ended=late&next=%2Fconsole%2F")
	}
}

// S-48: the page lists the sessions, of browsers and of programs, and signs one out, or
// all.
func TestSessions(t *testing.T) {
	s := start(t)
	b, other := s.SignedIn("alice"), s.SignedIn("alice")
	page := b.Get("/console/security").Has("This session", "Firefox on Linux")
	_, rest, _ := strings.Cut(page.Body.String(), `action="/console/security/sessions/`)
	id, _, _ := strings.Cut(rest, `/end"`)
	path := "/console/security/sessions/" + id + "/end"
	stranger := s.SignedIn("admin")
	stranger.Post(path, nil).Is(http.StatusNotFound)
	stranger.Post("/console/security/sessions/xyz/end", nil).Is(http.StatusNotFound)
	other.Get("/console/").Is(http.StatusOK)
	page.Submit(path, nil).LeadsTo("/console/security?done=session-ended").Follow().Has("The session is signed out.")
	other.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")

	third := s.SignedIn("alice")
	const everywhere = "/console/security/sessions/end"
	b.Post(everywhere, nil).Is(http.StatusForbidden).Has("Confirm that it is you to continue.")
	page = b.Get("/console/security")
	page.Submit(everywhere, url.Values{"password": {"wrong-2026"}}).Is(http.StatusForbidden)
	page.Submit(everywhere, url.Values{"password": {testpages.Password("alice")}}).LeadsTo("/console/sign-in?ended=here")
	third.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")
}

// My Profile changes names, address and password; what is refused stays in its form.
func TestProfile(t *testing.T) {
	s := start(t)
	b, other := s.SignedIn("alice"), s.SignedIn("alice")
	page := b.Get("/console/profile").Has("Alice", "alice@example.org")
	page.Submit("/console/profile/names", url.Values{"first": {"Alicia"}}).LeadsTo("/console/profile?done=names").Follow().Has("Your name is changed.", "Alicia")
	page.Submit("/console/profile/email", url.Values{"email": {"nonsense"}}).Is(http.StatusUnprocessableEntity).Has(`value="nonsense"`, `role="alert"`)
	page.Submit("/console/profile/email", url.Values{"email": {"bob@example.org"}}).Is(http.StatusConflict)
	page.Submit("/console/profile/email", url.Values{"email": {"a@example.org"}}).LeadsTo("/console/profile?done=email").Follow().Has("a@example.org")
	other.Get("/console/").LeadsTo("/console/sign-in?ended=elsewhere&next=%2Fconsole%2F")

	change := func(current, password, again string) testpages.Reply {
		return page.Submit("/console/profile/password", url.Values{"password": {current}, "new": {password}, "again": {again}})
	}
	change("wrong-2026", "brand-new-2026", "brand-new-2026").Is(http.StatusForbidden)
	change(testpages.Password("alice"), "brand-new-2026", "brand-new-2027").Is(http.StatusUnprocessableEntity).Has("not the same")
	change(testpages.Password("alice"), "short", "short").Is(http.StatusUnprocessableEntity)
	change("", "brand-new-2026", "brand-new-2026").Is(http.StatusForbidden)
	change(testpages.Password("alice"), "brand-new-2026", "brand-new-2026").LeadsTo("/console/profile?done=password")
	s.Browser().Post("/console/sign-in", url.Values{"username": {"alice"}, "password": {"brand-new-2026"}}).LeadsTo("/console/")
}

// codeIn returns the code in the e-mail at the top of the page of e-mails.
func codeIn(s *testpages.Server) string {
	s.Helper()
	text := s.SignedIn("admin").Get(mail.PagePath).Is(http.StatusOK).Body.String()
	_, rest, _ := strings.Cut(text, "confirm it with this code:")
	return strings.Fields(rest)[0]
}

// A new address is confirmed with the code that was sent there. Another code can be sent,
// after which the first does not work.
func TestConfirmEmail(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	const profile, confirm, send = "/console/profile", "/console/profile/email/confirm", "/console/profile/email/send"
	page := b.Get(profile).Submit(profile+"/email", url.Values{"email": {"a@example.org"}}).Follow().Has("not confirmed", "the e-mail that was sent there")
	first := codeIn(s)
	page.Submit(confirm, url.Values{"code": {"wrong"}}).Is(http.StatusForbidden).Has("Invalid code", "not confirmed").HasNot(`value="wrong"`)
	s.Advance(time.Second) // the later e-mail is at the top
	page.Submit(send, nil).LeadsTo(profile + "?done=email/send").Follow().Has("A new code is on its way")
	page.Submit(confirm, url.Values{"code": {first}}).Is(http.StatusForbidden)
	second := codeIn(s)
	s.SignedIn("admin").Post(confirm, url.Values{"code": {second}}).Is(http.StatusForbidden) // of another account
	page.Submit(confirm, url.Values{"code": {" " + second + " "}}).LeadsTo(profile+"?done=email/confirm").Follow().
		Has("Your e-mail address is confirmed.", ">confirmed<").HasNot("not confirmed")
	b.Post(confirm, url.Values{"code": {second}}).Is(http.StatusForbidden)
	b.Post(send, nil).Is(http.StatusConflict).Has("confirmed already")
}

// A user has few codes sent: an address may be that of somebody else.
func TestFewCodesAreSent(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	b.Post("/console/profile/email", url.Values{"email": {"a@example.org"}}).Is(http.StatusSeeOther)
	sent, last := 0, testpages.Reply{}
	for last = b.Post("/console/profile/email/send", nil); last.Code == http.StatusSeeOther; last = b.Post("/console/profile/email/send", nil) {
		sent++
	}
	if last.Is(http.StatusTooManyRequests).Has("Too many attempts"); sent < 3 || sent > 10 {
		t.Errorf("%d codes were sent", sent)
	}
}

// Without e-mails an administrator has the code.
func TestConfirmEmailWithoutMail(t *testing.T) {
	s := start(t, func(c *refserver.Config) { c.Fixture, c.SignUp = nil, identity.SignUpOpen })
	s.Browser().Post("/console/sign-up", url.Values{
		"username": {"dora"}, "email": {"dora@example.org"}, "first": {"Dora"}, "last": {"Doe"}, "new": {testpages.Password("dora")}, "again": {testpages.Password("dora")},
	}).LeadsTo("/console/sign-up?done=made")
	b := s.SignedIn("dora")
	b.Get("/console/profile").Has("ask its administrator for a code").HasNot("Send a new code")
	b.Post("/console/profile/email/send", nil).Is(http.StatusForbidden).Has("This server sends no e-mails")
}

// Names and address need a recent sign-in, or the password.
func TestProfileNeedsARecentSignIn(t *testing.T) {
	s := start(t)
	b := s.SignedIn("alice")
	later(s, b)
	page := b.Post("/console/profile/names", url.Values{"first": {"Alicia"}, "last": {"L"}}).Is(http.StatusForbidden).Has(`value="Alicia"`)
	page.Submit("/console/profile/names", url.Values{"password": {testpages.Password("alice")}}).LeadsTo("/console/profile?done=names").Follow().Has("Alicia")
}
