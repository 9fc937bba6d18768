package browser

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

const password = "wonderland-2026"

// signIn signs alice in, who has no second factor.
func (b *browser) signIn() {
	b.Helper()
	b.visit("/console/")
	b.fill(map[string]string{"username": "alice", "password": password})
	b.press("Sign in", "Home")
}

// A user goes through the pages, with scripts and without.
func TestWalk(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*browser) *browser{
		"with scripts":    func(b *browser) *browser { return b },
		"without scripts": (*browser).withoutScripts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := prepare(open(t, serve(t, "testdata/world.yaml")))
			b.visit("/console/")
			b.picture("sign-in")
			b.signIn()
			b.picture("home")
			b.walkTokens()
			codes := b.walkTwoFactor()
			b.walkSignIns(codes)
		})
	}
}

// walkTokens makes a token, uses it from the command, and revokes it.
func (b *browser) walkTokens() {
	b.Helper()
	b.visit("/console/tokens")
	b.press("New Token", "New Token")
	b.picture("new-token")
	b.fill(map[string]string{"name": "laptop"})
	b.press("Make the token", "Your new token")
	b.says("it is not shown again")
	token := b.text("#token")
	who := exec.CommandContext(b.Context, program, "--server", b.server, "whoami")
	who.Env = b.environment("DXAUTH_TOKEN=" + token)
	if out, err := who.CombinedOutput(); err != nil || !strings.Contains(string(out), "alice") {
		b.Errorf("whoami with the token: %v: %s", err, out)
	}
	b.press("Back to the list", "API Tokens")
	b.picture("tokens")
	b.press("Edit", "API token")
	b.press("Revoke this token", "Revoke this token?")
	b.press("Revoke", "API Tokens")
	b.says("You have no API tokens.")
}

// walkTwoFactor enables the second factor: one program reads the QR code from a picture,
// another computes the code. It returns the recovery codes.
func (b *browser) walkTwoFactor() []string {
	b.Helper()
	b.visit("/console/security")
	b.press("Enable 2FA", "Set up two-factor authentication: step 1 of 3")
	b.press("Continue", "Set up two-factor authentication: step 2 of 3")
	b.picture("two-factor-2")
	file := filepath.Join(b.TempDir(), "qr.png")
	b.pictureTo(file)
	address, err := url.Parse(b.run("zbarimg", "--quiet", "--raw", file))
	if err != nil || address.Query().Get("secret") != strings.ReplaceAll(b.text("#key"), " ", "") {
		b.Fatalf("the QR code does not have the key of the page: %v", err)
	}
	b.fill(map[string]string{"code": b.run("oathtool", "--totp", "--base32", address.Query().Get("secret"))})
	b.press("Continue", "Set up two-factor authentication: step 3 of 3")
	b.picture("two-factor-3")
	codes := strings.Fields(b.text("#codes"))
	if len(codes) != 10 {
		b.Fatalf("codes: %v", codes)
	}
	b.fill(map[string]string{"code": codes[0]})
	b.press("Turn two-factor authentication on", "Account Security")
	b.picture("security")
	b.signOut()
	b.fill(map[string]string{"username": "alice", "password": password})
	b.press("Sign in", "Enter the code from your authenticator app")
	b.picture("code")
	next := b.run("oathtool", "--totp", "--base32", "--now", "now + 30 seconds", address.Query().Get("secret"))
	b.fill(map[string]string{"code": next})
	b.press("Continue", "Account Security") // where the page before the sign-in was
	return codes
}

func (b *browser) signOut() {
	b.Helper()
	b.do(chromedp.Click("details.user summary"))
	b.load("Sign in", chromedp.Click("details.user button"))
	b.says("You are signed out.")
	b.load("Sign in", chromedp.NavigateBack()) // the page before is not shown from a cache
}

// walkSignIns signs in with a recovery code, makes new ones, turns the second factor off,
// and signs out everywhere.
func (b *browser) walkSignIns(codes []string) {
	b.Helper()
	b.signOut()
	b.fill(map[string]string{"username": "alice", "password": password})
	b.press("Sign in", "Enter the code from your authenticator app")
	b.press("Enter a recovery code instead", "Enter a recovery code")
	b.fill(map[string]string{"code": codes[1]})
	b.press("Continue", "You used a recovery code")
	b.says("9 recovery codes are left.")
	b.picture("codes-left")
	b.press("Continue", "Account Security") // where the page before the sign-in was
	b.visit("/console/security")
	b.press("Make new recovery codes", "Make new recovery codes")
	b.press("Make new recovery codes", "New recovery codes")
	fresh := strings.Fields(b.text("#codes"))
	b.press("I have saved them", "Account Security")
	b.press("Turn Off", "Turn two-factor authentication off")
	b.fill(map[string]string{"step-password": password, "step-code": fresh[0]})
	b.press("Turn Off", "Account Security")
	b.visit("/console/profile")
	b.picture("profile")
	b.visit("/console/security")
	b.fill(map[string]string{"everywhere-password": password})
	b.press("Sign out everywhere", "Sign in")
}

// The pages are readable on a small screen, and on a dark one.
func TestLooks(t *testing.T) {
	t.Parallel()
	server := serve(t, "testdata/world.yaml")
	for name, options := range map[string][]action{
		"dark": {command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
		})},
		"narrow": {chromedp.EmulateViewport(360, 740)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, server, options...)
			b.visit("/console/sign-in")
			b.picture("sign-in-" + name)
			b.signIn()
			for _, page := range []string{"tokens", "tokens/new", "security", "security/two-factor", "profile", "nothing"} {
				b.visit("/console/" + page)
				b.picture(strings.ReplaceAll(page, "/", "-") + "-" + name)
			}
		})
	}
}

// What a page says about a mistake is as accessible as the page.
func TestMistakes(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml"))
	b.visit("/console/sign-in")
	b.fill(map[string]string{"username": "alice", "password": "wrong-2026"})
	b.press("Sign in", "Sign in")
	b.says("Wrong user name or password.")
	b.picture("mistake")
	b.signIn()
	b.visit("/console/tokens/new")
	b.fill(map[string]string{"name": "laptop"})
	b.do(chromedp.Click("#projects"))
	b.press("Make the token", "New Token")
	b.says("Choose at least one project, or the whole account.")
	b.visit("/console/security/two-factor")
	b.press("Continue", "Set up two-factor authentication: step 2 of 3")
	b.fill(map[string]string{"code": "000000"})
	b.press("Continue", "Set up two-factor authentication: step 2 of 3")
	b.says("Incorrect verification code.")
	b.visit("/console/profile")
	b.fill(map[string]string{"password-password": "wrong-2026", "new": "brand-new-2026", "again": "brand-new-2027"})
	b.press("Change the password", "My Profile")
	b.says("The two new passwords are not the same.")
	b.picture("profile-mistake")
}

// Where the server requires a second factor, a user without one gets it at the sign-in.
func TestRequiredSecondFactor(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/world.yaml", "--two-factor", "enforced")).withoutScripts()
	b.visit("/console/tokens")
	b.fill(map[string]string{"username": "alice", "password": password})
	b.press("Sign in", "Two-factor authentication is required")
	b.press("Set it up", "Set up two-factor authentication: step 2 of 3")
	key := strings.ReplaceAll(b.text("#key"), " ", "")
	b.fill(map[string]string{"code": b.run("oathtool", "--totp", "--base32", key)})
	b.press("Continue", "Set up two-factor authentication: step 3 of 3")
	b.fill(map[string]string{"code": strings.Fields(b.text("#codes"))[0]})
	b.press("Turn two-factor authentication on", "API Tokens")
}
