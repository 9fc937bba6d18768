package browser

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// look is how a window shows pages.
type look struct {
	name  string
	width int64
	scale float64 // of the device: 2 shows pages as a zoom of 200 % does
	dark  bool
}

// looks are the windows in which every page is seen.
func looks() []look {
	return []look{
		{"light", 1280, 1, false}, {"dark", 1280, 1, true},
		{"light-360", 360, 1, false}, {"dark-360", 360, 1, true},
		{"light-zoom", 640, 2, false},
	}
}

func (l look) options() []action {
	scheme := map[bool]string{false: "light", true: "dark"}[l.dark]
	return []action{
		chromedp.EmulateViewport(l.width, 900, chromedp.EmulateScale(l.scale)),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		}),
	}
}

// pagesOf are the pages that users of matrix.yaml see, by user; "" is nobody.
func pagesOf() map[string][]string {
	const org, member = "/console/orgs/org-genomics", "/console/orgs/org-genomics/members/user-bob"
	const bob, token = "/console/admin/users/user-bob", "/console/tokens/nothing"
	return map[string][]string{
		"": {"/console/sign-in", "/console/sign-in?ended=idle", "/console/sign-up", "/console/sign-up/activate", "/console/activate", "/console/lost-phone"},
		"alice": {
			"/console/", "/console/tokens", "/console/tokens/new", "/console/tokens/new?find=rare", token, "/console/security", "/console/security/two-factor",
			"/console/security/identities", "/console/profile", "/sso/own/lab/begin", "/console/nothing",
			"/console/orgs", org, org + "/invite", org + "/members/new", org + "/tokens", org + "/trust", org + "/trust/new", org + "/trust/test", member, member + "/remove", member + "/reset",
		},
		"root.admin": {
			"/console/", "/console/orgs/new", "/console/admin/users", "/console/admin/users?find=nobody", "/console/admin/users/new", bob, bob + "/tokens", bob + "/tokens/new",
			bob + "/disable", bob + "/code", bob + "/email-code", "/console/admin/audit", "/console/admin/mail",
		},
	}
}

// Every page is readable in every look, with scripts and without, and has no violation of
// accessibility. It takes minutes, so it runs with DXAUTH_MATRIX only.
func TestMatrix(t *testing.T) {
	if os.Getenv("DXAUTH_MATRIX") == "" {
		t.Skip("run make console-matrix")
	}
	server := serve(t, "testdata/matrix.yaml", "--signup", "moderated", "--oidc-config", "testdata/oidc.yaml")
	for _, look := range looks() {
		for _, scripts := range []bool{true, false} {
			for user, pages := range pagesOf() {
				name := fmt.Sprintf("%s/scripts=%v/%s", look.name, scripts, user)
				t.Run(name, func(t *testing.T) {
					b := open(t, server, look.options()...)
					if !scripts {
						b.withoutScripts()
					}
					if user != "" {
						b.signInAs(user, password)
					}
					for _, page := range pages {
						b.visit(page)
						b.hasOneHeading()
						if scripts {
							b.picture(look.name + "-" + user + strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(page))
						}
					}
				})
			}
		}
	}
}

// What forms lead to, and what they say about a mistake, is as readable as the pages that
// anybody can open. It runs with DXAUTH_MATRIX only.
func TestFormsInEveryLook(t *testing.T) {
	if os.Getenv("DXAUTH_MATRIX") == "" {
		t.Skip("run make console-matrix")
	}
	server := serve(t, "testdata/matrix.yaml", "--signup", "open", "--smtp", "smtp://127.0.0.1:9", "--smtp-from", "dxauth@example.org", "--oidc-config", "testdata/oidc.yaml")
	for _, look := range looks() {
		if look.scale != 1 {
			continue
		}
		t.Run(look.name, func(t *testing.T) {
			b := open(t, server, look.options()...)
			b.statesOfNobody(look)
			b.signInAs("alice", password)
			b.statesOfATrustRule(look)
			b.statesOfAnAdmin(look)
		})
	}
}

// lookAt takes a picture of a page that a form led to.
func (b *browser) lookAt(l look, name string) {
	b.Helper()
	b.hasOneHeading()
	b.picture("state-" + l.name + "-" + name)
}

// statesOfNobody are those of a user who cannot sign in yet.
func (b *browser) statesOfNobody(l look) {
	b.Helper()
	b.visit("/console/sign-up")
	b.fill(map[string]string{"username": "frank." + l.name[:4], "email": "frank@example.org", "first": "Frank", "last": "N", "new": "password", "again": "password"})
	b.press("Sign up", "Sign up")
	b.lookAt(l, "sign-up-refused")
	b.visit("/console/sign-up/again")
	b.lookAt(l, "again")
	b.fill(map[string]string{"email": l.name + ".with.a.long.address@a-department.of-an-institute.example.org"})
	b.press("Send the code again", "Send the code again")
	b.says("another code is on its way")
	b.lookAt(l, "again-sent")
	b.press("Activate your account", "Activate your account")
	b.fill(map[string]string{"code": "not-a-code"})
	b.press("Activate", "Activate your account")
	b.lookAt(l, "activate-refused")
}

// statesOfATrustRule are those of a rule from the first mistake to its removal.
func (b *browser) statesOfATrustRule(l look) {
	b.Helper()
	const level = "level-project-Exome0000000000000000001"
	b.visit("/console/orgs/org-genomics/trust/new")
	b.fill(map[string]string{"claims": "repository=acme/a-repository-with-a-name-that-has-no-place-to-break"})
	b.press("Add the trust rule", "New trust rule")
	b.says("must name repository_id or repository_owner_id exactly")
	b.lookAt(l, "rule-refused")
	b.do(chromedp.Clear("#claims"))
	b.fill(map[string]string{"claims": "repository_id=74\njob_workflow_ref=acme/pipeline/.github/workflows/nightly-with-a-long-name.yml@refs/heads/main", level: "VIEW"})
	b.do(chromedp.Click(`//button[text()="Add the trust rule"]`), chromedp.WaitVisible(`//p[contains(., "The trust rule is added.")]`))
	b.check()
	b.lookAt(l, "rule")
	b.press("Back to the trust rules", "Trust rules")
	b.lookAt(l, "rules")
	b.press("Compare an ID token", "Compare an ID token")
	b.fill(map[string]string{"token": "e30.eyJpc3MiOiJodHRwOi8vMTI3LjAuMC4xOjkvZ2l0aHViIiwicmVwb3NpdG9yeV9pZCI6Ijc0IiwiZW52aXJvbm1lbnQiOiJwcm9kIn0.c2ln"})
	b.press("Compare", "Compare an ID token")
	b.says("No trust rule of the org matches it.")
	b.lookAt(l, "token-compared")
	b.do(chromedp.Click(`//main//table//a`), chromedp.WaitVisible(`//a[text()="Remove this trust rule"]`))
	b.press("Remove this trust rule", "Remove this trust rule?")
	b.lookAt(l, "rule-removal")
	b.press("Remove", "Trust rules")
	b.says("The trust rule is removed")
}

// statesOfAnAdmin are those of mistakes, and of the identities of a user.
func (b *browser) statesOfAnAdmin(l look) {
	b.Helper()
	b.visit("/console/orgs/org-genomics/invite")
	b.fill(map[string]string{"invitee": "nobody"})
	b.press("Invite", "Invite a member to Genomics Lab of the Institute for Rare Diseases")
	b.lookAt(l, "invite-refused")
	b.visit("/console/profile")
	b.press("Send a new code", "My Profile")
	b.lookAt(l, "code-sent")
	b.visit("/console/security/identities")
	b.press("Unlink", "Unlink alice@lab.example.org?")
	b.lookAt(l, "unlink-own")
	b.signOut()
	b.signInAs("root.admin", password)
	b.visit("/console/admin/users/user-alice")
	b.lookAt(l, "user-with-identities")
	b.press("Unlink", "Unlink an account of alice?")
	b.lookAt(l, "unlink")
	b.visit("/console/admin/users/new")
	b.fill(map[string]string{"username": "x", "email": "grace@example.org", "first": "Grace"})
	b.press("Make the account", "New user")
	b.lookAt(l, "new-user-refused")
}

// hasOneHeading checks what screen readers announce first: a title, one heading of the
// first level, and a language.
func (b *browser) hasOneHeading() {
	b.Helper()
	found := read(b, chromedp.Evaluate[string](`[document.querySelectorAll("h1").length, document.querySelectorAll("main").length, document.documentElement.lang, document.title.includes(document.querySelector("h1").textContent)].join()`))
	if found != "1,1,en,true" {
		b.Errorf("headings, main landmarks, language, heading in the title: %s\n%s", found, b.body())
	}
}
