package admin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func TestAccountsAreShown(t *testing.T) {
	lab := "org-lab"
	for name, tt := range map[string]struct {
		account dnanexus.AdminUser
		want    adminUserJSON
	}{
		"an administrator": {
			dnanexus.AdminUser{ID: "user-ada", Username: "Ada", Email: "a@example.org", First: "Ada", Created: 1000, Superuser: true,
				Activated: true, TwoFactor: true, BillTo: "user-ada", Orgs: []dnanexus.UserOrg{{ID: "org-lab", Level: "ADMIN"}}},
			adminUserJSON{User: "Ada", UserID: "user-ada", Email: "a@example.org", First: "Ada", Created: new(format.Millis(1000)), State: "active",
				Superuser: true, TwoFactor: true, BillTo: "user-ada", Orgs: map[string]string{"org-lab": "ADMIN"}},
		},
		"one that an org has locked": {
			dnanexus.AdminUser{ID: "user-bob", Username: "bob", Created: 2000, Locked: true, ProvisioningOrg: &lab},
			adminUserJSON{User: "bob", UserID: "user-bob", Created: new(format.Millis(2000)), State: "locked", ProvisioningOrg: "org-lab", Orgs: map[string]string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, adminUserOf(tt.account)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The licences come first, because what follows may need one, and what does not
// change is not sent.
func TestPoliciesOfOrgs(t *testing.T) {
	for name, tt := range map[string]struct {
		options orgPolicyOptions
		asked   []string
	}{
		"nothing": {},
		"a licence": {orgPolicyOptions{userCreation: "on"}, []string{
			dnanexus.RouteLicenseOrg + ` {"org":"org-lab","userCreationFeaturesEnabled":true}`}},
		"a limit": {orgPolicyOptions{autoLogout: "1m"}, []string{`/org-lab/update {"policies":{"autoLogoutAfter":60000}}`}},
		"none":    {orgPolicyOptions{autoLogout: "none"}, []string{`/org-lab/update {"policies":{"autoLogoutAfter":null}}`}},
		"both": {orgPolicyOptions{memberList: "public", projectTransfer: "ADMIN", phi: "off"}, []string{
			dnanexus.RouteLicenseOrg + ` {"org":"org-lab","phiFeaturesEnabled":false}`,
			`/org-lab/update {"policies":{"memberListVisibility":"PUBLIC","restrictProjectTransfer":"ADMIN"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				asked = append(asked, r.URL.Path+" "+string(body))
				_, _ = io.WriteString(w, "{}")
			}))
			defer server.Close()
			tt.options.Console = clitest.Setup{}.Invocation(t).Console()
			change, err := tt.options.change()
			if err != nil {
				t.Fatal(err)
			}
			if err := change.apply(t.Context(), dnanexus.New(dnanexus.Config{APIServer: server.URL, AuthServer: server.URL}), "org-lab"); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.asked, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}
