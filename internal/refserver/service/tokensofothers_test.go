package service_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// managedTokens lists the tokens that a caller may manage, by holder and label, in
// order.
func (h *testServer) managedTokens(caller service.Caller, query access.Query) []string {
	h.Helper()
	var list []string
	h.check(h.EachToken(h.Context(), caller, query, func(token service.UserToken) error {
		list = append(list, token.User.Handle+" "+string(token.Kind)+" "+token.Label)
		return nil
	}))
	slices.Sort(list)
	return list
}

// makeToken creates a token for the holder, or for the caller if that is empty.
func (h *testServer) makeToken(caller service.Caller, holder string, order access.Order) (access.Issued, error) {
	made, err := h.MakeTokens(h.Context(), caller, service.TokenDraft{UserID: holder, Order: order})
	if err != nil {
		return access.Issued{}, err
	}
	return made[0], nil
}

// insertTokens stores API tokens of a user that expire in a day, more than the user
// could make.
func (h *testServer) insertTokens(userID string, n int, scope access.Scope) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		for i := range n {
			token := access.Token{
				Signature: access.Signature(secret.New(string(rune(i)))), Kind: access.APIToken, UserID: userID, Label: "many",
				Scope: scope, Created: h.clock.Now(), Expires: h.clock.Now().Add(day),
			}
			if err := tx.InsertToken(h.Context(), token); err != nil {
				return err
			}
		}
		return nil
	}))
}

// narrowed returns the caller with a token that is limited to projects.
func narrowed(caller service.Caller) service.Caller {
	caller.Token.Scope = access.Scope{Projects: map[string]directory.Level{access.Everything: directory.Administer}}
	return caller
}

func TestWhoManagesWhichTokens(t *testing.T) {
	h := newTestServer(t)
	superuser := h.superuser("superuser")
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	h.signIn("alice", access.Order{Label: "ci"})
	h.signIn("bob", access.Order{Label: "bobs"})
	bobs := h.callerOf(h.signIn("bob", access.Order{})).Token.Signature
	own := []string{"alice session ", "alice token ci"}
	all := append(slices.Clone(own), "bob session ", "bob token bobs", "superuser token superuser")
	for name, tt := range map[string]struct {
		caller service.Caller
		query  access.Query
		want   []string
	}{
		"their own":                       {alice, access.Query{}, own},
		"their own by user":               {alice, access.Query{UserID: "user-alice"}, own},
		"another user's":                  {alice, access.Query{UserID: "user-bob"}, nil},
		"another user's by signature":     {alice, access.Query{Signature: bobs}, nil},
		"their own by signature":          {alice, access.Query{Signature: alice.Token.Signature}, own[:1]},
		"all":                             {superuser, access.Query{}, all},
		"one user's":                      {superuser, access.Query{UserID: "user-alice"}, own},
		"one token":                       {superuser, access.Query{Signature: bobs}, []string{"bob session "}},
		"a token of another user":         {superuser, access.Query{Signature: bobs, UserID: "user-alice"}, nil},
		"an unknown token":                {superuser, access.Query{Signature: "none"}, nil},
		"a narrow token of the superuser": {narrowed(superuser), access.Query{UserID: "user-bob"}, nil},
	} {
		if got := h.managedTokens(tt.caller, tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}

	// Tokens that have ended are not listed, nor those of disabled accounts.
	h.clock.Advance(16 * time.Minute)
	if got := h.managedTokens(superuser, access.Query{}); !slices.Equal(got, []string{"alice token ci", "bob token bobs", "superuser token superuser"}) {
		t.Errorf("after the idle limit: %q", got)
	}
	h.check(h.DisableUser(t.Context(), superuser, "bob"))
	if got := h.managedTokens(superuser, access.Query{}); !slices.Equal(got, []string{"alice token ci", "superuser token superuser"}) {
		t.Errorf("after an account was disabled: %q", got)
	}
}

// EachToken reads all pages, and stops at an error of its function.
func TestEachTokenOfMany(t *testing.T) {
	h := newTestServer(t)
	superuser := h.superuser("superuser")
	const many = 1001 // more than a page has
	h.insertTokens("user-superuser", many, access.FullScope())
	for name, query := range map[string]access.Query{"all": {}, "one user's": {UserID: "user-superuser"}} {
		if n := len(h.managedTokens(superuser, query)); n != many+1 {
			t.Errorf("%s: %d", name, n)
		}
		enough, seen := errors.New("enough"), 0
		err := h.EachToken(t.Context(), superuser, query, func(service.UserToken) error { seen++; return enough })
		if !errors.Is(err, enough) || seen != 1 {
			t.Errorf("%s: %v after %d", name, err, seen)
		}
	}
}

func TestMakingTokensForOthers(t *testing.T) {
	h := newTestServer(t)
	superuser := h.superuser("superuser")
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	var made access.Issued
	rows := h.db.rowsOf(func() {
		var err error
		made, err = h.makeToken(superuser, "user-bob", access.Order{Label: "gift"})
		h.check(err)
	})
	if caller := h.callerOf(made.Secret); caller.User.ID != "user-bob" {
		t.Errorf("the token is %s's", caller.User.ID)
	}
	if len(rows) != 2 || rows[0].Action != audit.TokenGrant || rows[0].Subject != "user-bob" || rows[0].Actor != "user-superuser" ||
		rows[1].Action != audit.TokenNew || rows[1].Actor != "user-superuser" {
		t.Errorf("the log says %+v", rows)
	}
	h.check(h.DisableUser(t.Context(), superuser, "bob"))
	label := access.Order{Label: "x"}
	for name, tt := range map[string]struct {
		caller service.Caller
		holder string
		order  access.Order
		want   error
	}{
		"by another user":        {alice, "user-bob", label, access.ErrNotSuperuser},
		"by a narrow token":      {narrowed(superuser), "user-alice", label, access.ErrNotSuperuser},
		"for an unknown user":    {superuser, "user-nobody", label, identity.ErrNoUser},
		"for who is shut out":    {superuser, "user-bob", label, identity.ErrNoUser},
		"a whole by a narrow":    {h.callerOf(h.tokenFor(h.signIn("alice", access.Order{}), h.narrow())), "", label, access.ErrBeyondScope},
		"a session by a session": {alice, "", access.Order{}, access.ErrReauthenticate},
	} {
		if _, err := h.makeToken(tt.caller, tt.holder, tt.order); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// All tokens are made, or none.
func TestTokensAreMadeTogether(t *testing.T) {
	h := newTestServer(t)
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	value := secret.New("0123456789abcdef0123456789abcdef")
	drafts := []service.TokenDraft{{Order: access.Order{Label: "one"}}, {Order: access.Order{Label: "two", Value: value}}, {Order: access.Order{Label: "three", Value: value}}}
	if made, err := h.MakeTokens(t.Context(), alice, drafts...); !errors.Is(err, access.ErrValueTaken) || made != nil {
		t.Errorf("%v, %v", made, err)
	}
	if got := h.managedTokens(alice, access.Query{}); !slices.Equal(got, []string{"alice session "}) {
		t.Errorf("%q", got)
	}
}

// A unique label is free again when its token has ended.
func TestLabelsThatAreUnique(t *testing.T) {
	h := newTestServer(t)
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	h.signIn("bob", access.Order{Label: "ci"})
	draft := service.TokenDraft{Order: access.Order{Label: "ci"}, Unique: true}
	made, err := h.MakeTokens(t.Context(), alice, draft)
	h.check(err)
	if _, err := h.MakeTokens(t.Context(), alice, draft); !errors.Is(err, access.ErrLabelTaken) {
		t.Errorf("a second one: %v", err)
	}
	other := draft
	other.Order.Label = "other"
	if _, err := h.MakeTokens(t.Context(), alice, other, other); !errors.Is(err, access.ErrLabelTaken) {
		t.Errorf("two at once: %v", err)
	}
	h.check(h.RevokeTokens(t.Context(), alice, access.Ref{Signature: made[0].Token.Signature, Live: true}))
	_, err = h.MakeTokens(t.Context(), alice, draft)
	h.check(err)
}

// If the sign-in is too old for an unlimited token, the scope Otherwise is used; not
// for a token of another user.
func TestAnOldSignInMakesALimitedToken(t *testing.T) {
	h := newTestServer(t)
	h.superuser("superuser")
	superuser := h.callerOf(h.signIn("superuser", access.Order{}))
	h.clock.Advance(6 * time.Minute)
	lesser := h.narrow()
	draft := service.TokenDraft{Order: access.Order{Label: "x", Expires: h.clock.Now().Add(time.Hour)}, Otherwise: lesser.Scope}
	made, err := h.MakeTokens(t.Context(), superuser, draft)
	h.check(err)
	if made[0].Token.Scope.Full || made[0].Token.Parent != superuser.Token.Signature {
		t.Errorf("%+v", made[0].Token)
	}
	for name, change := range map[string]func(*service.TokenDraft){
		"for longer than a day": func(d *service.TokenDraft) { d.Order.Expires = h.clock.Now().Add(25 * time.Hour) },
		"for another user":      func(d *service.TokenDraft) { d.UserID = "user-alice" },
		"without another scope": func(d *service.TokenDraft) { d.Otherwise = nil },
	} {
		other := draft
		change(&other)
		if _, err := h.MakeTokens(t.Context(), superuser, other); !errors.Is(err, access.ErrReauthenticate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChangingAndRevokingTokensOfOthers(t *testing.T) {
	h := newTestServer(t)
	superuser := h.superuser("superuser")
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	signature := func(token secret.Text) string { return access.Signature(token) }
	first, second := h.signIn("bob", access.Order{Label: "one"}), h.signIn("bob", access.Order{Label: "two"})
	child := h.tokenFor(first, h.narrow())
	soon := h.clock.Now().Add(time.Hour)
	shorter := access.Change{Expires: &soon}

	for name, err := range map[string]error{
		"a change by another user":    h.UpdateToken(t.Context(), alice, access.Ref{Signature: signature(first), Live: true}, shorter),
		"a change by a narrow token":  h.UpdateToken(t.Context(), narrowed(superuser), access.Ref{Signature: signature(first), Live: true}, shorter),
		"revocation by another user":  h.RevokeTokens(t.Context(), alice, access.Ref{Signature: signature(first), Live: true}),
		"an unknown token":            h.RevokeTokens(t.Context(), superuser, access.Ref{Signature: "none", Live: true}),
		"a good and an unknown token": h.RevokeTokens(t.Context(), superuser, access.Ref{Signature: signature(first), Live: true}, access.Ref{Signature: "none", Live: true}),
	} {
		if !errors.Is(err, access.ErrNoSuchToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []secret.Text{first, second, child} {
		h.callerOf(token)
	}
	h.check(h.UpdateToken(t.Context(), superuser, access.Ref{Signature: signature(first), Live: true}, shorter))
	if got := h.callerOf(first).Token.Expires; !got.Equal(soon) {
		t.Errorf("the token ends at %v", got)
	}
	later := soon.Add(time.Hour)
	if err := h.UpdateToken(t.Context(), superuser, access.Ref{Signature: signature(first), Live: true}, access.Change{Expires: &later}); !errors.Is(err, access.ErrExpiresLater) {
		t.Errorf("an extension: %v", err)
	}

	// A child may be named beside its parent.
	rows := h.db.rowsOf(func() {
		h.check(h.RevokeTokens(t.Context(), superuser, access.Ref{Signature: signature(first), Live: true}, access.Ref{Signature: signature(child), Live: true}, access.Ref{Signature: signature(second), Live: true}))
	})
	for _, token := range []secret.Text{first, second, child} {
		h.ended(token, access.Revoked)
	}
	if len(rows) != 3 || rows[0].Actor != "user-superuser" || rows[0].Action != audit.TokenRevoke {
		t.Errorf("the log says %+v", rows)
	}
	if err := h.RevokeTokens(t.Context(), superuser, access.Ref{Signature: signature(first), Live: true}); !errors.Is(err, access.ErrNoSuchToken) {
		t.Errorf("a second time: %v", err)
	}
}
