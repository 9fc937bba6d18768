package console_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
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
		"dxauth admin user add": {
			func(b *testpages.Browser) {
				b.Get(users+"/new").Submit(users+"/new", newcomer()).Is(http.StatusOK).Has("The account frank is made.", "not shown again")
			},
			addFrank(""),
		},
		"dxauth admin user verify-email": {
			func(b *testpages.Browser) {
				b.Post(users+"/new", newcomer()).Is(http.StatusOK)
				form("user-frank/verify-email")(b)
			},
			func(t *testing.T, c *dnanexus.Client, s *testpages.Server) {
				addFrank("")(t, c, s)
				must(t, c.VerifyEmail(t.Context(), "frank"))
			},
		},
		"dxauth admin user link": {
			func(b *testpages.Browser) {
				page := b.Get(users + "/user-carol").Has("None is linked.")
				page.Submit(users+"/user-carol/identities", url.Values{"subject": {"248289761001"}}).
					LeadsTo(users+"/user-carol?done=linked").Follow().Has("hospital", "248289761001")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				must(t, c.LinkIdentity(t.Context(), identityOfCarol()))
			},
		},
		"dxauth admin user unlink": {
			func(b *testpages.Browser) {
				for _, subject := range []string{"248289761001", "2"} {
					b.Post(users+"/user-carol/identities", url.Values{"provider": {"hospital"}, "subject": {subject}}).Is(http.StatusSeeOther)
				}
				unlink := users + "/user-carol/identities/unlink"
				b.Get(unlink+"?"+url.Values{"issuer": {"https://id.example.org"}, "subject": {"2"}}.Encode()).Has("hospital").
					Submit(unlink, nil).LeadsTo(users + "/user-carol?done=unlinked")
			},
			func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
				another := identityOfCarol()
				another.Subject = "2"
				must(t, c.LinkIdentity(t.Context(), identityOfCarol()))
				must(t, c.LinkIdentity(t.Context(), another))
				must(t, c.UnlinkIdentity(t.Context(), another))
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

func identityOfCarol() dnanexus.IdentityRequest {
	return dnanexus.IdentityRequest{User: "carol", Provider: "hospital", Subject: "248289761001"}
}

// newcomer is the form for an account.
func newcomer() url.Values {
	return url.Values{"username": {"frank"}, "email": {"frank@example.org"}, "first": {"Frank"}, "middle": {""}, "last": {"Newcomer"}}
}

// addFrank does what the command for an account does.
func addFrank(org string) func(*testing.T, *dnanexus.Client, *testpages.Server) {
	return func(t *testing.T, c *dnanexus.Client, _ *testpages.Server) {
		_, err := c.NewUser(t.Context(), dnanexus.NewUserRequest{Username: "frank", Email: "frank@example.org", First: "Frank", Last: "Newcomer", ProvisioningOrg: org})
		must(t, err)
		if org != "" {
			_, err = c.InviteToOrg(t.Context(), org, dnanexus.OrgInviteRequest{Invitee: "user-frank", MemberAccess: dnanexus.MemberAccess{Level: dnanexus.OrgMember}})
			must(t, err)
		}
	}
}

// The code of a new account is shown once, to administrators of the platform or of the
// org. Another one replaces it.
func TestNewUser(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	page := b.Get(users + "/new").Is(http.StatusOK)
	for field, c := range map[string]struct {
		value  string
		status int
	}{
		"username": {"x y", http.StatusUnprocessableEntity}, "email": {"bob@example.org", http.StatusConflict}, "org": {"nothing", http.StatusNotFound},
	} {
		form := newcomer()
		form.Set(field, c.value)
		page.Submit(users+"/new", form).Is(c.status).Has(`value="`+c.value+`"`, `role="alert"`)
	}
	first := valueOn(page.Submit(users+"/new", newcomer()).Is(http.StatusOK))
	b.Get(users+"/user-frank").Has("not activated", "New activation code").HasNot(first)
	code := users + "/user-frank/code"
	second := valueOn(b.Get(code).Submit(code, nil).Is(http.StatusOK).Has("not shown again"))
	activate := func(code string) testpages.Reply {
		return s.Browser().Post("/console/activate", url.Values{"code": {code}, "new": {testpages.Password("frank")}, "again": {testpages.Password("frank")}})
	}
	activate(first).Is(http.StatusForbidden)
	activate(second).LeadsTo("/console/activate?done=active")
	s.SignedIn("frank")
	b.Post(code, nil).Is(http.StatusConflict)
	later(s, b)
	b.Get(users+"/new").Submit(users+"/new", url.Values{"username": {"grace"}}).Is(http.StatusForbidden).Has("Confirm that it is you", `value="grace"`)
	b.Post(code, nil).LeadsTo("/console/sign-in?confirm=1&next=" + url.QueryEscape(code))
}

// Only an org that is licensed to make accounts has the page for that.
func TestNewUserOfAnUnlicensedOrg(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	b.Get(ward).HasNot("members/new")
	b.Get(ward + "/members/new").Is(http.StatusForbidden)
	b.Post(ward+"/members/new", newcomer()).Is(http.StatusForbidden)
	b.Get(users + "/user-frank").Is(http.StatusForbidden)
}

// A code that confirms an address is made for the user, who confirms it.
func TestEmailCode(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	s.SignedIn("alice").Post("/console/profile/email", url.Values{"email": {"alice@example.com"}}).Is(http.StatusSeeOther)
	path := users + "/user-alice/email-code"
	b.Get(users + "/user-alice").Has("(not confirmed)")
	code := valueOn(b.Get(path).Submit(path, nil).Is(http.StatusOK).Has("Send the code to alice@example.com"))
	must(t, clientOf(t, s, "alice").ConfirmEmail(t.Context(), secret.New(code)))
	b.Get(users + "/user-alice").HasNot("(not confirmed)")
}

// What is wrong with an identity is said on the page of the user.
func TestWrongIdentities(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	link, unlink := users+"/user-carol/identities", users+"/user-carol/identities/unlink"
	b.Post(link, url.Values{"provider": {"other"}, "subject": {"1"}}).Is(http.StatusUnprocessableEntity).Has("not one of this server's providers", `value="1"`)
	b.Post(link, url.Values{"provider": {"hospital"}, "subject": {""}}).Is(http.StatusUnprocessableEntity)
	b.Post(users+"/user-bob/identities", url.Values{"provider": {"hospital"}, "subject": {"1"}}).Is(http.StatusConflict).Has("two-factor")
	b.Post(unlink, url.Values{"issuer": {"https://id.example.org"}, "subject": {"1"}}).Is(http.StatusNotFound)
	later(s, b)
	b.Get(users+"/user-carol").Submit(link, url.Values{"subject": {"1"}}).Is(http.StatusForbidden)
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
	t.Parallel()
	var db transaction.DB
	s := testpages.Open(t, orgWorld, withProvider, func(c *refserver.Config) { db = c.Database })
	s.SignedIn("alice").Post("/console/tokens/new", newToken("ci")).Is(http.StatusOK)
	s.Browser().Post("/console/sign-in", url.Values{"username": {"alice"}, "password": {"wrong"}})
	dropped := audit.ByServer(s.Now(), audit.MailDrop, "user-alice", "refused")
	if err := db.Write(t.Context(), func(tx transaction.Tx) error { return tx.AppendAudit(t.Context(), dropped) }); err != nil {
		t.Fatal(err)
	}
	b := s.SignedIn("admin")
	const page = "/console/admin/audit"
	b.Get(page).Is(http.StatusOK).Has("sign-in", ">token.new<", ">wrong_password<", "Firefox on Linux", "127.0.0.1", ">unknown</td>", ">the server</td>")
	for query, c := range map[string]struct{ has, hasNot string }{
		"actor=alice":       {">token.new<", ">admin</td>"},
		"actor=user-admin":  {">admin</td>", ">token.new<"},
		"actor=The+server":  {">mail.drop<", ">admin</td>"},
		"action=token":      {">token.new<", ">wrong_password<"},
		"result=ok":         {">token.new<", ">wrong_password<"},
		"subject=user-none": {"No row is selected.", ">token.new<"},
		"since=1h":          {">token.new<", "Older rows"},
		"until=1h":          {"No row is selected.", ">token.new<"},
		"until=tomorrow":    {">token.new<", "Older rows"},
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
	b.Get(page+"?until=1h&action=token").Has(">token.new<", `<option value="1h" selected>An hour ago`)
	for range 60 {
		b.Post("/console/profile/names", url.Values{"first": {"A"}, "password": {testpages.Password("admin")}}).Is(http.StatusSeeOther)
	}
	older, _, _ := strings.Cut(strings.SplitN(b.Get(page+"?action=settings").Has("Older rows").Body.String(), `href="`+page+`?`, 2)[1], `"`)
	b.Get(page+"?"+html.UnescapeString(older)).Is(http.StatusOK).Has(">settings.change<").HasNot("Older rows", ">token.new<")
}
