package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// foundTokens returns the signatures that a search finds, and checks that each
// token is complete.
func (s *suite) foundTokens(search access.Query) []string {
	s.Helper()
	list := []string{}
	s.read(func(tx transaction.Tx) {
		tokens, err := tx.SearchTokens(s.ctx, search)
		s.ok(err)
		for _, token := range tokens {
			list = append(list, token.Signature)
			s.same(token, s.token(tx, token.Signature))
		}
	})
	return list
}

func testSearchTokens(s *suite) {
	s.addUsers("user-alice", "user-bob", "user-carol")
	s.addTokenOf("user-alice", "bb", access.APIToken, "", start)
	s.addTokenOf("user-alice", "aa", access.APIToken, "", start.Add(time.Minute))
	s.addTokenOf("user-alice", "ab", access.Session, "", start)
	s.addTokenOf("user-alice", "cc", access.APIToken, "", start)
	s.addTokenOf("user-bob", "ac", access.APIToken, "", start)
	s.write(func(tx transaction.Tx) { s.ok(tx.EndTokenTree(s.ctx, "cc", start, access.Revoked)) })

	end := start.Add(time.Hour)
	all := access.Query{UserID: "user-alice", Kind: access.APIToken, Now: start, Limit: 9}
	for name, c := range map[string]struct {
		change func(*access.Query)
		want   []string
	}{
		"all":                      {func(*access.Query) {}, []string{"aa", "bb"}},
		"a moment before":          {func(q *access.Query) { q.Now = end.Add(-time.Millisecond) }, []string{"aa", "bb"}},
		"at the end":               {func(q *access.Query) { q.Now = end }, []string{}},
		"expired before":           {func(q *access.Query) { q.Now, q.Expired = end.Add(-time.Millisecond), true }, []string{}},
		"expired":                  {func(q *access.Query) { q.Now, q.Expired = end, true }, []string{"aa", "bb"}},
		"sessions":                 {func(q *access.Query) { q.Kind = access.Session }, []string{"ab"}},
		"sessions, used":           {func(q *access.Query) { q.Kind, q.UsedAfter = access.Session, start.Add(-time.Millisecond) }, []string{"ab"}},
		"sessions, too long":       {func(q *access.Query) { q.Kind, q.UsedAfter = access.Session, start }, []string{}},
		"by prefix":                {func(q *access.Query) { q.Prefix = "a" }, []string{"aa"}},
		"by the whole":             {func(q *access.Query) { q.Prefix = "bb" }, []string{"bb"}},
		"by more than that":        {func(q *access.Query) { q.Prefix = "bb0" }, []string{}},
		"one":                      {func(q *access.Query) { q.Limit = 1 }, []string{"aa"}},
		"after the first":          {func(q *access.Query) { q.After = access.Position{Expires: end, Signature: "aa"} }, []string{"bb"}},
		"after the last":           {func(q *access.Query) { q.After = access.Position{Expires: end, Signature: "bb"} }, []string{}},
		"of another user":          {func(q *access.Query) { q.UserID = "user-bob" }, []string{"ac"}},
		"of a user without tokens": {func(q *access.Query) { q.UserID = "user-carol" }, []string{}},
		"of a missing user":        {func(q *access.Query) { q.UserID = "user-none" }, []string{}},
		"labelled":                 {func(q *access.Query) { q.Labelled = true }, []string{}},
	} {
		search := all
		c.change(&search)
		if got := s.foundTokens(search); !slices.Equal(got, c.want) {
			s.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// testTokensAgainstModel compares random searches with a linear search.
func testTokensAgainstModel(s *suite) {
	s.addUsers("user-alice")
	random := rand.New(rand.NewPCG(3, 4))
	labels := []string{"", "ci", "CI", "nightly"}
	minutes := func(n int) time.Time { return kept.Add(time.Duration(random.IntN(n)) * time.Minute) }
	var tokens []access.Token
	for i := range 80 {
		token := access.Token{
			Signature: fmt.Sprintf("%02x%02x", random.IntN(4), i), Kind: access.APIToken, UserID: "user-alice",
			Label: labels[random.IntN(len(labels))], Created: kept, LastUsed: minutes(20), Expires: minutes(20).Add(time.Minute),
		}
		if random.IntN(3) == 0 {
			token.Kind = access.Session
		}
		if random.IntN(4) == 0 {
			token.Ended = minutes(20).Add(time.Minute)
			token.EndReason = []access.Reason{access.Expired, access.Revoked, access.Idle, access.Elsewhere}[random.IntN(4)]
		}
		tokens = append(tokens, token)
	}
	s.write(func(tx transaction.Tx) {
		for _, token := range tokens {
			s.ok(tx.InsertToken(s.ctx, token))
		}
	})
	slices.SortFunc(tokens, func(a, b access.Token) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.Signature, b.Signature))
	})
	for range 300 {
		search := access.Query{UserID: "user-alice", Kind: access.APIToken, Now: minutes(20), Limit: 1 + random.IntN(12)}
		for _, change := range []func(){
			func() { search.Label = labels[1+random.IntN(3)] },
			func() { search.Labelled = true },
			func() { search.Prefix = fmt.Sprintf("%02x", random.IntN(4)) },
			func() { search.Expired = true },
			func() { search.Kind = access.Session },
			func() { search.Kind, search.UsedAfter = access.Session, minutes(20) },
			func() {
				from := tokens[random.IntN(len(tokens))]
				search.After = access.Position{Expires: from.Expires, Signature: from.Signature}
			},
		} {
			if random.IntN(3) == 0 {
				change()
			}
		}
		want := []string{}
		for _, token := range tokens {
			if len(want) < search.Limit && matches(token, search) {
				want = append(want, token.Signature)
			}
		}
		if got := s.foundTokens(search); !slices.Equal(got, want) {
			s.Fatalf("%+v: %q, want %q", search, got, want)
		}
	}
}

// matches reports whether a search finds a token. It is written independently of
// the store.
func matches(token access.Token, search access.Query) bool {
	isOver := !token.Expires.After(search.Now)
	isEnded := !token.Ended.IsZero()
	wanted := !isOver && !isEnded
	if search.Expired {
		wanted = isOver && (!isEnded || token.EndReason == access.Expired)
	}
	after := search.After.Expires.IsZero() || token.Expires.After(search.After.Expires) ||
		token.Expires.Equal(search.After.Expires) && token.Signature > search.After.Signature
	return wanted && after && token.Kind == search.Kind &&
		(search.Label == "" || token.Label == search.Label) && (!search.Labelled || token.Label != "") &&
		strings.HasPrefix(token.Signature, search.Prefix) &&
		(search.UsedAfter.IsZero() || token.LastUsed.After(search.UsedAfter))
}

func testTokensMadeWith(s *suite) {
	s.addUsers("user-alice")
	for _, pair := range [][2]string{
		{"root", ""}, {"child c", "root"}, {"child a", "root"}, {"child b", "root"}, {"grandchild", "child a"},
		{"ended", "root"}, {"below ended", "ended"}, {"other", ""},
	} {
		s.addToken(pair[0], pair[1])
	}
	s.write(func(tx transaction.Tx) { s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Idle)) })
	s.read(func(tx transaction.Tx) {
		for _, c := range []struct {
			parent, after string
			limit         int
			want          []string
		}{
			{"root", "", 9, []string{"child a", "child b", "child c"}},
			{"root", "", 2, []string{"child a", "child b"}},
			{"root", "child a", 9, []string{"child b", "child c"}},
			{"root", "child c", 9, nil},
			{"child a", "", 9, []string{"grandchild"}},
			{"ended", "", 9, nil}, {"other", "", 9, nil}, {"none", "", 9, nil},
		} {
			tokens, err := tx.TokensMadeWith(s.ctx, c.parent, c.after, c.limit)
			s.ok(err)
			var got []string
			for _, token := range tokens {
				got = append(got, token.Signature)
				s.same(token, s.token(tx, token.Signature))
			}
			s.same(got, c.want)
		}
	})
}

// Tokens of a kind end a few at a time, with what was made with them, whoever it belongs to.
func testEndSome(s *suite) {
	s.addUsers("user-alice", "user-bob")
	insert := func(signature, user, parent string, kind access.Kind) {
		s.write(func(tx transaction.Tx) {
			s.ok(tx.InsertToken(s.ctx, access.Token{
				Signature: signature, Kind: kind, UserID: user, Parent: parent, Root: parent,
				Created: start, Expires: start.Add(time.Hour), LastUsed: start,
			}))
		})
	}
	for i := range 7 {
		session := fmt.Sprint("session ", i)
		insert(session, []string{"user-alice", "user-bob"}[i%2], "", access.Session)
		insert(fmt.Sprint("made with ", session), "user-bob", session, access.APIToken)
	}
	insert("token", "user-alice", "", access.APIToken)
	steps := 0
	for more := true; more; steps++ {
		s.write(func(tx transaction.Tx) {
			var err error
			more, err = tx.EndSome(s.ctx, access.Session, start.Add(time.Minute), access.Revoked, 3)
			s.ok(err)
		})
	}
	if steps < 5 || steps > 12 {
		s.Errorf("%d steps", steps)
	}
	s.read(func(tx transaction.Tx) {
		for i := range 7 {
			for _, signature := range []string{fmt.Sprint("session ", i), fmt.Sprint("made with session ", i)} {
				token := s.token(tx, signature)
				s.same(token.Ended, kept.Add(time.Minute))
				s.same(token.EndReason, access.Revoked)
			}
		}
		s.same(s.token(tx, "token").Ended, time.Time{})
	})
}

func testUpdateToken(s *suite) {
	s.addUsers("user-alice")
	for _, signature := range []string{"a", "ended", "other"} {
		s.addToken(signature, "")
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Revoked))
		for _, signature := range []string{"a", "ended", "none"} {
			changed := access.Token{
				Signature: signature, Label: `c"i`, Description: "für immer", Scope: access.FullScope().Without("org-a"),
				Expires: start.Add(time.Minute),
				// These fields must not change:
				UserID: "user-none", Kind: access.Session, Parent: "other", Created: start.Add(time.Hour), Client: "x",
			}
			s.ok(tx.UpdateToken(s.ctx, changed))
		}
	})
	s.read(func(tx transaction.Tx) {
		want := s.token(tx, "other")
		want.Signature, want.Label, want.Description = "a", `c"i`, "für immer"
		want.Scope, want.Expires = access.FullScope().Without("org-a"), kept.Add(time.Minute)
		s.same(s.token(tx, "a"), want)
		s.same(s.token(tx, "ended").Label, "")
		s.same(s.token(tx, "ended").Expires, kept.Add(time.Hour))
	})
}

// A new API token has no last use until it is used.
func testFirstUse(s *suite) {
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertToken(s.ctx, access.Token{Signature: "a", Kind: access.APIToken, UserID: "user-alice", Created: start, Expires: start}))
		s.same(s.token(tx, "a").LastUsed, time.Time{})
		s.ok(tx.TouchToken(s.ctx, "a", start, "192.0.2.1"))
		s.same(s.token(tx, "a").LastUsed, kept)
		s.same(s.token(tx, "a").LastAddress, "192.0.2.1")
	})
}

func testTokenSources(s *suite) {
	s.addUsers("user-alice")
	s.addToken("a", "")
	s.addToken("b", "")
	s.write(func(tx transaction.Tx) {
		for range 2 {
			s.ok(tx.AddSource(s.ctx, "a", "192.0.2.1"))
		}
	})
	s.read(func(tx transaction.Tx) {
		for pair, want := range map[[2]string]bool{
			{"a", "192.0.2.1"}: true, {"a", "192.0.2.2"}: false, {"b", "192.0.2.1"}: false, {"none", "192.0.2.1"}: false,
		} {
			known, err := tx.SourceKnown(s.ctx, pair[0], pair[1])
			s.ok(err)
			s.same(known, want)
		}
	})
}

const day = 24 * time.Hour

func testForgetTokens(s *suite) {
	s.addUsers("user-alice")
	for i, signature := range []string{"first", "second", "third", "revoked", "good"} {
		s.write(func(tx transaction.Tx) {
			s.ok(tx.InsertToken(s.ctx, access.Token{
				Signature: signature, Kind: access.APIToken, UserID: "user-alice", Created: start.Add(-time.Hour),
				Expires: start.Add(time.Duration(i) * time.Hour),
			}))
		})
	}
	s.write(func(tx transaction.Tx) { // an expiry in the past, which a fixture may have
		s.ok(tx.InsertToken(s.ctx, access.Token{
			Signature: "made late", Kind: access.APIToken, UserID: "user-alice", Created: start.Add(day), Expires: start.Add(-day),
		}))
	})
	s.write(func(tx transaction.Tx) {
		s.ok(tx.AddSource(s.ctx, "first", "192.0.2.1"))
		s.ok(tx.EndTokenTree(s.ctx, "second", start.Add(90*time.Minute), access.Expired))
		s.ok(tx.EndTokenTree(s.ctx, "revoked", start.Add(time.Minute), access.Revoked))
	})
	for _, c := range []struct {
		before time.Duration
		count  int
		left   []string
	}{
		{0, 9, []string{"first", "second", "third", "revoked", "good", "made late"}},
		{2*time.Hour + 1, 1, []string{"first", "second", "third", "good", "made late"}},
		{2 * time.Hour, 1, []string{"first", "third", "good", "made late"}},
		{9 * time.Hour, 9, []string{"first", "third", "good", "made late"}}, // nobody said that they have ended
	} {
		s.write(func(tx transaction.Tx) { s.ok(tx.ForgetTokens(s.ctx, start.Add(c.before), c.count)) })
		s.read(func(tx transaction.Tx) {
			var left []string
			for _, signature := range []string{"first", "second", "third", "revoked", "good", "made late"} {
				if _, err := tx.TokenBySignature(s.ctx, signature); err == nil {
					left = append(left, signature)
				}
			}
			s.same(left, c.left)
			known, err := tx.SourceKnown(s.ctx, "first", "192.0.2.1")
			s.ok(err)
			s.same(known, slices.Contains(left, "first"))
		})
	}
}

func testMemberTokens(s *suite) {
	s.addUsers("user-alice", "user-bob", "user-carol", "user-dave")
	s.write(func(tx transaction.Tx) {
		for _, org := range []string{"org-lab", "org-ward"} {
			s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: org, Created: start}))
		}
		for _, user := range []string{"user-alice", "user-bob"} {
			s.ok(tx.SetMember(s.ctx, "org-lab", accepted(directory.NewMembership("org-lab", user, directory.Member))))
		}
		s.ok(tx.SetMember(s.ctx, "org-lab", directory.NewMembership("org-lab", "user-dave", directory.Member)))
		s.ok(tx.SetMember(s.ctx, "org-ward", accepted(directory.NewMembership("org-ward", "user-alice", directory.Member))))
	})
	for _, made := range [][2]string{{"user-bob", "b1"}, {"user-alice", "a2"}, {"user-alice", "a1"}, {"user-carol", "c1"}, {"user-dave", "d1"}, {"user-bob", "ended"}} {
		s.addTokenOf(made[0], made[1], access.APIToken, "", start)
	}
	s.addTokenOf("user-alice", "session", access.Session, "", start)
	s.write(func(tx transaction.Tx) { s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Revoked)) })

	end := start.Add(time.Hour)
	after := func(user, signature string) access.MemberPosition {
		return access.MemberPosition{UserID: user, Position: access.Position{Expires: end, Signature: signature}}
	}
	for name, c := range map[string]struct {
		search access.MemberQuery
		want   []string
	}{
		"all":                           {access.MemberQuery{OrgID: "org-lab", Now: start, Limit: 9}, []string{"a1", "a2", "b1"}},
		"some":                          {access.MemberQuery{OrgID: "org-lab", Now: start, Limit: 2}, []string{"a1", "a2"}},
		"the same user":                 {access.MemberQuery{OrgID: "org-lab", Now: start, Limit: 9, After: after("user-alice", "a1")}, []string{"a2", "b1"}},
		"the next user":                 {access.MemberQuery{OrgID: "org-lab", Now: start, Limit: 9, After: after("user-alice", "a2")}, []string{"b1"}},
		"no more":                       {access.MemberQuery{OrgID: "org-lab", Now: start, Limit: 9, After: after("user-bob", "b1")}, nil},
		"of one":                        {access.MemberQuery{OrgID: "org-lab", UserID: "user-bob", Now: start, Limit: 9}, []string{"b1"}},
		"of a user who is not a member": {access.MemberQuery{OrgID: "org-lab", UserID: "user-carol", Now: start, Limit: 9}, nil},
		"of one who did not accept":     {access.MemberQuery{OrgID: "org-lab", UserID: "user-dave", Now: start, Limit: 9}, nil},
		"after the expiry":              {access.MemberQuery{OrgID: "org-lab", Now: end, Limit: 9}, nil},
		"of another org":                {access.MemberQuery{OrgID: "org-ward", Now: start, Limit: 9}, []string{"a1", "a2"}},
		"of a missing org":              {access.MemberQuery{OrgID: "org-none", Now: start, Limit: 9}, nil},
	} {
		s.read(func(tx transaction.Tx) {
			tokens, err := tx.MemberTokens(s.ctx, c.search)
			s.ok(err)
			var got []string
			for _, token := range tokens {
				got = append(got, token.Signature)
				s.same(token, s.token(tx, token.Signature))
			}
			if !slices.Equal(got, c.want) {
				s.Errorf("%s: %q, want %q", name, got, c.want)
			}
		})
	}
}

func testAnyBilledTo(s *suite) {
	s.addProjects("project-a", "project-b")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertProject(s.ctx, directory.Project{ID: "project-c", BillTo: "org-lab", Created: start, Modified: start}))
	})
	s.read(func(tx transaction.Tx) {
		for name, c := range map[string]struct {
			org  string
			ids  []string
			want bool
		}{
			"one of some":     {"org-lab", []string{"project-a", "project-c", "project-none"}, true},
			"others":          {"org-lab", []string{"project-a", "project-b"}, false},
			"of another org":  {"org-ward", []string{"project-c"}, false},
			"none":            {"org-lab", nil, false},
			"one unknown":     {"org-lab", []string{"project-none"}, false},
			"without a payer": {"", []string{"project-none"}, false},
		} {
			got, err := tx.AnyBilledTo(s.ctx, c.org, c.ids)
			s.ok(err)
			if got != c.want {
				s.Errorf("%s: %v", name, got)
			}
		}
	})
}
