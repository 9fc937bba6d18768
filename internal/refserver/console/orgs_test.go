package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// orgWorld has an org whose admin is alice. It made the account of bob, who has a second
// factor; erin is a member whom another org made, and the ward has no license.
const orgWorld = `
users:
  - {username: alice, password: alice-pass-2026, email: alice@example.org, first: Alice, last: Liddell}
  - {username: bob, password: bob-pass-2026, email: bob@example.org, totp_secret: ` + testpages.BobSeed + `}
  - {username: erin, password: erin-pass-2026, email: erin@example.org, provisioningOrg: org-ward, totp_secret: ` + testpages.BobSeed + `}
  - {username: carol, password: carol-pass-2026, email: carol@example.org, disabled: true}
  - {username: admin, password: admin-pass-2026, email: admin@example.org, superuser: true}
orgs:
  - {handle: genomics, name: Genomics Lab, admins: [alice], members: [bob, erin], policies: {autoLogoutAfter: 30m}}
  - {handle: ward, name: Ward 7, admins: [erin, alice], members: [bob], userCreationFeaturesEnabled: false}
projects:
  - {name: Exome 2026, id: project-Exome0000000000000000001, createdBy: alice, billTo: org-genomics, permissions: {alice: ADMINISTER, bob: VIEW}}
tokens:
  - {user: admin, value: ` + viewer + `, label: viewer}
  - {user: bob, value: ` + old + `, label: bob's, expires: 30d, scope: {projects: {project-Exome0000000000000000001: VIEW}}}
`

const (
	genomics = "/console/orgs/org-genomics"
	ward     = "/console/orgs/org-ward"
)

// openOrgs starts a server with orgWorld.
func openOrgs(t *testing.T) *testpages.Server {
	t.Helper()
	t.Parallel()
	return testpages.Open(t, orgWorld, withProvider)
}

// withProvider gives a server an OpenID provider, and a CI system, which no test asks.
func withProvider(c *refserver.Config) {
	c.Audience = "https://platform.example.org"
	c.SSO = sso.Config{Workloads: []sso.Workload{{Name: "ci", Issuer: "https://id.example.org", Replay: sso.ReplayOnce}}, Providers: []sso.Provider{{Name: "hospital", Title: "Hospital", Issuer: "https://id.example.org", ClientID: "dxauth", Scopes: []string{"openid"}}}}
}

// Users see their orgs, and open the pages of those that they administer.
func TestOrgs(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	b.Get("/console/orgs").Is(http.StatusOK).Has(`href="/console/orgs/org-genomics"`, "Genomics Lab", "Ward 7", "ADMIN")
	b.Get(genomics).Is(http.StatusOK).Has("Genomics Lab", "30 minutes", "bob", "erin", "MEMBER")
	signInWithCode(s, "bob").Get("/console/orgs").Is(http.StatusOK).Has("Genomics Lab", "MEMBER").HasNot(`href="/console/orgs/org-genomics"`)
}

// signInWithCode returns a browser in which a user with the second factor of BobSeed has
// signed in.
func signInWithCode(s *testpages.Server, user string) *testpages.Browser {
	b := s.Browser()
	b.Get("/console/sign-in").Submit("/console/sign-in", url.Values{"username": {user}, "password": {testpages.Password(user)}}).
		Follow().Submit("/console/sign-in/code", url.Values{"code": {testpages.Code(b, testpages.BobSeed, s.Now())}}).LeadsTo("/console/")
	return b
}

// Only admins of an org see its pages, and nothing that they show is changed by others.
func TestOrgPagesAreForItsAdmins(t *testing.T) {
	s := openOrgs(t)
	b := signInWithCode(s, "bob")
	exclude := genomics + "/tokens/" + signature(old) + "/exclude"
	for _, page := range []string{genomics, genomics + "/members/user-bob", genomics + "/members/user-bob/reset", genomics + "/members/user-bob/remove", genomics + "/invite", genomics + "/tokens", exclude} {
		b.Get(page).Is(http.StatusForbidden).Has("Only admins of the org can see its pages.").HasNot("erin")
	}
	before := orgState(t, s)
	for page, form := range map[string]url.Values{
		genomics + "/limit":                    {"limit": {"5m"}},
		genomics + "/members/user-bob":         {"level": {"ADMIN"}},
		genomics + "/members/user-bob/reset":   nil,
		genomics + "/members/user-erin/remove": nil,
		genomics + "/invite":                   {"invitee": {"carol"}, "level": {"ADMIN"}},
		exclude:                                nil,
	} {
		b.Post(page, form).Is(http.StatusForbidden)
	}
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// What is not an org, a member or a token leads to a page that says so.
func TestOrgPagesOfNothing(t *testing.T) {
	b := openOrgs(t).SignedIn("alice")
	for _, page := range []string{
		"/console/orgs/org-none", "/console/orgs/genomics", "/console/orgs/org-%00", "/console/orgs/org-x%27",
		genomics + "/members/user-none", genomics + "/members/user-admin", genomics + "/members/user-%00", genomics + "/members/bob",
		genomics + "/tokens/0123/exclude",
	} {
		b.Get(page).Is(http.StatusNotFound)
	}
	b.Post(genomics+"/tokens/"+strings.Repeat("0", 64)+"/exclude", nil).Is(http.StatusNotFound)
	for _, query := range []string{"?after=org-%00", "?after=user-%ff", "?after=x&user=y&expires=1"} {
		for _, page := range []string{"/console/orgs", genomics, genomics + "/tokens"} {
			b.Get(page + query).Is(http.StatusOK)
		}
	}
}

// The form for the idle limit keeps what was filled in, says what is wrong, and changes
// the sessions of members at once.
func TestIdleLimitOnThePageOfAnOrg(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	page := b.Get(genomics)
	for _, wrong := range []string{"30s", "31d", "never", "-5m"} {
		page.Submit(genomics+"/limit", url.Values{"limit": {wrong}}).Is(http.StatusUnprocessableEntity).
			Has("Enter a time from 1 minute to 30 days", `value="`+wrong+`"`)
	}
	page.Submit(genomics+"/limit", url.Values{"limit": {"12h"}}).LeadsTo(genomics+"?done=limit").Follow().Has("The idle limit is changed.", "12 hours")
	b.Get(genomics).Submit(genomics+"/limit", url.Values{"limit": {""}}).LeadsTo(genomics + "?done=limit").Follow().Has("that of the server")
	b.Get("/console/orgs/org-ward").Has("not licensed")
	b.Post("/console/orgs/org-ward/limit", url.Values{"limit": {"5m"}}).Is(http.StatusForbidden)
}

// What gives access or removes a protection needs a recent sign-in; what takes access
// away does not.
func TestWhatAdminsOfAnOrgConfirm(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	later(s, b)
	page := b.Get(genomics).Has("Confirm that it is you")
	page.Submit(genomics+"/limit", url.Values{"limit": {"1h"}}).Is(http.StatusForbidden).Has("Confirm that it is you to continue.", `value="1h"`)
	page.Submit(genomics+"/limit", url.Values{"limit": {"1h"}, "password": {testpages.Password("alice")}}).LeadsTo(genomics + "?done=limit")
	later(s, b)
	b.Get(genomics+"/members/user-bob").Submit(genomics+"/members/user-bob", url.Values{"level": {"ADMIN"}}).Is(http.StatusForbidden)
	reset := genomics + "/members/user-bob/reset"
	b.Post(reset, nil).LeadsTo("/console/sign-in?confirm=1&next=" + url.QueryEscape(reset))
	b.Post(genomics+"/tokens/"+signature(old)+"/exclude", nil).LeadsTo(genomics + "/tokens?done=excluded")
}

// An org has an admin, and admins who give up their level leave its pages.
func TestLevelsOfMembers(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	own := genomics + "/members/user-alice"
	b.Get(own).Submit(own, url.Values{"level": {"MEMBER"}}).Is(http.StatusConflict)
	b.Post(own, url.Values{"level": {"OWNER"}}).Is(http.StatusUnprocessableEntity)
	b.Get(genomics+"/members/user-erin").Submit(genomics+"/members/user-erin", url.Values{"level": {"ADMIN"}}).
		LeadsTo(genomics + "/members/user-erin?done=level").Follow().Has("The access is changed.")
	b.Get(own).Submit(own, url.Values{"level": {"MEMBER"}}).LeadsTo("/console/orgs?done=level").Follow().Has("The access is changed.")
	b.Get(genomics).Is(http.StatusForbidden)
}

// An org resets the second factor of accounts that it made, and of no others.
func TestResetOfAMember(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	b.Get(genomics + "/members/user-bob").Has(`href="` + genomics + `/members/user-bob/reset"`)
	b.Get(genomics+"/members/user-bob/reset").Is(http.StatusOK).Has("Reset two-factor authentication of bob?").
		Submit(genomics+"/members/user-bob/reset", nil).LeadsTo(genomics + "/members/user-bob?done=factor-reset").
		Follow().Has("Two-factor authentication is reset")
	s.SignedIn("bob").Get("/console/security").Has("<strong>off</strong>")
	b.Post(genomics+"/members/user-bob/reset", nil).Is(http.StatusConflict)
	b.Get(genomics + "/members/user-erin").HasNot("user-erin/reset").Has("An administrator of the server can.")
	b.Post(genomics+"/members/user-erin/reset", nil).Is(http.StatusForbidden)
}

// call returns the call of a method of the org genomics.
func call(method, input string) func(*testing.T, *dnanexus.Client, *testpages.Server) {
	return func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
		_, err := c.Call(t.Context(), "org-genomics", method, []byte(input))
		must(t, err)
	}
}

// orgActions are the forms for admins of orgs, which alice fills in, by the first line of
// their rows in docs/console.md.
func orgActions() map[string]ways {
	return map[string]ways{
		"dxauth admin org policy": {
			func(b *testpages.Browser) { b.Post(genomics+"/limit", url.Values{"limit": {"5m"}}).Is(303) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				policies := dnanexus.UpdateOrgPolicies{AutoLogoutAfter: json.RawMessage("300000")}
				must(t, c.UpdateOrg(t.Context(), "org-genomics", dnanexus.UpdateOrgRequest{Policies: policies}))
			},
		},
		"dxauth admin org invite": {
			func(b *testpages.Browser) {
				b.Get(genomics+"/invite").Submit(genomics+"/invite", url.Values{"invitee": {"carol@example.org"}, "projects": {"VIEW"}, "bill": {"on"}}).
					LeadsTo(genomics + "?done=invited").Follow().Has("carol")
			},
			call("invite", `{"invitee": "carol@example.org", "level": "MEMBER", "projectAccess": "VIEW", "allowBillableActivities": true}`),
		},
		"dxauth admin org access": {
			func(b *testpages.Browser) {
				b.Get(genomics+"/members/user-erin").Submit(genomics+"/members/user-erin", url.Values{"level": {"ADMIN"}}).Is(303)
				b.Get(genomics+"/members/user-bob").Submit(genomics+"/members/user-bob", url.Values{"projects": {"NONE"}, "search": {"on"}, "clouds": {"on"}}).Is(303)
			},
			call("setMemberAccess", `{"user-erin": {"level": "ADMIN"}, "user-bob": {"projectAccess": "NONE", "dataSearch": true, "cloudIntegrationManagement": true}}`),
		},
		"dxauth admin org remove": {
			func(b *testpages.Browser) {
				b.Get(genomics+"/members/user-bob/remove").Submit(genomics+"/members/user-bob/remove", nil).LeadsTo(genomics + "?done=removed")
			},
			call("removeMember", `{"user": "user-bob"}`),
		},
		"dxauth account orgs leave": {
			func(b *testpages.Browser) {
				b.Get(ward+"/leave").Submit(ward+"/leave", nil).LeadsTo("/console/orgs?done=left")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.LeaveOrg(t.Context(), dnanexus.OwnOrgRequest{Org: "org-ward"}))
			},
		},
		"dxauth admin org add": {
			func(b *testpages.Browser) {
				b.Get("/console/orgs/new").Submit("/console/orgs/new", url.Values{"handle": {"Lab"}, "name": {"The Lab"}}).
					LeadsTo("/console/orgs/org-lab?done=made-org").Follow().Has("The org is made.")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				_, err := c.NewOrg(t.Context(), dnanexus.NewOrgRequest{Handle: "Lab", Name: "The Lab"})
				must(t, err)
			},
		},
		"dxauth admin user add --org": {
			func(b *testpages.Browser) {
				b.Get(genomics).Has(genomics + "/members/new")
				b.Get(genomics+"/members/new").Has("belongs to Genomics Lab").Submit(genomics+"/members/new", newcomer()).Is(http.StatusOK).Has("is made")
			},
			addFrank("org-genomics"),
		},
		"dxauth admin user reset-2fa --org": {
			func(b *testpages.Browser) { b.Post(genomics+"/members/user-bob/reset", nil).Is(303) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				_, err := c.ResetUserMFA(t.Context(), dnanexus.ResetUserMFARequest{UserID: "user-bob", OrgID: "org-genomics"})
				must(t, err)
			},
		},
		"dxauth admin org trust add": {
			func(b *testpages.Browser) { addRuleOnPage(b, ruleForm()) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) { addTrustRule(t, c) },
		},
		"dxauth admin org trust remove": {
			func(b *testpages.Browser) {
				addRuleOnPage(b, url.Values{"claims": {"sub=another"}, exomeLevel: {"VIEW"}})
				removed := addRuleOnPage(b, ruleForm())
				b.Get(removed+"/remove").Submit(removed+"/remove", nil).LeadsTo(trustRules + "?done=removed")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				_, err := c.AddTrustRule(t.Context(), "org-genomics", dnanexus.AddTrustRuleRequest{
					Issuer: "ci", Claims: map[string]string{"sub": "another"}, Projects: map[string]dnanexus.Level{"project-Exome0000000000000000001": dnanexus.LevelView},
				})
				must(t, err)
				must(t, c.RemoveTrustRule(t.Context(), "org-genomics", dnanexus.RemoveTrustRuleRequest{ID: addTrustRule(t, c).ID}))
			},
		},
		"dxauth admin org revoke-token": {
			func(b *testpages.Browser) { b.Post(genomics+"/tokens/"+signature(old)+"/exclude", nil).Is(303) },
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.RevokeMemberToken(t.Context(), "org-genomics", dnanexus.RevokeMemberTokenRequest{Signature: signature(old)}))
			},
		},
	}
}

func TestPagesForAdminsAndCommandsDoTheSame(t *testing.T) {
	for command, w := range orgActions() {
		t.Run(command, func(t *testing.T) { compareAs(t, "alice", w) })
	}
	for command, w := range userActions() {
		t.Run(command, func(t *testing.T) { compareAs(t, "admin", w) })
	}
}

// compareAs does a thing on a page and with the command's routes, as an administrator.
func compareAs(t *testing.T, administrator string, w ways) {
	t.Parallel()
	byPage, byCommand := testpages.Open(t, orgWorld, withProvider), testpages.Open(t, orgWorld, withProvider)
	before := orgState(t, byPage)
	w.page(byPage.SignedIn(administrator))
	w.command(t, clientOf(t, byCommand, administrator), byCommand)
	onPage, inTerminal := orgState(t, byPage), orgState(t, byCommand)
	if onPage != inTerminal {
		t.Errorf("the page leads to\n%s\nthe command to\n%s", onPage, inTerminal)
	}
	if onPage == before {
		t.Errorf("nothing changed: %s", before)
	}
}

// orgState describes the org and its users as an administrator of the platform sees them.
func orgState(t *testing.T, s *testpages.Server) string {
	t.Helper()
	listening := httptest.NewServer(s.Handler())
	defer listening.Close()
	c := dnanexus.New(dnanexus.Config{APIServer: listening.URL, AuthServer: listening.URL, Token: secret.New(viewer)})
	var state strings.Builder
	add := func(value any, err error) {
		must(t, err)
		text, err := json.Marshal(value)
		must(t, err)
		state.Write(append(text, '\n'))
	}
	add(c.FindOwnOrgs(t.Context(), dnanexus.FindOwnOrgsRequest{}))
	lab, err := c.DescribeOrg(t.Context(), "org-lab")
	fmt.Fprintln(&state, lab.Name, err != nil)
	for _, org := range []string{"org-genomics", "org-ward"} {
		add(c.DescribeOrg(t.Context(), org))
		add(c.FindMembers(t.Context(), org, dnanexus.FindMembersRequest{}))
	}
	add(c.FindMemberTokens(t.Context(), "org-genomics", dnanexus.FindMemberTokensRequest{}))
	list, err := c.ListTrustRules(t.Context(), "org-genomics")
	for i := range list.Rules {
		list.Rules[i].ID = "" // drawn at random
	}
	add(list, err)
	for _, user := range []string{"bob", "carol", "erin"} {
		add(c.AdminUser(t.Context(), user))
		add(c.FindIdentities(t.Context(), user))
	}
	frank, err := c.AdminUser(t.Context(), "frank")
	if err == nil {
		add(frank, nil)
	}
	return state.String()
}

// The form for a new member keeps what was filled in, takes a user name, an ID or an
// address, and says what is wrong.
func TestInvite(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	page := b.Get(genomics + "/invite").Is(http.StatusOK)
	for invitee, status := range map[string]int{
		"": http.StatusUnprocessableEntity, "nobody": http.StatusNotFound, "user-": http.StatusNotFound, "org-ward": http.StatusNotFound,
		"nobody@example.org": http.StatusNotFound, "bob": http.StatusConflict, strings.Repeat("x", 5000): http.StatusNotFound,
	} {
		page.Submit(genomics+"/invite", url.Values{"invitee": {invitee}, "projects": {"UPLOAD"}}).Is(status).Has(`value="`+invitee+`"`, `<option selected>UPLOAD`)
	}
	page.Submit(genomics+"/invite", url.Values{"invitee": {"carol"}, "level": {"OWNER"}}).Is(http.StatusUnprocessableEntity)
	page.Submit(genomics+"/invite", url.Values{"invitee": {"carol"}, "projects": {"ALL"}}).Is(http.StatusUnprocessableEntity)
	page.Submit(genomics+"/invite", url.Values{"invitee": {" CAROL "}}).LeadsTo(genomics + "?done=invited")
	b.Get(genomics+"/members/user-carol").Has("not yet", `<option selected>CONTRIBUTE`)
	later(s, b)
	b.Get(genomics+"/invite").Has("Confirm that it is you").Submit(genomics+"/invite", url.Values{"invitee": {"admin"}}).Is(http.StatusForbidden).Has(`value="admin"`)
}

// The removal of a member can leave the user's own permissions on projects. The last admin
// stays, unless that is the visitor's own decision.
func TestRemovalOfAMember(t *testing.T) {
	for _, keep := range []bool{true, false} {
		s := testpages.Open(t, orgWorld)
		b, fields := s.SignedIn("alice"), url.Values{}
		if keep {
			fields.Set("keep", "on")
		}
		remove := genomics + "/members/user-bob/remove"
		b.Get(remove).Submit(remove, fields).LeadsTo(genomics + "?done=removed").Follow().Has("no longer a member").HasNot("user-bob")
		b.Get(remove).Is(http.StatusNotFound)
		own := genomics + "/members/user-alice/remove"
		b.Get(own).Submit(own, nil).Is(http.StatusConflict).Has("An org needs an admin.")
		page := signInWithCode(s, "bob").Get("/console/tokens/new")
		if has := strings.Contains(page.Body.String(), "Exome 2026"); has != keep {
			t.Errorf("kept: %v, and the project is offered: %v", keep, has)
		}
	}
}

// Users accept and leave their orgs, and no others.
func TestOwnOrgs(t *testing.T) {
	s := openOrgs(t)
	s.SignedIn("alice").Post(ward+"/invite", url.Values{"invitee": {"admin"}, "level": {"MEMBER"}}).Is(http.StatusSeeOther)
	b := s.SignedIn("admin")
	b.Get("/console/orgs").Has(`href="`+ward+`/accept"`, ">none<")
	b.Get(ward+"/accept").Submit(ward+"/accept", nil).LeadsTo("/console/orgs?done=accepted").Follow().Has("You accepted the org.", ">accepted<").HasNot(ward + "/accept")
	b.Get(ward+"/leave").Submit(ward+"/leave", nil).LeadsTo("/console/orgs?done=left").Follow().HasNot("Ward 7")
	for _, path := range []string{ward + "/leave", ward + "/accept", "/console/orgs/org-none/leave", "/console/orgs/x/accept"} {
		b.Get(path).Is(http.StatusNotFound)
		b.Post(path, nil).Is(http.StatusNotFound)
	}
	later(s, b)
	b.Post(genomics+"/accept", nil).LeadsTo("/console/sign-in?confirm=1&next=" + url.QueryEscape(genomics+"/accept"))
}

// The form for an org says what is wrong with it, and keeps what was filled in.
func TestNewOrg(t *testing.T) {
	b := openOrgs(t).SignedIn("alice")
	page := b.Get("/console/orgs/new").Is(http.StatusOK)
	for handle, status := range map[string]int{"": http.StatusUnprocessableEntity, "a b": http.StatusUnprocessableEntity, "genomics": http.StatusConflict} {
		page.Submit("/console/orgs/new", url.Values{"handle": {handle}, "name": {"The Lab"}}).Is(status).Has(`value="The Lab"`)
	}
	page.Submit("/console/orgs/new", url.Values{"handle": {"lab"}}).LeadsTo("/console/orgs/org-lab?done=made-org").Follow().Has("<h1>lab</h1>")
}
