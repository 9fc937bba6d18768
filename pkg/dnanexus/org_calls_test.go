package dnanexus_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Each call goes to its server and route, and has only the fields that the caller set.
func TestRequestsOfUsersAndOrgs(t *testing.T) {
	wire := func(text string) secret.Wire { return secret.New(text).OnWire() }
	limit := 2
	tests := map[string]struct {
		call  func(*dnanexus.Client) error
		route string
		body  string
	}{
		"new org": {func(c *dnanexus.Client) error {
			_, err := c.NewOrg(t.Context(), dnanexus.NewOrgRequest{Handle: "lab", Name: "Lab", Nonce: "n"})
			return err
		}, "POST /org/new", `{"handle":"lab","name":"Lab","nonce":"n"}`},
		"describe org": {func(c *dnanexus.Client) error {
			_, err := c.DescribeOrg(t.Context(), "org-lab")
			return err
		}, "POST /org-lab/describe", `{}`},
		"update org": {func(c *dnanexus.Client) error {
			return c.UpdateOrg(t.Context(), "org-lab", dnanexus.UpdateOrgRequest{
				SAMLIdP:  dnanexus.Nullable[string]{Present: true},
				Policies: dnanexus.UpdateOrgPolicies{AutoLogoutAfter: json.RawMessage("null"), JobReuse: new(false)},
			})
		}, "POST /org-lab/update", `{"policies":{"jobReuse":false,"autoLogoutAfter":null},"samlIdP":null}`},
		"find orgs": {func(c *dnanexus.Client) error {
			_, err := c.FindOrgs(t.Context(), dnanexus.FindOrgsRequest{Level: dnanexus.OrgAdmin, AllowBillableActivities: new(true), Limit: &limit})
			return err
		}, "POST /system/findOrgs", `{"level":"ADMIN","allowBillableActivities":true,"limit":2}`},
		"find members": {func(c *dnanexus.Client) error {
			_, err := c.FindMembers(t.Context(), "org-lab", dnanexus.FindMembersRequest{
				ID: []string{"user-a", "user-b"}, Describe: &dnanexus.DescribeOption{Wanted: true}, Starting: json.RawMessage(`{"id":"user-a"}`),
			})
			return err
		}, "POST /org-lab/findMembers", `{"id":["user-a","user-b"],"describe":true,"starting":{"id":"user-a"}}`},
		"invite": {func(c *dnanexus.Client) error {
			_, err := c.InviteToOrg(t.Context(), "org-lab", dnanexus.OrgInviteRequest{
				Invitee: "user-bob", MemberAccess: dnanexus.MemberAccess{AppAccess: new(false), ProjectAccess: new(dnanexus.LevelNone)},
			})
			return err
		}, "POST /org-lab/invite", `{"invitee":"user-bob","appAccess":false,"projectAccess":"NONE"}`},
		"set access": {func(c *dnanexus.Client) error {
			return c.SetMemberAccess(t.Context(), "org-lab", dnanexus.SetMemberAccessRequest{"user-bob": {Level: dnanexus.OrgAdmin}})
		}, "POST /org-lab/setMemberAccess", `{"user-bob":{"level":"ADMIN"}}`},
		"remove": {func(c *dnanexus.Client) error {
			_, err := c.RemoveMember(t.Context(), "org-lab", dnanexus.RemoveMemberRequest{User: "user-bob", RevokeProjectPermissions: new(false)})
			return err
		}, "POST /org-lab/removeMember", `{"user":"user-bob","revokeProjectPermissions":false}`},
		"projects of an org": {func(c *dnanexus.Client) error {
			_, err := c.FindOrgProjects(t.Context(), "org-lab", dnanexus.FindProjectsRequest{Limit: &limit})
			return err
		}, "POST /org-lab/findProjects", `{"limit":2}`},
		"new user": {func(c *dnanexus.Client) error {
			_, err := c.NewUser(t.Context(), dnanexus.NewUserRequest{Username: "bob", Email: "bob@example.org", First: "Bob", TokenDuration: 5})
			return err
		}, "POST /auth/user/new", `{"username":"bob","email":"bob@example.org","first":"Bob","tokenDuration":5}`},
		"another activation": {func(c *dnanexus.Client) error {
			_, err := c.ResendActivation(t.Context(), "bob")
			return err
		}, "POST /auth/account/resendActivationEmail", `{"usernameOrEmail":"bob"}`},
		"activate": {func(c *dnanexus.Client) error {
			_, err := c.ActivateUser(t.Context(), dnanexus.ActivateUserRequest{Code: wire("c"), Password: wire("p")})
			return err
		}, "POST /auth/account/activateUser", `{"code":"c","password":"p"}`},
		"update user": {func(c *dnanexus.Client) error {
			key := "ssh-rsa x"
			return c.UpdateUser(t.Context(), "user-bob", dnanexus.UpdateUserRequest{
				SSHPublicKey: dnanexus.Nullable[string]{Present: true, Value: &key}, BillTo: new("org-lab"),
			})
		}, "POST /user-bob/update", `{"sshPublicKey":"ssh-rsa x","billTo":"org-lab"}`},
		"lock": {func(c *dnanexus.Client) error {
			_, err := c.LockUser(t.Context(), dnanexus.MemberActionRequest{UserID: "user-bob", OrgID: "org-lab"})
			return err
		}, "POST /auth/user-bob/lockUserAccount", `{"user_id":"user-bob","org_id":"org-lab"}`},
		"unlock": {func(c *dnanexus.Client) error {
			_, err := c.UnlockUser(t.Context(), dnanexus.MemberActionRequest{UserID: "user-bob", OrgID: "org-lab"})
			return err
		}, "POST /auth/user-bob/unlockUserAccount", `{"user_id":"user-bob","org_id":"org-lab"}`},
		"bootstrap": {func(c *dnanexus.Client) error {
			_, err := c.Bootstrap(t.Context(), dnanexus.BootstrapRequest{Code: wire("c"), Username: "ada", Email: "a@example.org", First: "Ada", Password: wire("p")})
			return err
		}, "POST /auth/admin/bootstrap", `{"code":"c","username":"ada","email":"a@example.org","first":"Ada","password":"p"}`},
		"all users": {func(c *dnanexus.Client) error {
			_, err := c.FindUsers(t.Context(), dnanexus.FindUsersRequest{Limit: &limit})
			return err
		}, "POST /auth/admin/findUsers", `{"limit":2}`},
		"one user": {func(c *dnanexus.Client) error {
			_, err := c.AdminUser(t.Context(), "bob")
			return err
		}, "POST /auth/admin/describeUser", `{"user":"bob"}`},
		"disable":     {func(c *dnanexus.Client) error { return c.DisableUser(t.Context(), "bob") }, "POST /auth/admin/disableUser", `{"user":"bob"}`},
		"enable":      {func(c *dnanexus.Client) error { return c.EnableUser(t.Context(), "bob") }, "POST /auth/admin/enableUser", `{"user":"bob"}`},
		"end of lock": {func(c *dnanexus.Client) error { return c.AdminUnlockUser(t.Context(), "bob") }, "POST /auth/admin/unlockUser", `{"user":"bob"}`},
		"license": {func(c *dnanexus.Client) error {
			return c.LicenseOrg(t.Context(), dnanexus.LicenseOrgRequest{Org: "org-lab", PHIFeaturesEnabled: new(true)})
		}, "POST /auth/admin/licenseOrg", `{"org":"org-lab","phiFeaturesEnabled":true}`},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			p := newPlatform(t, answering(http.StatusOK, emptyLists))
			if err := tt.call(p.client()); err != nil {
				t.Fatal(err)
			}
			p.wantOne(t, tt.route, tt.body)
		})
	}
}

// A malformed ID reaches no server.
func TestAUserThatIsNoPath(t *testing.T) {
	p := newPlatform(t, answering(http.StatusOK, emptyLists))
	_, err := p.client().LockUser(t.Context(), dnanexus.MemberActionRequest{UserID: "../system", OrgID: "org-lab"})
	if !errors.Is(err, dnanexus.ErrInvalidRoute) {
		t.Errorf("got %v", err)
	}
}

// Outsiders, members and admins get different parts of a description.
func TestDescriptionsOfOrgs(t *testing.T) {
	outsider := dnanexus.OrgDescription{ID: "org-lab", Class: "org", Handle: "Lab", Name: "The Lab"}
	roundTrips(t, outsider, `{"id":"org-lab","class":"org","handle":"Lab","name":"The Lab"}`)
	member := outsider
	member.OrgInside = &dnanexus.OrgInside{Admins: []string{"user-alice"}, Level: dnanexus.OrgMember}
	text, err := json.Marshal(member)
	if err != nil {
		t.Fatal(err)
	}
	got := reads[dnanexus.OrgDescription](t, string(text))
	if diff := cmp.Diff(member, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
