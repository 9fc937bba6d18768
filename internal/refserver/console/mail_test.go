package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/mail"
)

// A server with a fixture shows its e-mails, to administrators of the platform only.
func TestMails(t *testing.T) {
	s := start(t)
	admin, alice := s.SignedIn("admin"), s.SignedIn("alice")
	admin.Get(mail.PagePath).Is(http.StatusOK).Has("There are no e-mails.")
	alice.Post("/console/profile/email", url.Values{"email": {"<b>@example.org"}})
	alice.Post("/console/profile/email", url.Values{"email": {"alice&co@example.org"}}).Is(http.StatusSeeOther)
	admin.Get("/console/").Has(`href="` + mail.PagePath + `"`)
	admin.Get(mail.PagePath).Is(http.StatusOK).Has("alice&co@example.org", "confirm it with this code", "Your e-mail address was changed").HasNot("<b>@")
	alice.Get(mail.PagePath).Is(http.StatusForbidden)
	alice.Get("/console/").HasNot(mail.PagePath)
}

// A server that sends its e-mails shows none.
func TestMailsThatAreSent(t *testing.T) {
	s := start(t, func(c *refserver.Config) {
		c.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: "1", From: "dxauth@example.org"}
	})
	admin := s.SignedIn("admin")
	admin.Get(mail.PagePath).Is(http.StatusNotFound)
	admin.Get("/console/").HasNot(mail.PagePath)
}

// noMail is what pages say that wait for a code from an e-mail.
const noMail = "Nothing arrived after some minutes? Look among unwanted e-mails, then ask the administrator of this server."

// Who changed the address reads what helps if no e-mail comes, and an administrator where that
// is written down. Without e-mails a page says whom to ask.
func TestMailsThatDoNotCome(t *testing.T) {
	s := start(t, func(c *refserver.Config) {
		c.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: "1", From: "dxauth@example.org"}
	})
	b := s.SignedIn("alice")
	b.Post("/console/profile/email", url.Values{"email": {"alice@lab.example.org"}}).Is(http.StatusSeeOther)
	b.Get("/console/profile").Has("Enter the code from the e-mail that was sent there.", noMail)
	s.SignedIn("admin").Post(users+"/new", newcomer()).Is(http.StatusOK).Has("An e-mail with the code is on its way", "mail.drop")
}

// With mail, who signs up reads where the code is.
func TestSignUpWithMail(t *testing.T) {
	s := start(t, func(c *refserver.Config) {
		c.SignUp, c.SMTP = "open", &mail.SMTP{Host: "127.0.0.1", Port: "1", From: "dxauth@example.org"}
	})
	b := s.Browser()
	b.Post("/console/sign-up", url.Values{
		"username": {"dora"}, "email": {"dora@example.org"}, "first": {"Dora"}, "last": {"Doe"},
		"new": {"dora-pass-2026"}, "again": {"dora-pass-2026"},
	}).LeadsTo("/console/sign-up?done=made").Follow().Is(http.StatusOK).Has("the code in the e-mail", `href="/console/sign-up/activate"`, noMail)
	const again = "/console/sign-up/again"
	b.Get("/console/sign-up/activate").Has("by e-mail", `href="`+again+`"`, noMail)
	var said []string
	for _, address := range []string{"dora@example.org", "alice@example.org", "nobody@example.org"} {
		sent := b.Get(again).Submit(again, url.Values{"email": {address}}).LeadsTo(again + "?done=sent").Follow().Is(http.StatusOK)
		said = append(said, sent.Body.String())
	}
	if said[0] != said[1] || said[0] != said[2] {
		t.Errorf("the pages differ: %s", strings.Join(said, "\n\n"))
	}
	b.Post(again, url.Values{"email": {"dora"}}).Is(http.StatusUnprocessableEntity).Has(`value="dora"`)
	for range 2 {
		b.Post(again, url.Values{"email": {"nobody@example.org"}})
	}
	b.Post(again, url.Values{"email": {"nobody@example.org"}}).Is(http.StatusTooManyRequests)
}

// A server that sends no codes sends none again.
func TestSendAgainWithoutMail(t *testing.T) {
	b := start(t, func(c *refserver.Config) { c.SignUp = "moderated" }).Browser()
	b.Get("/console/sign-up/again").Is(http.StatusNotFound)
	b.Post("/console/sign-up/again", url.Values{"email": {"alice@example.org"}}).Is(http.StatusNotFound)
	b.Get("/console/sign-up/activate").HasNot("/console/sign-up/again")
}
