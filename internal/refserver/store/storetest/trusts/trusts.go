// Package trusts tests the tables of package trust in every store.
//
// It promises to call each method of trust.Tx that is not one of package directory, with
// existing, missing and conflicting rows, and to check that a rule stands exactly as long
// as its maker and its user have what it needs, and that of those who exchange an ID
// token at the same time as many win as may.
//
// It knows a store only as transaction.DB.
package trusts

import (
	"context"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/store/storetest/suite"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/trust"
)

// Tests returns the tests by name.
func Tests() map[string]func(*suite.Suite) {
	return map[string]func(*suite.Suite){
		"rules":       testTrustRules,
		"what stands": testTrustRuleStands,
		"one winner":  testSpendIDTokens,
		"restored":    testRestored,
	}
}

var start, kept = suite.Start(), suite.Kept()

const (
	day      = 24 * time.Hour
	ciIssuer = "https://ci.example.org"
)

// addTrustWorld adds an org with an admin, a member and an account that it made.
func addTrustWorld(s *suite.Suite) {
	s.Helper()
	s.AddUsers("user-admin", "user-member")
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertOrg(s.Ctx, directory.Org{ID: "org-lab", Created: start}))
		s.OK(tx.InsertOrg(s.Ctx, directory.Org{ID: "org-other", Created: start}))
		s.OK(tx.InsertUser(s.Ctx, identity.User{ID: "user-bot", Handle: "bot", ProvisioningOrg: "org-lab", Created: start}))
		s.OK(tx.SetMember(s.Ctx, "org-lab", directory.NewMembership("org-lab", "user-admin", directory.Admin)))
		s.OK(tx.SetMember(s.Ctx, "org-other", directory.NewMembership("org-other", "user-admin", directory.Admin)))
		s.OK(tx.SetMember(s.Ctx, "org-lab", directory.NewMembership("org-lab", "user-member", directory.Member)))
	})
}

func trustRule(id string) trust.Rule {
	return trust.Rule{
		ID: id, OrgID: "org-lab", Issuer: ciIssuer, Claims: map[string]string{"sub": "job '", "branch": "release/*"},
		UserID: "user-bot", Projects: map[string]directory.Level{"project-1": directory.Upload}, PHI: true,
		Lifetime: 10 * time.Minute, Maker: "user-admin", Created: kept,
	}
}

// Rules are found by ID, by org and by the claim that they want exactly.
func testTrustRules(s *suite.Suite) {
	addTrustWorld(s)
	later, other := trustRule("a-later"), trustRule("c-other")
	later.Created = kept.Add(time.Second)
	other.OrgID, other.Claims = "org-other", map[string]string{"sub": "another job"}
	rule := trustRule("b-rule")
	s.Write(func(tx transaction.Tx) {
		for _, r := range []trust.Rule{later, rule, other} {
			s.OK(tx.InsertTrustRule(s.Ctx, r))
		}
		s.Fails(tx.InsertTrustRule(s.Ctx, rule), directory.ErrIDTaken)
		s.OK(tx.NoteExchange(s.Ctx, rule.ID, start))
		s.OK(tx.NoteExchange(s.Ctx, rule.ID, start.Add(time.Minute)))
	})
	rule.Uses, rule.LastUsed = 2, kept.Add(time.Minute)
	s.Read(func(tx transaction.Tx) {
		got, err := tx.TrustRule(s.Ctx, rule.ID)
		s.OK(err)
		s.Same(got, rule)
		_, err = tx.TrustRule(s.Ctx, "unknown")
		s.Fails(err, trust.ErrNoRule)
		for limit, want := range map[int][]trust.Rule{1: {rule}, 2: {rule, later}, 9: {rule, later}} {
			list, err := tx.TrustRulesOf(s.Ctx, "org-lab", limit)
			s.OK(err)
			s.Same(list, want)
		}
	})
	for name, test := range map[string]struct {
		search trust.Search
		want   []trust.Rule
	}{
		"by key":         {trust.Search{Issuer: ciIssuer, Keys: []string{"x=y", "sub=job '"}, Limit: 9}, []trust.Rule{later, rule}},
		"by two keys":    {trust.Search{Issuer: ciIssuer, Keys: []string{"sub=another job", "sub=job '"}, Limit: 9}, []trust.Rule{later, rule, other}},
		"at most":        {trust.Search{Issuer: ciIssuer, Keys: []string{"sub=job '"}, Limit: 1}, []trust.Rule{later}},
		"in an org":      {trust.Search{Issuer: ciIssuer, Keys: []string{"sub=another job", "sub=job '"}, OrgID: "org-other", Limit: 9}, []trust.Rule{other}},
		"without keys":   {trust.Search{Issuer: ciIssuer, Limit: 9}, nil},
		"another issuer": {trust.Search{Issuer: ciIssuer + "/", Keys: []string{"sub=job '"}, Limit: 9}, nil},
	} {
		s.Read(func(tx transaction.Tx) {
			list, err := tx.TrustRulesFor(s.Ctx, test.search)
			s.OK(err)
			if fmt.Sprint(list) != fmt.Sprint(test.want) {
				s.Errorf("%s: %v, want %v", name, list, test.want)
			}
		})
	}
	s.Write(func(tx transaction.Tx) {
		for _, step := range []struct {
			org  string
			want bool
		}{{"org-other", false}, {"org-lab", true}, {"org-lab", false}} {
			removed, err := tx.RemoveTrustRule(s.Ctx, step.org, rule.ID)
			s.OK(err)
			s.Same(removed, step.want)
		}
	})
}

// A rule stands as long as its maker administers the org and its user belongs to it, and
// the holder of a token says so.
func testTrustRuleStands(s *suite.Suite) {
	addTrustWorld(s)
	bots, own := trustRule("bots"), trustRule("own")
	own.UserID = own.Maker
	token := access.Token{
		Signature: "of the rule", Kind: access.APIToken, UserID: "user-bot", Created: start, Expires: start.Add(day),
		Scope: access.Scope{TrustRule: bots.ID},
	}
	s.Write(func(tx transaction.Tx) {
		s.OK(tx.InsertTrustRule(s.Ctx, bots))
		s.OK(tx.InsertTrustRule(s.Ctx, own))
		s.OK(tx.InsertToken(s.Ctx, token))
	})
	change := func(id string, f func(*identity.User)) func(transaction.Tx) error {
		return func(tx transaction.Tx) error {
			user, err := tx.UserByID(s.Ctx, id)
			s.OK(err)
			f(&user)
			return tx.UpdateUser(s.Ctx, user)
		}
	}
	member := func(level directory.OrgLevel) func(transaction.Tx) error {
		return func(tx transaction.Tx) error {
			return tx.SetMember(s.Ctx, "org-lab", directory.NewMembership("org-lab", "user-admin", level))
		}
	}
	for _, step := range []struct {
		name              string
		run               func(transaction.Tx) error
		wantBots, wantOwn bool
	}{
		{"at first", func(transaction.Tx) error { return nil }, true, true},
		{"the maker is a member only", member(directory.Member), false, false},
		{"an admin again", member(directory.Admin), true, true},
		{"the maker is locked", change("user-admin", func(u *identity.User) { u.Locked = true }), false, false},
		{"the maker is disabled", change("user-admin", func(u *identity.User) { u.Locked, u.Disabled = false, true }), false, false},
		{"the maker is back", change("user-admin", func(u *identity.User) { u.Disabled = false }), true, true},
		{"the account left the org", change("user-bot", func(u *identity.User) { u.ProvisioningOrg = "" }), false, true},
		{"another org has the account", change("user-bot", func(u *identity.User) { u.ProvisioningOrg = "org-other" }), false, true},
		{"the account is back", change("user-bot", func(u *identity.User) { u.ProvisioningOrg = "org-lab" }), true, true},
		{"the maker left", func(tx transaction.Tx) error { return tx.RemoveMember(s.Ctx, "org-lab", "user-admin") }, false, false},
		{"the maker came back", member(directory.Admin), true, true},
		{"a rule is removed", func(tx transaction.Tx) error {
			_, err := tx.RemoveTrustRule(s.Ctx, "org-lab", bots.ID)
			return err
		}, false, true},
	} {
		s.Write(func(tx transaction.Tx) { s.OK(step.run(tx)) })
		s.Read(func(tx transaction.Tx) {
			for id, want := range map[string]bool{bots.ID: step.wantBots, own.ID: step.wantOwn} {
				stands, err := tx.TrustRuleStands(s.Ctx, id)
				s.OK(err)
				if stands != want {
					s.Errorf("%s: rule %s stands: %v, want %v", step.name, id, stands, want)
				}
			}
			holder, err := tx.TokenHolder(s.Ctx, token.Signature, "")
			s.OK(err)
			if holder.RuleEnded == step.wantBots {
				s.Errorf("%s: the rule of the token has ended: %v", step.name, holder.RuleEnded)
			}
		})
	}
}

// Of those who exchange an ID token at the same time, as many win as may.
func testSpendIDTokens(s *suite.Suite) {
	for _, most := range []int{1, 3} {
		spending := trust.Spending{Key: fmt.Sprint("at most ", most), Expires: start.Add(time.Minute), Most: most}
		s.Same(s.Winners(8, func(tx transaction.Tx) (bool, error) { return tx.SpendIDToken(s.Ctx, spending) }), int64(most))
	}
	forget := func(before time.Time, count int) {
		s.Write(func(tx transaction.Tx) { s.OK(tx.ForgetIDTokens(s.Ctx, before, count)) })
	}
	spent := func() int {
		count := 0
		s.Fails(s.DB.Write(s.Ctx, func(tx transaction.Tx) error {
			count = 0
			for _, key := range []string{"at most 1", "at most 3"} {
				good, err := tx.SpendIDToken(s.Ctx, trust.Spending{Key: key, Expires: start, Most: 1})
				s.OK(err)
				if !good {
					count++
				}
			}
			return context.Canceled
		}), context.Canceled)
		return count
	}
	forget(start.Add(time.Minute), 9)
	s.Same(spent(), 2)
	forget(start.Add(time.Hour), 1)
	s.Same(spent(), 1)
	forget(start.Add(time.Hour), 9)
	s.Same(spent(), 0)
}

// The time of the last restore is kept as it is.
func testRestored(s *suite.Suite) {
	for _, at := range []time.Time{{}, start, start.Add(time.Hour + time.Millisecond)} {
		s.Write(func(tx transaction.Tx) {
			if !at.IsZero() {
				s.OK(tx.SetRestored(s.Ctx, at))
			}
			restored, err := tx.Restored(s.Ctx)
			s.OK(err)
			s.Same(restored.Equal(at), true)
		})
	}
}
