package trust_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestAddingRules(t *testing.T) {
	w := newWorld(t)
	phi := map[string]directory.Level{"project-phi": directory.View}
	for name, test := range map[string]struct {
		who    string
		change func(*rules.Rule)
		want   refusal.Reason // empty: it is added
		says   string
	}{
		"for an account of the org":     {"alice", func(*rules.Rule) {}, "", ""},
		"for the maker":                 {"alice", func(r *rules.Rule) { r.UserID = "" }, "", ""},
		"an issuer by its URL":          {"alice", func(r *rules.Rule) { r.Issuer = onRequest }, "", ""},
		"protected health information":  {"alice", func(r *rules.Rule) { r.Projects, r.PHI = phi, true }, "", ""},
		"without saying so":             {"alice", func(r *rules.Rule) { r.Projects = phi }, refusal.WrongInput, "protected health information"},
		"by a member":                   {"bob", func(*rules.Rule) {}, refusal.OrgAccess, ""},
		"by somebody else":              {"carol", func(*rules.Rule) {}, refusal.OrgAccess, ""},
		"in an unknown org":             {"alice", func(r *rules.Rule) { r.OrgID = "org-unknown" }, refusal.NoOrg, ""},
		"for a member":                  {"alice", func(r *rules.Rule) { r.UserID = "user-bob" }, refusal.WrongInput, "user: must be yourself"},
		"for somebody else":             {"alice", func(r *rules.Rule) { r.UserID = "user-carol" }, refusal.WrongInput, "user: must be yourself"},
		"for an unknown user":           {"alice", func(r *rules.Rule) { r.UserID = "user-unknown" }, refusal.WrongInput, "user: must be yourself"},
		"an issuer that is not trusted": {"alice", func(r *rules.Rule) { r.Issuer = "https://evil.example.org" }, refusal.WrongInput, "github, gitlab, dead"},
		"a project that the maker pays for": {"alice", func(r *rules.Rule) {
			r.Projects = map[string]directory.Level{"project-own": directory.View}
		}, refusal.WrongInput, "that org-lab pays for"},
		"a project of another org": {"alice", func(r *rules.Rule) {
			r.Projects = map[string]directory.Level{"project-rival": directory.View}
		}, refusal.WrongInput, "that org-lab pays for"},
		"an unknown project": {"alice", func(r *rules.Rule) {
			r.Projects = map[string]directory.Level{"project-unknown": directory.View}
		}, refusal.NoProject, ""},
		"claims that others can have": {"alice", func(r *rules.Rule) { r.Claims = map[string]string{"repository": "acme/tools", "ref": "x"} }, refusal.WrongInput, "repository_id"},
	} {
		rule := prodRule()
		test.change(&rule)
		added, err := w.trust.Add(t.Context(), w.signIn(test.who), service.Proof{}, rule)
		if test.want == "" {
			if err != nil || len(added.ID) != 16 || added.Maker != "user-alice" || added.Issuer != onRequest {
				t.Errorf("%s: %+v, %v", name, added, err)
			}
			continue
		}
		if refusal.ReasonOf(err) != test.want || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, want %s %q", name, err, test.want, test.says)
		}
	}
	list, err := w.trust.List(t.Context(), w.signIn("alice"), lab)
	w.check(err)
	if rows := w.log.Of(audit.TrustAdd); len(list) != 4 || len(rows) != 4 {
		t.Errorf("%d rules, %d audit rows", len(list), len(rows))
	}
}

// The maker cannot give more than the maker has.
func TestARuleGivesAtMostTheLevelOfItsMaker(t *testing.T) {
	w := newWorld(t)
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		return tx.SetPermission(ctx, "project-data", "user-alice", directory.Upload)
	})
	_, err := w.trust.Add(t.Context(), w.signIn("alice"), service.Proof{}, prodRule())
	w.refused(err, refusal.WrongInput)
	if !strings.Contains(err.Error(), "your own level, UPLOAD") {
		t.Error(err)
	}
}

// A platform administrator who is not an admin of the org lists and removes its rules, and
// makes none: there would be no level to limit it by.
func TestAnAdministratorOfThePlatformMakesNoRules(t *testing.T) {
	w := newWorld(t)
	rule := w.add(prodRule())
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		carol, err := tx.UserByID(ctx, "user-carol")
		carol.ID, carol.Handle, carol.Superuser = "user-root", "root", true
		return errors.Join(err, tx.InsertUser(ctx, carol))
	})
	root := w.signIn("root")
	_, err := w.trust.Add(t.Context(), root, service.Proof{}, prodRule())
	w.refused(err, refusal.OrgAccess)
	list, err := w.trust.List(t.Context(), root, lab)
	w.check(err)
	w.check(w.trust.Remove(t.Context(), root, lab, rule.ID))
	if len(list) != 1 {
		t.Errorf("%d rules", len(list))
	}
}

// S-38: a rule is added like a token: with a recent sign-in, or the password.
func TestARuleNeedsARecentSignIn(t *testing.T) {
	w := newWorld(t)
	alice := w.signIn("alice")
	w.clock.Advance(6 * time.Minute)
	_, err := w.trust.Add(t.Context(), alice, service.Proof{}, prodRule())
	if !errors.Is(err, access.ErrReauthenticate) {
		t.Errorf("got %v", err)
	}
	_, err = w.trust.Add(t.Context(), alice, service.Proof{Password: secret.New("wrong")}, prodRule())
	w.refused(err, refusal.WrongPassword)
	_, err = w.trust.Add(t.Context(), alice, service.Proof{Password: secret.New(password)}, prodRule())
	w.check(err)
}

func TestListingAndRemovingRules(t *testing.T) {
	w := newWorld(t)
	first := w.add(prodRule())
	w.clock.Advance(time.Second)
	second := w.add(prodRule())
	alice := w.signIn("alice")
	for _, who := range []string{"bob", "carol"} {
		caller := w.signIn(who)
		_, err := w.trust.List(t.Context(), caller, lab)
		w.refused(err, refusal.OrgAccess)
		w.refused(w.trust.Remove(t.Context(), caller, lab, first.ID), refusal.OrgAccess)
	}
	w.refused(w.trust.Remove(t.Context(), w.signIn("carol"), rival, first.ID), refusal.NoTrustRule)
	made := w.mustExchangeBy(first)
	w.check(w.trust.Remove(t.Context(), alice, lab, first.ID))
	if !w.ended(made.Secret) {
		t.Error("a token is good after its rule was removed")
	}
	w.refused(w.trust.Remove(t.Context(), alice, lab, first.ID), refusal.NoTrustRule)
	list, err := w.trust.List(t.Context(), alice, lab)
	w.check(err)
	if len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("rules %+v", list)
	}
	if rows := w.log.Of(audit.TrustRemove); len(rows) != 1 || rows[0].Subject != lab+"/"+first.ID {
		t.Errorf("audit rows %+v", rows)
	}
}

func (w *world) mustExchangeBy(rule rules.Rule) trust.Exchanged {
	w.Helper()
	made, err := w.trust.Exchange(w.Context(), signed(w.job()), rules.Choice{RuleID: rule.ID}, home)
	w.check(err)
	return made
}

// A test says which rule matches, or which claim does not, and spends nothing.
func TestTestingAToken(t *testing.T) {
	w := newWorld(t)
	prod := w.add(prodRule())
	w.clock.Advance(time.Second)
	main := prodRule()
	main.Claims = map[string]string{"repository_id": "42", "ref": "refs/heads/main", "job_workflow_ref": "acme/ci@*"}
	main = w.add(main)
	w.clock.Advance(time.Second)
	other := prodRule()
	other.Issuer, other.Claims = "gitlab", map[string]string{"project_id": "42", "ref": "main"}
	other = w.add(other)
	alice := w.signIn("alice")

	token := signed(w.job())
	report, err := w.trust.Test(t.Context(), alice, lab, token)
	w.check(err)
	if report.Name != "github" || report.Problem != "" || len(report.Rules) != 3 {
		t.Fatalf("report %+v", report)
	}
	if !report.Rules[0].Matches() || report.Rules[0].Rule.ID != prod.ID || report.Rules[0].Levels["project-data"] != directory.Contribute {
		t.Errorf("the rule that matches: %+v", report.Rules[0])
	}
	want := []rules.Mismatch{{Claim: "job_workflow_ref", Want: "acme/ci@*", Missing: true}}
	if report.Rules[1].Matches() || report.Rules[1].Rule.ID != main.ID || !slices.Equal(report.Rules[1].Mismatches, want) {
		t.Errorf("the rule with another claim: %+v", report.Rules[1])
	}
	if report.Rules[2].Matches() || report.Rules[2].Rule.ID != other.ID || !report.Rules[2].OtherIssuer {
		t.Errorf("the rule about another issuer: %+v", report.Rules[2])
	}
	_, err = w.exchange(token)
	w.check(err)

	for name, test := range map[string]struct {
		token   secret.Text
		problem string
		matches bool
	}{
		"an old token":      {signed(w.job().with(claims{"exp": w.clock.Now().Unix()})), "has expired", true},
		"another audience":  {signed(w.job().with(claims{"aud": "https://other.example.org"})), "is not valid", true},
		"an unknown issuer": {signed(w.job().with(claims{"iss": "https://evil.example.org"})), "not one that this server trusts", false},
		"a dead issuer":     {signed(w.job().with(claims{"iss": "https://dead.example.org"})), "does not respond", false},
	} {
		report, err := w.trust.Test(t.Context(), alice, lab, test.token)
		if err != nil || !strings.Contains(report.Problem, test.problem) || len(report.Rules) != 3 || report.Rules[0].Matches() != test.matches {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	_, err = w.trust.Test(t.Context(), alice, lab, secret.New("not a token"))
	w.refused(err, refusal.WrongIDToken)
	_, err = w.trust.Test(t.Context(), w.signIn("bob"), lab, token)
	w.refused(err, refusal.OrgAccess)
}

// A test says that a rule has ended, or that its token would reach nothing.
func TestTestingARuleThatDoesNothing(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		w.check(tx.SetMember(ctx, lab, directory.NewMembership(lab, "user-bob", directory.Admin)))
		return tx.RemovePermissions(ctx, []string{"project-data"}, []string{"user-bot"})
	})
	explain := func() rules.Explanation {
		report, err := w.trust.Test(t.Context(), w.signIn("bob"), lab, signed(w.job()))
		w.check(err)
		return report.Rules[0]
	}
	if e := explain(); e.Matches() || e.Ended || len(e.Mismatches) > 0 || len(e.Levels) > 0 {
		t.Errorf("without access of the user: %+v", e)
	}
	w.write(func(ctx context.Context, tx transaction.Tx) error { return tx.RemoveMember(ctx, lab, "user-alice") })
	if e := explain(); e.Matches() || !e.Ended {
		t.Errorf("without the maker: %+v", e)
	}
}
