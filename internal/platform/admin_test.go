package platform

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestAccountsAreListed(t *testing.T) {
	s := &server{answers: map[string]string{dnanexus.RouteFindUsers: `{"results": [
		{"id": "user-ada", "username": "Ada", "email": "a@example.org", "first": "Ada", "created": 1000, "superuser": true, "activated": true,
		 "twoFactor": true, "provisioningOrg": null, "billTo": "user-ada", "orgs": [{"id": "org-lab", "level": "ADMIN"}]},
		{"id": "user-bob", "username": "bob", "created": 2000, "locked": true, "provisioningOrg": "org-lab", "orgs": []}], "next": {"id": "user-bob"}}`}}
	page, next, err := s.platform(t).ListAccounts(t.Context(), nil)
	if err != nil || string(next) != `{"id": "user-bob"}` {
		t.Fatalf("next is %s, %v", next, err)
	}
	want := []Account{
		{ID: "user-ada", Name: "Ada", Email: "a@example.org", First: "Ada", Created: time.Unix(1, 0).UTC(), Superuser: true,
			Activated: true, TwoFactor: true, BillTo: "user-ada", Orgs: map[string]string{"org-lab": "ADMIN"}},
		{ID: "user-bob", Name: "bob", Created: time.Unix(2, 0).UTC(), Locked: true, ProvisioningOrg: "org-lab", Orgs: map[string]string{}},
	}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.wantAsked(t, dnanexus.RouteFindUsers+" {}")
}

// The platform itself answers no code: it sends an e-mail.
func TestNewAccounts(t *testing.T) {
	for answer, want := range map[string]Activation{
		`{"status": "EmailValidationRequired", "emailSentTo": "b@example.org"}`: {},
		`{"activationCode": "abcd", "activationExpires": 1000}`:                 {Code: secret.New("abcd"), Expires: time.Unix(1, 0).UTC()},
	} {
		s := &server{answers: map[string]string{dnanexus.RouteNewUser: answer}}
		got, err := s.platform(t).NewAccount(t.Context(), AccountDraft{Name: "bob", Email: "b@example.org", First: "Bob", Org: "org-lab", CodeLifetime: time.Hour})
		if err != nil || !got.Code.Equal(want.Code) || !got.Expires.Equal(want.Expires) {
			t.Errorf("%s: got %s, %v", answer, got.Expires, err)
		}
		s.wantAsked(t, dnanexus.RouteNewUser+` {"username":"bob","email":"b@example.org","first":"Bob","tokenDuration":3600000,"provisioningOrg":"org-lab"}`)
	}
}

// Who has a code meets a platform that takes none.
func TestAPlatformWithoutAnEntrance(t *testing.T) {
	const noRoute = `{"error": {"type": "ResourceNotFound", "message": "no such route"}}`
	p := (&server{status: 404, answers: map[string]string{dnanexus.RouteActivateUser: noRoute, dnanexus.RouteBootstrap: noRoute}}).platform(t)
	if _, err := p.Activate(t.Context(), secret.New("c"), secret.New("p")); !errors.Is(err, ErrNotOffered) {
		t.Errorf("activate: %v", err)
	}
	if _, err := p.Bootstrap(t.Context(), secret.New("c"), secret.New("p"), AccountDraft{}); !errors.Is(err, ErrNotOffered) {
		t.Errorf("bootstrap: %v", err)
	}
}

func TestOrgIDs(t *testing.T) {
	for name, want := range map[string]string{"Lab": "org-lab", "org-lab": "org-lab", "Lab_2.x": "org-lab_2.x"} {
		if got := OrgID(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}

// The licences come first, because what follows may need one, and what does not
// change is not sent.
func TestPoliciesOfOrgs(t *testing.T) {
	for name, tt := range map[string]struct {
		change OrgPolicyChange
		asked  []string
	}{
		"nothing": {},
		"a licence": {OrgPolicyChange{UserCreationEnabled: new(true)}, []string{
			dnanexus.RouteLicenseOrg + ` {"org":"org-lab","userCreationFeaturesEnabled":true}`}},
		"a limit": {OrgPolicyChange{AutoLogout: new(time.Minute)}, []string{`/org-lab/update {"policies":{"autoLogoutAfter":60000}}`}},
		"none":    {OrgPolicyChange{AutoLogout: new(time.Duration(0))}, []string{`/org-lab/update {"policies":{"autoLogoutAfter":null}}`}},
		"both": {OrgPolicyChange{MemberList: new("PUBLIC"), ProjectTransfer: new("ADMIN"), PHIEnabled: new(false)}, []string{
			dnanexus.RouteLicenseOrg + ` {"org":"org-lab","phiFeaturesEnabled":false}`,
			`/org-lab/update {"policies":{"memberListVisibility":"PUBLIC","restrictProjectTransfer":"ADMIN"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: map[string]string{dnanexus.RouteLicenseOrg: `{}`, "/org-lab/update": `{}`}}
			if err := s.platform(t).ChangeOrgPolicies(t.Context(), "Lab", tt.change); err != nil {
				t.Fatal(err)
			}
			s.wantAsked(t, tt.asked...)
		})
	}
	s := &server{answers: map[string]string{"/org-lab/describe": `{"id": "org-lab", "class": "org", "handle": "lab", "name": "Lab"}`}}
	if got, err := s.platform(t).OrgPolicies(t.Context(), "lab"); err != nil || got != (OrgPolicies{Name: "Lab"}) {
		t.Errorf("a stranger is told %+v, %v", got, err)
	}
}
