package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// signInAs signs a user of admins.yaml in, who has no second factor.
func (b *browser) signInAs(user, password string) {
	b.Helper()
	b.visit("/console/")
	b.fill(map[string]string{"username": user, "password": password})
	b.press("Sign in", "Home")
}

// An admin of an org changes the idle limit and a level, resets a second factor, and
// excludes the org from a token.
func TestAdminOfAnOrg(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/admins.yaml")).withoutScripts()
	b.signInAs("alice", password)
	b.press("Orgs", "Orgs")
	b.picture("orgs")
	b.press("Genomics Lab", "Genomics Lab")
	b.picture("org")
	b.fill(map[string]string{"idle": "12 parsecs"})
	b.press("Save", "Genomics Lab")
	b.says("Enter a time from 1 minute to 30 days")
	b.do(chromedp.Clear("#idle"))
	b.fill(map[string]string{"idle": "30m"})
	b.press("Save", "Genomics Lab")
	b.says("30 minutes")
	b.press("Invite a member", "Invite a member to Genomics Lab")
	b.picture("invite")
	b.fill(map[string]string{"invitee": "nobody"})
	b.press("Invite", "Invite a member to Genomics Lab")
	b.says("No such user or org.")
	b.do(chromedp.Clear("#invitee"))
	b.fill(map[string]string{"invitee": "root.admin"})
	b.press("Invite", "Genomics Lab")
	b.press("root.admin", "Member root.admin")
	b.press("Remove from the org", "Remove root.admin from Genomics Lab?")
	b.press("Remove", "Genomics Lab")
	b.says("no longer a member")
	b.press("bob", "Member bob")
	b.picture("member")
	b.press("Reset two-factor authentication", "Reset two-factor authentication of bob?")
	b.picture("reset")
	b.press("Reset two-factor authentication", "Member bob")
	b.says("Two-factor authentication is reset")
	b.press("Genomics Lab", "Genomics Lab")
	b.press("Tokens of members", "Tokens of members")
	b.picture("org-tokens")
	b.press("Exclude", "Exclude Genomics Lab from this token?")
	b.press("Exclude the org", "Tokens of members")
	b.says("No token names a project of the org.")
}

// An administrator of the platform finds a user, enables the account, makes a token for
// another one, and finds that in the audit log.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/admins.yaml")).withoutScripts()
	b.signInAs("root.admin", password)
	b.picture("home-administrator")
	b.press("Users", "Users")
	b.picture("users")
	b.fill(map[string]string{"find": "nobody"})
	b.press("Find", "Users")
	b.says("There is no user “nobody”.")
	b.do(chromedp.Clear("#find"))
	b.fill(map[string]string{"find": "erin@example.org"})
	b.press("Find", "Users")
	b.press("erin", "User erin")
	b.picture("user")
	b.press("Enable", "Enable the account erin?")
	b.press("Enable", "User erin")
	b.says("The account is enabled.")
	b.press("API tokens", "API Tokens of erin")
	b.press("New Token", "New Token for erin")
	b.picture("new-token-of-a-user")
	b.fill(map[string]string{"name": "pipeline"})
	b.press("Make the token", "Your new token")
	b.press("Back to the list", "API Tokens of erin")
	b.picture("tokens-of-a-user")
	b.press("Edit", "API token of erin")
	b.press("Revoke this token", "Revoke this token?")
	b.press("Revoke", "API Tokens of erin")
	b.visit("/console/admin/users")
	b.press("New user", "New user")
	b.fill(map[string]string{"username": "frank", "email": "frank@example.org", "first": "Frank"})
	b.press("Make the account", "New user")
	b.says("not shown again")
	b.press("Back", "User frank")
	b.press("Confirm the e-mail address", "Note that the e-mail address is that of frank?")
	b.press("It is the user’s", "User frank")
	b.visit("/console/admin/audit")
	b.picture("audit")
	b.fill(map[string]string{"action": "token.grant"})
	b.press("Filter", "Audit log")
	b.says("user-erin")
}

// A user signs up, is approved with a code or by an administrator, and finds whom to ask
// after losing the phone.
func TestSignUp(t *testing.T) {
	t.Parallel()
	server := serve(t, "testdata/admins.yaml", "--signup", "moderated")
	b := open(t, server).withoutScripts()
	b.visit("/console/sign-in")
	b.press("Activate your account", "Activate your account")
	b.picture("activate")
	b.visit("/console/sign-in")
	b.press("Sign up", "Sign up")
	b.picture("sign-up")
	draft := map[string]string{"username": "frank", "email": "frank@example.org", "first": "Frank", "last": "N", "new": "kilimanjaro-lake-77", "again": "kilimanjaro-lake-78"}
	b.fill(draft)
	b.press("Sign up", "Sign up")
	b.says("The two new passwords are not the same.")
	b.fill(map[string]string{"new": "kilimanjaro-lake-77", "again": "kilimanjaro-lake-77"})
	b.press("Sign up", "Sign up")
	b.says("An administrator has to activate it before you can sign in.")
	administrator := open(t, server)
	administrator.signInAs("root.admin", password)
	administrator.visit("/console/admin/users/user-frank")
	administrator.picture("waiting")
	administrator.press("Approve", "Approve the account frank?")
	administrator.press("Approve", "User frank")
	b.signInAs("frank", "kilimanjaro-lake-77")
	b.visit("/console/lost-phone")
	b.picture("lost-phone")
}

// The pages for administrators are readable on a small screen.
func TestAdministratorsOnASmallScreen(t *testing.T) {
	t.Parallel()
	b := open(t, serve(t, "testdata/admins.yaml", "--oidc-config", "testdata/oidc.yaml"), chromedp.EmulateViewport(360, 740))
	b.signInAs("root.admin", password)
	for name, page := range map[string]string{
		"org": "orgs/org-genomics", "users": "admin/users", "user": "admin/users/user-bob", "audit": "admin/audit", "orgtokens": "orgs/org-genomics/tokens",
		"member": "orgs/org-genomics/members/user-bob", "invite": "orgs/org-genomics/invite", "removal": "orgs/org-genomics/members/user-bob/remove",
		"orgs": "orgs", "new-org": "orgs/new", "new-user": "admin/users/new", "code": "admin/users/user-bob/code", "mail": "admin/mail",
		"unlink": "admin/users/user-bob/identities/unlink?issuer=https://id.example.org&subject=1", "new-user-of-an-org": "orgs/org-genomics/members/new", "new-trust-rule": "orgs/org-genomics/trust/new",
	} {
		b.visit("/console/" + page)
		b.picture(name + "-narrow")
	}
}
