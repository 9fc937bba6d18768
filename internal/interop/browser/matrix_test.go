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

// hasOneHeading checks what screen readers announce first: a title, one heading of the
// first level, and a language.
func (b *browser) hasOneHeading() {
	b.Helper()
	found := read(b, chromedp.Evaluate[string](`[document.querySelectorAll("h1").length, document.querySelectorAll("main").length, document.documentElement.lang, document.title.includes(document.querySelector("h1").textContent)].join()`))
	if found != "1,1,en,true" {
		b.Errorf("headings, main landmarks, language, heading in the title: %s\n%s", found, b.body())
	}
}
