package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A user changes the address and confirms it with the code in the e-mail, which the
// server shows to its administrator.
func TestConfirmEmail(t *testing.T) {
	t.Parallel()
	server := serve(t, "testdata/admins.yaml")
	b, administrator := open(t, server).withoutScripts(), open(t, server)
	b.signInAs("alice", password)
	b.visit("/console/profile")
	b.do(chromedp.Clear("#new-email"))
	b.fill(map[string]string{"new-email": "alice@lab.example.org"})
	b.press("Change the address", "My Profile")
	b.says("The address alice@lab.example.org is not confirmed yet.")
	b.picture("not-confirmed")
	b.press("Send a new code", "My Profile")
	b.says("A new code is on its way")
	b.fill(map[string]string{"email-code": "wrong"})
	b.press("Confirm the address", "My Profile")
	b.says("Invalid code")
	administrator.signInAs("root.admin", password)
	administrator.visit("/console/admin/mail")
	code := read(administrator, chromedp.Evaluate[string](`[...document.querySelectorAll("pre")].map(pre => pre.textContent.match(/this code:\s+(\S+)/)).filter(Boolean)[0][1]`))
	b.fill(map[string]string{"email-code": code})
	b.press("Confirm the address", "My Profile")
	b.says("Your e-mail address is confirmed.")
}

// A form that is sent after the session ended is there after the sign-in, without scripts
// and with them, and so is one that was not sent when an idle session ends.
func TestFormIsKept(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*browser) *browser{
		"with scripts":    func(b *browser) *browser { return b },
		"without scripts": (*browser).withoutScripts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, "testdata/world.yaml")
			b, other := prepare(open(t, server)), open(t, server)
			b.signIn()
			b.visit("/console/tokens/new")
			b.fill(map[string]string{"name": "laptop"})
			b.do(chromedp.Click("#projects"), chromedp.Click("#nophi"))
			other.signIn()
			other.visit("/console/security")
			other.fill(map[string]string{"everywhere-password": password})
			other.press("Sign out everywhere", "Sign in")
			b.press("Make the token", "Sign in")
			b.says("Your form was not sent.")
			b.picture("form-kept")
			b.fill(map[string]string{"username": "alice", "password": password})
			b.press("Sign in", "New Token")
			b.says("You had to sign in before this form could be sent.")
			b.picture("form-returned")
			if got := read(b, chromedp.Evaluate[string](`document.querySelector("#name").value + document.querySelector("#projects").checked + document.querySelector("#nophi").checked`)); got != "laptoptruetrue" {
				t.Errorf("the form has %s", got)
			}
			b.do(chromedp.Click("#account"))
			b.press("Make the token", "Your new token")
		})
	}
}

// What a user typed is not lost when the session ends because it is idle.
func TestIdleFormIsKept(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml", "--idle-timeout", "20s"))
	b.signIn()
	b.load("My Profile", chromedp.Click(`//nav//a[normalize-space()="My Profile"]`))
	b.do(chromedp.Clear("#first"))
	b.fill(map[string]string{"first": "Alicia"})
	b.expect("Sign in")
	b.says("because you did nothing for a while")
	b.says("Your form was not sent.")
	b.fill(map[string]string{"username": "alice", "password": password})
	b.press("Sign in", "My Profile")
	if got := read(b, chromedp.Evaluate[string](`document.querySelector("#first").value`)); got != "Alicia" {
		t.Errorf("the first name is %q", got)
	}
}

// Below a base path, where other servers of the host may have what the browser stores, the
// button back shows nothing after a sign-out, either. Whether Chromium keeps a page in memory
// for that button depends on the window and the way to the page; here it keeps none. The test
// of the header that forbids it is in package web/browser.
func TestSignOutBelowAPath(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml", "--type", "molgenis", "--base-path", "/lab")).withoutScripts()
	b.signIn()
	b.signOut()
}
