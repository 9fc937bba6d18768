package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
	"github.com/dxauth/dxauth/internal/refserver/web/browser"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// formsOfAdministrators returns the paths of all forms for admins of the org genomics and
// for administrators of the platform, so that a new row is attacked without another line.
func formsOfAdministrators() (paths []string) {
	for _, row := range rows() {
		method, path := example(row, shortOf(old))
		isOwn := strings.HasSuffix(row.Pattern, "/accept") || strings.HasSuffix(row.Pattern, "/leave") || strings.HasSuffix(row.Pattern, "/orgs/new")
		if method == http.MethodPost && row.Who != browser.Anyone && !isOwn && (strings.HasPrefix(path, "/console/orgs/") || isForAdministrators(path)) {
			paths = append(paths, strings.ReplaceAll(path, strings.Repeat("0", 64), signature(old)))
		}
	}
	return paths
}

// attack fills in every field that a form of an administrator has.
func attack() url.Values {
	form := newcomer()
	for field, value := range map[string]string{
		"name": "x", "days": "1", "reach": "account", "limit": "5m", "level": "ADMIN", "invitee": "carol", "expires": "24h",
		"provider": "hospital", "issuer": "https://id.example.org", "subject": "1",
		"claims": "sub=attack", "user": "erin", "lifetime": "1h", exomeLevel: "VIEW", "token": "a.e30.c",
	} {
		form.Set(field, value)
	}
	return form
}

// Whoever is not an admin of the org, or not an administrator of the platform, changes
// nothing by any form of theirs.
func TestFormsOfAdministratorsRefuseOthers(t *testing.T) {
	for attacker, signIn := range map[string]func(*testpages.Server) *testpages.Browser{
		"a member":               func(s *testpages.Server) *testpages.Browser { return signInWithCode(s, "bob") },
		"an admin of other orgs": func(s *testpages.Server) *testpages.Browser { return signInWithCode(s, "erin") },
		"nobody":                 (*testpages.Server).Browser,
		"a user who was an admin when the form was opened": func(s *testpages.Server) *testpages.Browser {
			b := s.SignedIn("alice")
			b.Get(genomics).Is(http.StatusOK)
			admin := s.SignedIn("admin")
			admin.Post(genomics+"/members/user-erin", url.Values{"level": {"ADMIN"}}).Is(http.StatusSeeOther)
			admin.Post(genomics+"/members/user-alice", url.Values{"level": {"MEMBER"}}).Is(http.StatusSeeOther)
			return b
		},
		"a user whose account was disabled when the form was open": func(s *testpages.Server) *testpages.Browser {
			b := s.SignedIn("alice")
			s.SignedIn("admin").Post(users+"/user-alice/disable", nil).Is(http.StatusSeeOther)
			return b
		},
	} {
		t.Run(attacker, func(t *testing.T) {
			s := openOrgs(t)
			b := signIn(s)
			before, forms := orgState(t, s), formsOfAdministrators()
			for _, path := range forms {
				reply := b.Post(path, attack())
				isSentAway := reply.Code == http.StatusSeeOther && strings.HasPrefix(reply.Header().Get("Location"), "/console/sign-in")
				if reply.Code != http.StatusForbidden && !isSentAway {
					t.Errorf("%s: %d %s", path, reply.Code, reply.Header().Get("Location"))
				}
			}
			if after := orgState(t, s); after != before || len(forms) < 20 {
				t.Errorf("%d forms; before:\n%s\nafter:\n%s", len(forms), before, after)
			}
		})
	}
}

// A form of another site, and one of another session, change nothing, whoever is signed in.
func TestFormsOfAdministratorsFromElsewhere(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("admin")
	before := orgState(t, s)
	for _, path := range formsOfAdministrators() {
		request := b.Request(http.MethodPost, path, attack().Encode())
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", "https://evil.example")
		b.Send(request, "cross-site").Is(http.StatusForbidden)
		request = b.Request(http.MethodPost, path, attack().Encode())
		request.Header.Set("Content-Type", "text/plain") // what a form of another site can also send
		request.Header.Set("Origin", "null")
		if reply := b.Send(request, "same-origin"); reply.Code < http.StatusBadRequest {
			t.Errorf("%s as plain text: %d", path, reply.Code)
		}
	}
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// A form that was sent once is not carried out again after the administrator lost the
// right, with the cookies of the time before.
func TestReplayedForms(t *testing.T) {
	s := openOrgs(t)
	b := s.SignedIn("alice")
	form := url.Values{"invitee": {"carol"}, "level": {"ADMIN"}}
	b.Post(genomics+"/invite", form).LeadsTo(genomics + "?done=invited")
	admin := clientOf(t, s, "admin")
	_, err := admin.RemoveMember(t.Context(), "org-genomics", dnanexus.RemoveMemberRequest{User: "user-alice"})
	must(t, err)
	before := orgState(t, s)
	b.Post(genomics+"/invite", form).Is(http.StatusForbidden)
	if after := orgState(t, s); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
