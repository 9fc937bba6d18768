package service_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const lab = "org-lab"

// newLabServer returns a server with a lab of which alice is the admin and bob a
// member; both accepted it. The lab pays for one project, bob for another; both users reach both.
func newLabServer(t *testing.T) *testServer {
	h := newTestServer(t)
	h.addUser("carol")
	h.check(h.Write(t.Context(), func(tx transaction.Tx) error {
		h.check(tx.InsertOrg(t.Context(), directory.Org{ID: lab, Handle: "lab", Name: "Lab", Created: h.clock.Now()}))
		h.check(tx.SetMember(t.Context(), lab, accepted(directory.NewMembership(lab, "user-alice", directory.Admin))))
		h.check(tx.SetMember(t.Context(), lab, accepted(directory.NewMembership(lab, "user-bob", directory.Member))))
		for id, billTo := range map[string]string{"project-lab": lab, "project-own": "user-bob"} {
			project := directory.Project{ID: id, Name: id, BillTo: billTo, Created: h.clock.Now(), Modified: h.clock.Now()}
			h.check(h.directory.AddProject(t.Context(), tx, project, map[string]directory.Level{
				"user-alice": directory.Administer, "user-bob": directory.Administer,
			}))
		}
		return nil
	}))
	return h
}

// level returns the level of a token on a project.
func (h *testServer) level(token secret.Text, project string) directory.Level {
	h.Helper()
	level, err := h.levelOf(h.callerOf(token), project)
	h.check(err)
	return level
}

// levelOf returns the level of a caller on a project.
func (h *testServer) levelOf(caller service.Caller, project string) (directory.Level, error) {
	view, err := projects.View(h.Context(), h.Service, caller, project)
	if needs, denied := refusal.DetailsOf[directory.Level](err); denied && needs == directory.View {
		return directory.None, nil
	}
	return view.Level, err
}

// reaching is an order of a token for some projects, each with VIEW.
func reaching(projects ...string) access.Order {
	scope := access.Scope{Projects: map[string]directory.Level{}}
	for _, project := range projects {
		scope.Projects[project] = directory.View
	}
	return access.Order{Label: "ci", Scope: &scope}
}

func (h *testServer) membersTokens(admin secret.Text, query access.MemberQuery) []string {
	h.Helper()
	query.OrgID = lab
	if query.Limit == 0 {
		query.Limit = 100
	}
	var list []string
	for {
		page, err := h.MemberTokens(h.Context(), h.callerOf(admin), query)
		h.check(err)
		for _, token := range page.Tokens {
			list = append(list, token.Signature)
		}
		if page.Next == nil {
			return list
		}
		query.After = *page.Next
	}
}

// An org sees the tokens that name its projects, and no other.
func TestAnAdminSeesWhichTokensNameProjectsOfTheOrg(t *testing.T) {
	h := newLabServer(t)
	admin := h.signIn("alice", access.Order{})
	withoutLab := access.FullScope().Without(lab)
	named := h.signIn("bob", reaching("project-own", "project-lab"))
	alone := h.signIn("bob", reaching("project-lab"))
	andAll := h.signIn("bob", reaching("project-lab", access.Everything))
	own := h.signIn("alice", reaching("project-lab"))
	for _, order := range []access.Order{
		{Label: "full"}, reaching(access.Everything),
		reaching("project-own"), reaching("project-none"), reaching(), {Scope: &withoutLab}, {},
	} {
		h.signIn("bob", order)
	}
	h.signIn("carol", access.Order{Label: "of no member"})
	revoked := h.signIn("bob", reaching("project-lab"))
	h.check(h.RevokeTokens(t.Context(), h.callerOf(h.signIn("bob", access.Order{})), access.Ref{Signature: access.Signature(revoked)}))

	ofBob := []string{access.Signature(named), access.Signature(alone), access.Signature(andAll)}
	slices.Sort(ofBob) // they end together
	for limit := 1; limit < 6; limit++ {
		want := append([]string{access.Signature(own)}, ofBob...)
		if got := h.membersTokens(admin, access.MemberQuery{Limit: limit}); !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %q, want %q", limit, got, want)
		}
		if got := h.membersTokens(admin, access.MemberQuery{Limit: limit, UserID: "user-bob"}); !slices.Equal(got, ofBob) {
			t.Errorf("of bob, in pages of %d: %q, want %q", limit, got, ofBob)
		}
	}
	if got := h.membersTokens(admin, access.MemberQuery{UserID: "user-carol"}); got != nil {
		t.Errorf("of a user who is not a member: %q", got)
	}
}

// A page of members' tokens ends when the budget of a request is spent on tokens that
// don't reach the org.
func TestAPageOfMembersTokensIsBounded(t *testing.T) {
	h := newLabServer(t)
	admin := h.signIn("alice", access.Order{})
	last := h.signIn("bob", reaching("project-lab"))
	scope := access.Scope{Projects: map[string]directory.Level{}}
	for i := range 20 {
		scope.Projects[fmt.Sprint("project-", i)] = directory.View
	}
	h.insertTokens("user-bob", budget.MaxSteps/len(scope.Projects), scope)
	page, err := h.MemberTokens(t.Context(), h.callerOf(admin), access.MemberQuery{OrgID: lab, Limit: 100})
	if err != nil || len(page.Tokens) != 0 || page.Next == nil {
		t.Errorf("the first page has %d tokens and the next begins after %v, %v", len(page.Tokens), page.Next, err)
	}
	if got := h.membersTokens(admin, access.MemberQuery{}); !slices.Equal(got, []string{access.Signature(last)}) {
		t.Errorf("got %q", got)
	}
}

func TestAnAdminEndsATokensAccessToTheOrg(t *testing.T) {
	h := newLabServer(t)
	admin := h.signIn("alice", access.Order{})
	token := h.signIn("bob", access.Order{Label: "ci"})
	child := h.tokenFor(token, access.Order{Label: "job"})
	narrow := h.tokenFor(child, h.narrow())
	other := h.signIn("bob", reaching("project-lab"))
	for _, one := range []secret.Text{token, child, other} {
		if got := h.level(one, "project-lab"); got < directory.View {
			t.Fatalf("has %s before", got)
		}
	}
	rows := h.db.rowsOf(func() {
		for range 2 { // a second time is not an error
			h.check(h.RevokeMemberToken(t.Context(), h.callerOf(admin), lab, access.Signature(token)))
		}
	})
	for _, row := range rows {
		if row.Action != audit.TokenRestrict || row.Actor != "user-alice" || row.Subject != access.Signature(token)[:12] {
			t.Errorf("audit: %+v", row)
		}
	}
	ofToken := h.tokenFor(token, access.Order{Label: "made after it"})
	narrowOfToken := h.tokenFor(token, h.narrow())
	for name, one := range map[string]secret.Text{
		"the token": token, "its child": child, "its grandchild": narrow, "a later child": ofToken, "a later narrow child": narrowOfToken,
	} {
		if got := h.level(one, "project-lab"); got != directory.None {
			t.Errorf("%s has %s on the lab's project", name, got)
		}
		if got := h.level(one, "project-own"); got < directory.View {
			t.Errorf("%s has %s on bob's own project", name, got)
		}
	}
	if got := h.level(other, "project-lab"); got != directory.View {
		t.Errorf("another token has %s", got)
	}
	if list := h.membersTokens(admin, access.MemberQuery{}); !slices.Equal(list, []string{access.Signature(other)}) {
		t.Errorf("left are %q", list)
	}

	// The token can't create a project that the org would pay for, either.
	_, err := projects.Create(t.Context(), h.Service, h.callerOf(token), directory.Project{Name: "X", BillTo: lab})
	if refusal.ReasonOf(err) != refusal.ProjectAccess {
		t.Errorf("a project at the lab's cost: %v", err)
	}
}

func TestLimitsOfAnOrgAdmin(t *testing.T) {
	h := newLabServer(t)
	admin, member, outsider := h.signIn("alice", access.Order{}), h.signIn("bob", access.Order{}), h.signIn("carol", access.Order{})
	token := h.signIn("bob", access.Order{Label: "ci"})
	ended := h.signIn("bob", access.Order{Label: "ended"})
	h.check(h.RevokeTokens(t.Context(), h.callerOf(member), access.Ref{Signature: access.Signature(ended)}))
	for name, c := range map[string]struct {
		by   secret.Text
		what secret.Text
		want error
	}{
		"a session":               {admin, member, access.ErrNoSuchToken},
		"an outsider's":           {admin, h.signIn("carol", access.Order{Label: "ci"}), access.ErrNoSuchToken},
		"one that has ended":      {admin, ended, access.ErrNoSuchToken},
		"one that does not reach": {admin, h.signIn("bob", reaching("project-own")), access.ErrNoSuchToken},
		"none":                    {admin, secret.New("none"), access.ErrNoSuchToken},
	} {
		if err := h.RevokeMemberToken(t.Context(), h.callerOf(c.by), lab, access.Signature(c.what)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for name, by := range map[string]secret.Text{"a member": member, "an outsider": outsider} {
		_, err := h.MemberTokens(t.Context(), h.callerOf(by), access.MemberQuery{OrgID: lab, Limit: 1})
		if refusal.ReasonOf(err) != refusal.OrgAccess {
			t.Errorf("%s lists: %v", name, err)
		}
		if err := h.RevokeMemberToken(t.Context(), h.callerOf(by), lab, access.Signature(token)); refusal.ReasonOf(err) != refusal.OrgAccess {
			t.Errorf("%s revokes: %v", name, err)
		}
	}
	if got := h.level(token, "project-lab"); got != directory.Administer {
		t.Errorf("the token has %s", got)
	}
}

// What an excluded token does to its owner's account does not reach the org either.
func TestAnExcludedTokenDoesNotLetTheOrgPay(t *testing.T) {
	h := newLabServer(t)
	h.joinAs("user-bob", lab, directory.Admin)
	token := h.signIn("bob", access.Order{Label: "ci"})
	h.check(h.RevokeMemberToken(t.Context(), h.callerOf(h.signIn("alice", access.Order{})), lab, access.Signature(token)))
	payer, oneself := lab, "user-bob"
	err := h.UpdateUser(t.Context(), h.callerOf(token), service.Proof{}, service.UserChange{BillTo: &payer})
	if refusal.ReasonOf(err) != refusal.Billing || h.user("user-bob").BillTo != "" {
		t.Errorf("the org pays for %q: %v", h.user("user-bob").BillTo, err)
	}
	h.check(h.UpdateUser(t.Context(), h.callerOf(token), service.Proof{}, service.UserChange{BillTo: &oneself}))
}
