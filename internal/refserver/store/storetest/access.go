package storetest

import (
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// addToken adds a token with a signature, a parent and defaults.
func (s *suite) addToken(signature, parent string) {
	s.Helper()
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertToken(s.ctx, access.Token{
			Signature: signature, Kind: access.APIToken, UserID: "user-alice", Parent: parent,
			Created: start, Expires: start.Add(time.Hour), LastUsed: start,
		}))
	})
}

func (s *suite) token(tx transaction.Tx, signature string) access.Token {
	s.Helper()
	token, err := tx.TokenBySignature(s.ctx, signature)
	s.ok(err)
	return token
}

func testTokens(s *suite) {
	s.addUsers("user-alice")
	bare := access.Token{
		Signature: "bare", Kind: access.Session, UserID: "user-alice", Scope: access.FullScope(),
		Created: start, Expires: start.Add(time.Hour), LastUsed: start,
	}
	laden := access.Token{
		Signature: "laden", Kind: access.APIToken, UserID: "user-alice", Label: `c"i`, Description: "für CI",
		Scope: access.Scope{NoPHI: true, Projects: map[string]directory.Level{
			access.Everything: directory.View, "project-a": directory.Administer,
		}},
		Parent: "bare", Root: "bare", Created: start, Authenticated: start.Add(time.Second), Expires: start.Add(time.Hour),
		LastUsed: start.Add(time.Minute), LastAddress: "192.0.2.1", Client: "dxauth/1 <ü>",
		Ended: start.Add(2 * time.Minute), EndReason: access.Idle,
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertToken(s.ctx, bare))
		s.ok(tx.InsertToken(s.ctx, laden))
	})

	bare.Created, bare.Expires, bare.LastUsed = kept, kept.Add(time.Hour), kept
	laden.Created, laden.Authenticated, laden.Expires = kept, kept.Add(time.Second), kept.Add(time.Hour)
	laden.LastUsed, laden.Ended = kept.Add(time.Minute), kept.Add(2*time.Minute)
	s.read(func(tx transaction.Tx) {
		s.same(s.token(tx, "bare"), bare)
		s.same(s.token(tx, "laden"), laden)
		for _, signature := range []string{"", "BARE", "none"} {
			_, err := tx.TokenBySignature(s.ctx, signature)
			s.fails(err, access.ErrUnknownToken)
		}
	})

	for name, token := range map[string]access.Token{
		"the same again":    bare,
		"of a missing user": {Signature: "new", UserID: "user-nobody", Created: start, Expires: start, LastUsed: start},
	} {
		if err := s.db.Write(s.ctx, func(tx transaction.Tx) error { return tx.InsertToken(s.ctx, token) }); err == nil {
			s.Errorf("a token was stored: %s", name)
		}
	}
}

func testTouchToken(s *suite) {
	s.addUsers("user-alice")
	s.addToken("a", "")
	s.addToken("ended", "")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Revoked))
		used := func(signature string) (time.Time, string) {
			token := s.token(tx, signature)
			return token.LastUsed, token.LastAddress
		}
		for _, c := range []struct {
			at      time.Duration
			address string
			want    time.Duration
			from    string
		}{
			{time.Minute, "one", time.Minute, "one"},
			{time.Minute, "two", time.Minute, "one"},
			{40 * time.Second, "two", time.Minute, "one"},
			{time.Second, "two", time.Second, "two"}, // the clock was set back
			{time.Hour, "two", time.Hour, "two"},
		} {
			s.ok(tx.TouchToken(s.ctx, "a", start.Add(c.at), c.address))
			at, from := used("a")
			s.same(at, kept.Add(c.want))
			s.same(from, c.from)
		}
		s.ok(tx.TouchToken(s.ctx, "ended", start.Add(time.Hour), "one"))
		s.ok(tx.TouchToken(s.ctx, "none", start.Add(time.Hour), "one"))
		at, from := used("ended")
		s.same(at, kept)
		s.same(from, "")
	})
}

func testEndTokenTree(s *suite) {
	s.addUsers("user-alice")
	for _, pair := range [][2]string{
		{"root", ""}, {"child", "root"}, {"grandchild", "child"}, {"ended", "root"}, {"below ended", "ended"},
		{"other", ""}, {"of other", "other"}, {"of none", "none"},
	} {
		s.addToken(pair[0], pair[1])
	}
	s.write(func(tx transaction.Tx) {
		s.ok(tx.EndTokenTree(s.ctx, "ended", start, access.Idle))
		s.ok(tx.EndTokenTree(s.ctx, "unknown", start, access.Revoked))
		s.ok(tx.EndTokenTree(s.ctx, "root", start.Add(time.Minute), access.Revoked))
		s.ok(tx.EndTokenTree(s.ctx, "root", start.Add(time.Hour), access.Expired))
	})
	s.read(func(tx transaction.Tx) {
		for signature, want := range map[string]access.Reason{
			"root": access.Revoked, "child": access.Revoked, "grandchild": access.Revoked,
			"ended": access.Idle, "below ended": access.Idle, "other": "", "of other": "", "of none": "",
		} {
			token := s.token(tx, signature)
			if token.EndReason != want || token.Ended.IsZero() != (want == "") {
				s.Errorf("%s has ended %v: %q, want %q", signature, token.Ended, token.EndReason, want)
			}
		}
	})
}

// TokenHolder returns the same as the separate queries.
func testTokenHolder(s *suite) {
	s.addUsers("user-bob")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertUser(s.ctx, identity.User{
			ID: "user-alice", Handle: "Alice", Email: "a@example.org", First: "F", Middle: "M", Last: "L", PasswordHash: "$",
			SSO: true, Superuser: true, Created: start, ProvisioningOrg: "org-a", BillTo: "org-0",
		}))
		for i, policy := range []time.Duration{0, 10 * time.Minute, 5 * time.Minute, time.Minute} {
			org := directory.NewOrg(fmt.Sprint(i), "", start)
			org.AutoLogout = policy
			s.ok(tx.InsertOrg(s.ctx, org))
		}
		s.ok(tx.SetMember(s.ctx, "org-3", accepted(directory.NewMembership("org-3", "user-bob", directory.Member))))
		for signature, parent := range map[string]string{"a": "", "b": "a"} {
			s.ok(tx.InsertToken(s.ctx, access.Token{
				Signature: signature, Kind: access.Session, UserID: "user-alice", Parent: parent, Scope: access.FullScope(),
				Created: start, Authenticated: start, Expires: start.Add(time.Hour), LastUsed: start,
			}))
		}
		s.ok(tx.AddSource(s.ctx, "a", "192.0.2.1"))
	})
	alice := identity.Principal{ID: "user-alice", Handle: "Alice", BillTo: "org-0", Superuser: true}
	holds := func(signature, source string, autoLogout time.Duration, known bool) {
		s.Helper()
		want := transaction.TokenHolder{User: alice, AutoLogout: autoLogout, SourceKnown: known}
		s.read(func(tx transaction.Tx) {
			want.Token = s.token(tx, signature)
			holder, err := tx.TokenHolder(s.ctx, signature, source)
			s.ok(err)
			s.same(holder, want)
		})
		holder, err := s.db.TokenHolder(s.ctx, signature, source)
		s.ok(err)
		s.same(holder, want)
	}
	holds("a", "192.0.2.1", 0, true)
	holds("a", "192.0.2.2", 0, false)
	holds("b", "192.0.2.1", 0, false)
	s.write(func(tx transaction.Tx) {
		s.ok(tx.SetMember(s.ctx, "org-3", directory.NewMembership("org-3", "user-alice", directory.Member)))
	})
	holds("b", "", 0, false) // not accepted
	for i, want := range []time.Duration{0, 10 * time.Minute, 5 * time.Minute} {
		s.write(func(tx transaction.Tx) {
			org := fmt.Sprint("org-", i)
			s.ok(tx.SetMember(s.ctx, org, accepted(directory.NewMembership(org, "user-alice", directory.Member))))
		})
		holds("b", "", want, false)
	}
	for _, blocked := range []identity.User{{Disabled: true}, {Locked: true}} {
		s.write(func(tx transaction.Tx) {
			user, err := tx.UserByID(s.ctx, "user-alice")
			s.ok(err)
			user.Disabled, user.Locked = blocked.Disabled, blocked.Locked
			s.ok(tx.UpdateUser(s.ctx, user))
		})
		alice.Blocked = true
		holds("b", "", 5*time.Minute, false)
	}
	s.read(func(tx transaction.Tx) {
		_, err := tx.TokenHolder(s.ctx, "none", "")
		s.fails(err, access.ErrUnknownToken)
	})
	_, err := s.db.TokenHolder(s.ctx, "none", "")
	s.fails(err, access.ErrUnknownToken)
}

// TokenHolder also returns the first token of a chain, with the idle limit and the
// state of its own user.
func testTokenRoot(s *suite) {
	s.addUsers("user-alice")
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertUser(s.ctx, identity.User{ID: "user-admin", Handle: "admin", Locked: true, Created: start}))
		org := directory.NewOrg("ward", "", start)
		org.AutoLogout = time.Minute
		s.ok(tx.InsertOrg(s.ctx, org))
		s.ok(tx.SetMember(s.ctx, "org-ward", accepted(directory.NewMembership("org-ward", "user-admin", directory.Member))))
		for _, token := range []access.Token{
			{Signature: "session", Kind: access.Session, UserID: "user-admin"},
			{Signature: "of session", Kind: access.APIToken, UserID: "user-alice", Parent: "session", Root: "session"},
			{Signature: "below", Kind: access.APIToken, UserID: "user-alice", Parent: "of session", Root: "session"},
			{Signature: "lost", Kind: access.APIToken, UserID: "user-alice", Parent: "none", Root: "none"},
		} {
			token.Created, token.Expires, token.LastUsed = start, start.Add(time.Hour), start
			s.ok(tx.InsertToken(s.ctx, token))
		}
	})
	want := transaction.TokenHolder{
		Token: access.Token{
			Signature: "session", Kind: access.Session, UserID: "user-admin", Created: kept, Expires: kept.Add(time.Hour), LastUsed: kept,
		},
		User:       identity.Principal{ID: "user-admin", Handle: "admin", Blocked: true},
		AutoLogout: time.Minute,
	}
	for signature, want := range map[string]*transaction.TokenHolder{"session": nil, "of session": &want, "below": &want, "lost": nil} {
		s.read(func(tx transaction.Tx) {
			holder, err := tx.TokenHolder(s.ctx, signature, "")
			s.ok(err)
			s.same(holder.Root, want)
		})
	}
}

// A session ends by the limit of its user's orgs, and ends what was made with it.
func testEndIdleSessions(s *suite) {
	s.addUsers("user-alice", "user-bob")
	s.write(func(tx transaction.Tx) {
		org := directory.NewOrg("ward", "", start)
		org.AutoLogout = time.Hour
		s.ok(tx.InsertOrg(s.ctx, org))
		s.ok(tx.SetMember(s.ctx, "org-ward", accepted(directory.NewMembership("org-ward", "user-bob", directory.Member))))
	})
	s.addTokenOf("user-alice", "first", access.Session, "", start)
	s.addTokenOf("user-alice", "of first", access.APIToken, "first", start)
	s.addTokenOf("user-alice", "api", access.APIToken, "", start)
	s.addTokenOf("user-alice", "in use", access.Session, "", start)
	s.addTokenOf("user-bob", "of bob", access.Session, "", start)
	at := start.Add(15 * time.Minute)
	s.write(func(tx transaction.Tx) {
		s.ok(tx.TouchToken(s.ctx, "in use", start.Add(time.Millisecond), ""))
		s.ok(tx.EndIdleSessions(s.ctx, at, 15*time.Minute, 0))
		s.same(s.token(tx, "first").EndReason, access.Reason(""))
		s.ok(tx.EndIdleSessions(s.ctx, at, 15*time.Minute, 10))
	})
	s.read(func(tx transaction.Tx) {
		for signature, want := range map[string]access.Reason{
			"first": access.Idle, "of first": access.Idle, "api": "", "in use": "", "of bob": "",
		} {
			s.same(s.token(tx, signature).EndReason, want)
		}
		s.same(s.token(tx, "of first").Ended, at.UTC().Truncate(time.Millisecond))
	})
}
