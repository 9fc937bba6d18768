package console_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

const users = "/console/admin/users"

// Administrators of the platform find each account, by what they know of its user.
func TestUsers(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	b.Get("/console/").Has(`href="` + users + `"`)
	b.Get(users).Is(http.StatusOK).Has("alice", "bob@example.org", "disabled", "active")
	for _, name := range []string{"bob", "BOB", "user-bob", "bob@example.org", " bob ", signature(old)} {
		b.Get(users + "?" + url.Values{"find": {name}}.Encode()).Is(http.StatusOK).Has(`href="` + users + `/user-bob"`).HasNot("alice@example.org")
	}
	for _, name := range []string{"nobody", "user-none", strings.Repeat("0", 64), "a@b", "b%", "bob'"} {
		b.Get(users + "?" + url.Values{"find": {name}}.Encode()).Is(http.StatusOK).Has("There is no user “" + name + "”.")
	}
	for _, query := range []string{"?find=%00", "?find=%ff", "?after=user-%00"} {
		b.Get(users + query).Is(http.StatusOK).Has("alice@example.org")
	}
	b.Get(users+"/user-bob").Is(http.StatusOK).Has("bob@example.org", "org-genomics", "Disable", "Reset two-factor authentication")
	b.Get(users+"/user-carol").Has("disabled", "Enable").HasNot("Approve")
	b.Get(users+"/user-admin").HasNot("Disable", "Reset two-factor")
	for _, user := range []string{"user-none", "bob", "user-%00", "user-%27"} {
		b.Get(users + "/" + user).Is(http.StatusNotFound)
		b.Get(users + "/" + user + "/tokens").Is(http.StatusNotFound)
		b.Get(users + "/" + user + "/disable").Is(http.StatusNotFound)
	}
}

// The pages for administrators of the platform, and their forms, refuse everyone else.
func TestPagesForAdministrators(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	b.Get("/console/").HasNot(users)
	before, refused := orgState(t, s), 0
	for _, row := range rows() {
		method, path := example(row, shortOf(old))
		if !isForAdministrators(path) {
			continue
		}
		answer := b.Send(b.Request(http.MethodGet, path, ""), "same-origin")
		if method == http.MethodPost {
			answer = b.Post(path, url.Values{"name": {"x"}, "days": {"1"}, "reach": {"account"}})
		}
		answer.Is(http.StatusForbidden).Has("This requires a platform administrator.").HasNot("bob@example.org")
		refused++
	}
	if after := orgState(t, s); after != before || refused < 10 {
		t.Errorf("%d refused, before:\n%s\nafter:\n%s", refused, before, after)
	}
}

// To open the pages for administrators changes nothing.
func TestPagesForAdministratorsChangeNothing(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	before := orgState(t, s)
	for _, row := range rows() {
		if method, path := example(row, shortOf(old)); method == http.MethodGet && isForAdministrators(path) {
			b.Get(path).Is(http.StatusOK)
		}
	}
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// userActions are the forms for administrators of the platform, by their command.
func userActions() map[string]ways {
	form := func(path string) func(*testpages.Browser) {
		return func(b *testpages.Browser) {
			b.Get(users+"/"+path).Is(http.StatusOK).Submit(users+"/"+path, nil).Is(http.StatusSeeOther).Follow().Is(http.StatusOK).Has(`role="status"`)
		}
	}
	return map[string]ways{
		"dxauth account orgs accept": {
			func(b *testpages.Browser) {
				b.Post(ward+"/invite", url.Values{"invitee": {"admin"}, "level": {"ADMIN"}}).Is(http.StatusSeeOther)
				b.Get(ward+"/accept").Submit(ward+"/accept", nil).LeadsTo("/console/orgs?done=accepted")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				_, err := c.InviteToOrg(t.Context(), "org-ward", dnanexus.OrgInviteRequest{Invitee: "user-admin", MemberAccess: dnanexus.MemberAccess{Level: dnanexus.OrgAdmin}})
				must(t, err)
				must(t, c.AcceptOrg(t.Context(), dnanexus.OwnOrgRequest{Org: "org-ward"}))
			},
		},
		"dxauth admin user disable": {form("user-bob/disable"), func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
			must(t, c.DisableUser(t.Context(), "bob"))
		}},
		"dxauth admin user enable": {form("user-carol/enable"), func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
			must(t, c.EnableUser(t.Context(), "carol"))
		}},
		"dxauth admin user unlock": {
			func(b *testpages.Browser) {
				form("user-bob/disable")(b)
				form("user-bob/unlock")(b)
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.DisableUser(t.Context(), "bob"))
				must(t, c.AdminUnlockUser(t.Context(), "bob"))
			},
		},
		"dxauth admin user reset-2fa": {form("user-erin/reset-2fa"), func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
			_, err := c.ResetUserMFA(t.Context(), dnanexus.ResetUserMFARequest{UserID: "user-erin"})
			must(t, err)
		}},
	}
}

// An account that its org locked is unlocked.
func TestUnlock(t *testing.T) {
	s := openOrgs(t)
	_, err := clientOf(t, s, "alice").LockUser(t.Context(), dnanexus.MemberActionRequest{UserID: "user-bob", OrgID: "org-genomics"})
	must(t, err)
	b := s.SignedIn("admin")
	b.Get(users + "/user-bob").Has("locked by its org")
	b.Post(users+"/user-bob/unlock", nil).LeadsTo(users+"/user-bob?done=unlocked").Follow().Has("The account is unlocked", "active")
	signInWithCode(s, "bob")
}

// Administrators disable everyone but themselves; what gives access needs a recent
// sign-in.
func TestWhatAdministratorsConfirm(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	b.Post(users+"/user-admin/disable", nil).Is(http.StatusConflict).Has("You cannot disable your own account.")
	b.Post(users+"/user-admin/reset-2fa", nil).Is(http.StatusForbidden)
	later(s, b)
	for _, path := range []string{"enable", "unlock", "approve", "reset-2fa"} {
		b.Post(users+"/user-bob/"+path, nil).LeadsTo("/console/sign-in?confirm=1&next=" + url.QueryEscape(users+"/user-bob/"+path))
	}
	b.Post(users+"/user-bob/disable", nil).LeadsTo(users + "/user-bob?done=disabled")
}

// A sign-up that waits is approved, once; its user signs in then.
func TestApprove(t *testing.T) {
	t.Parallel()
	s := testpages.Open(t, testpages.World, func(c *refserver.Config) { c.SignUp = identity.SignUpModerated })
	draft := url.Values{"username": {"frank"}, "password": {testpages.Password("frank")}, "confirmPassword": {testpages.Password("frank")}, "email": {"frank@example.org"}, "firstname": {"Frank"}, "lastname": {"N"}}
	s.Browser().Post("/account/register", draft).Is(http.StatusOK)
	b := s.SignedIn("admin")
	b.Get(users).Is(http.StatusOK).Has("waits for approval", "disabled")
	page := b.Get(users + "/user-frank").Has("waits for approval")
	page.HasNot("Disable the", "Enable")
	b.Post(users+"/user-frank/approve", nil).LeadsTo(users + "/user-frank?done=approved").Follow().Has("The account is approved")
	s.SignedIn("frank")
	b.Post(users+"/user-frank/approve", nil).Is(http.StatusConflict).Has("The account does not wait for approval.")
}

// An administrator makes, edits and revokes tokens of a user. The user sees them, and the
// administrator's own are not touched.
func TestTokensOfAUser(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	list := users + "/user-alice/tokens"
	b.Get(list).Is(http.StatusOK).Has("API Tokens of alice", "The user has no API tokens.")
	made := b.Get(list+"/new").Is(http.StatusOK).Has("acts as the user").Submit(list+"/new", url.Values{"name": {"ci"}}).Is(http.StatusOK)
	token := valueOn(made)
	if _, got := whoIs(s, token, "/system/whoami", "{}"); !strings.Contains(got, "user-alice") {
		t.Errorf("the token is of %s", got)
	}
	s.SignedIn("alice").Get("/console/tokens").Has("ci")
	id := shortOf(token)
	b.Get(list+"/"+id).Is(http.StatusOK).HasNot("Rotate").Submit(list+"/"+id, url.Values{"name": {"renamed"}}).LeadsTo(list + "?done=changed").Follow().Has("renamed")
	b.Get(list+"/"+id+"/revoke").Has("renamed").Submit(list+"/"+id+"/revoke", nil).LeadsTo(list + "?done=revoked")
	if status, _ := whoIs(s, token, "/system/whoami", "{}"); status != http.StatusUnauthorized {
		t.Errorf("the token works: %d", status)
	}
	b.Get("/console/tokens").Has("viewer")
	b.Get(list + "/" + shortOf(viewer)).Is(http.StatusNotFound) // of another user
	b.Post(list+"/"+shortOf(viewer)+"/revoke", nil).Is(http.StatusNotFound)
	b.Post(users+"/user-carol/tokens/new", url.Values{"name": {"ci"}, "days": {"7"}, "reach": {"account"}}).Is(http.StatusNotFound)
	later(s, b)
	b.Get(list+"/new").Submit(list+"/new", url.Values{"name": {"ci"}}).Is(http.StatusForbidden).Has("Confirm that it is you")
}

// The audit log shows what was done, the newest row first, as far as its filters select.
func TestAuditLog(t *testing.T) {
	s := openOrgs(t)
	s.SignedIn("alice").Post("/console/tokens/new", newToken("ci")).Is(http.StatusOK)
	s.Browser().Post("/console/sign-in", url.Values{"username": {"alice"}, "password": {"wrong"}})
	b := s.SignedIn("admin")
	const page = "/console/admin/audit"
	b.Get(page).Is(http.StatusOK).Has("sign-in", ">token.new<", ">wrong_password<", "Firefox on Linux", "127.0.0.1")
	for query, c := range map[string]struct{ has, hasNot string }{
		"actor=alice":       {">token.new<", ">admin</td>"},
		"actor=user-admin":  {">admin</td>", ">token.new<"},
		"action=token":      {">token.new<", ">wrong_password<"},
		"result=ok":         {">token.new<", ">wrong_password<"},
		"subject=user-none": {"No row is selected.", ">token.new<"},
		"since=1h":          {">token.new<", "Older rows"},
		"since=never":       {">token.new<", "Older rows"},
		"before=1":          {"No row is selected.", ">token.new<"},
		"before=x":          {">token.new<", "No row"},
		"actor=%00":         {">token.new<", "No row"},
	} {
		b.Get(page + "?" + query).Is(http.StatusOK).Has(c.has).HasNot(c.hasNot)
	}
	s.Advance(2 * time.Hour)
	b = s.SignedIn("admin")
	b.Get(page + "?since=1h&action=token").Has("No row is selected.")
	for range 60 {
		b.Post("/console/profile/names", url.Values{"first": {"A"}, "password": {testpages.Password("admin")}}).Is(http.StatusSeeOther)
	}
	older, _, _ := strings.Cut(strings.SplitN(b.Get(page+"?action=settings").Has("Older rows").Body.String(), `href="`+page+`?`, 2)[1], `"`)
	b.Get(page+"?"+html.UnescapeString(older)).Is(http.StatusOK).Has(">settings.change<").HasNot("Older rows", ">token.new<")
}
