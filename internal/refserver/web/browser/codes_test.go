package browser_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
)

const codesLeft = "/console/sign-in/codes-left"

// After a sign-in with a recovery code a page says how many are left, and leads on.
func TestRecoveryCodesLeft(t *testing.T) {
	s := start(t)
	b := s.Browser()
	b.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
	b.Post(browser.PathRecovery, url.Values{"code": {"aaaaa-bbbbb"}, "next": {"/console/tokens?a=b"}}).
		LeadsTo(codesLeft+"?next=%2Fconsole%2Ftokens%3Fa%3Db").Follow().Is(http.StatusOK).
		Has("1 recovery code is left.", `href="/console/tokens?a=b"`, `href="/console/security/recovery-codes"`)
	b.Get(codesLeft + "?next=https://evil.example/").Is(http.StatusOK).HasNot("evil.example")
	s.Browser().Get(codesLeft).LeadsTo(browser.PathSignIn + "?next=%2Fconsole%2F")
	s.SignedIn("alice").Get(codesLeft + "?next=/console/tokens").LeadsTo("/console/tokens") // who has no codes
}

// Whoever gave the password reads which kind of code was wrong, and which was used before.
func TestWrongAndUsedCodes(t *testing.T) {
	s := start(t)
	totp := testpages.Code(t, testpages.BobSeed, s.Now())
	for _, path := range []string{browser.PathCode, browser.PathRecovery} {
		first := s.Browser()
		first.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
		code := map[string]string{browser.PathCode: totp, browser.PathRecovery: "aaaaa-bbbbb"}[path]
		first.Post(path, url.Values{"code": {code}}).Is(http.StatusSeeOther)
	}
	b := s.Browser()
	for _, c := range []struct{ path, code, says string }{
		{browser.PathCode, "000000", "Incorrect verification code."},
		{browser.PathCode, totp, "This code was used before. Wait for the next one"},
		{browser.PathRecovery, "aaaaa-xxxxx", "Incorrect recovery code."},
		{browser.PathRecovery, "AAAAA-BBBBB", "This recovery code was used before."},
	} {
		b.Post(browser.PathSignIn, credentials("bob", testpages.Password("bob")))
		b.Post(c.path, url.Values{"code": {c.code}}).Is(http.StatusForbidden).Has(c.says)
	}
	b.Post(browser.PathSignIn, credentials("bob", "wrong-2026")).Has("Wrong user name or password.").HasNot("used")
}
