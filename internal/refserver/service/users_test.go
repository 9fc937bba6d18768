package service_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// superuser makes a user an administrator of the platform who is signed in.
func (h *testServer) superuser(handle string) service.Caller {
	h.Helper()
	user := identity.User{ID: identity.UserID(handle), Handle: handle, Superuser: true, Created: h.clock.Now()}
	h.check(h.Write(h.Context(), func(tx transaction.Tx) (err error) {
		if user.PasswordHash, err = h.hasher.Hash(h.Context(), secret.New(password)); err != nil {
			return err
		}
		return tx.InsertUser(h.Context(), user)
	}))
	return h.callerOf(h.signIn(handle, access.Order{Label: "superuser"}))
}

// provisions makes an org the manager of a user's account.
func (h *testServer) provisions(org, handle string) {
	h.Helper()
	h.check(h.Write(h.Context(), func(tx transaction.Tx) error {
		user, err := tx.UserByID(h.Context(), identity.UserID(handle))
		if err != nil {
			return err
		}
		user.ProvisioningOrg = org
		return tx.UpdateUser(h.Context(), user)
	}))
}

func (h *testServer) user(id string) identity.User {
	h.Helper()
	user, err := h.User(h.Context(), id)
	h.check(err)
	return user
}

func draftOf(handle string) service.Draft {
	return service.Draft{Account: identity.Draft{Username: handle, Email: handle + "@example.org", First: "F"}}
}

func in(org string, draft service.Draft) service.Draft {
	draft.ProvisioningOrg = org
	return draft
}

// Alice administers the lab, which is licensed, and the club, which is not; bob
// is a member of the lab.
func newLabAndClub(t *testing.T) (h *testServer, alice, bob, superuser service.Caller) {
	t.Helper()
	h = newTestServer(t)
	superuser = h.superuser("superuser")
	h.join("user-bob", "org-lab", 0)
	h.joinAs("user-alice", "org-lab", directory.Admin)
	alice = h.callerOf(h.signIn("alice", access.Order{Label: "alice"}))
	_, err := h.NewOrg(t.Context(), alice, directory.NewOrg("club", "Club", h.clock.Now()), "", "")
	h.check(err)
	return h, alice, h.callerOf(h.signIn("bob", access.Order{Label: "bob"})), superuser
}

func TestWhoMakesAccounts(t *testing.T) {
	h, alice, bob, superuser := newLabAndClub(t)
	callers := map[string]service.Caller{"alice": alice, "bob": bob, "superuser": superuser}
	for name, tt := range map[string]struct {
		by    string
		draft service.Draft
		want  string
	}{
		"a superuser":                     {by: "superuser", draft: draftOf("u01")},
		"a superuser for any org":         {by: "superuser", draft: in("org-club", draftOf("u02"))},
		"an admin of a licensed org":      {by: "alice", draft: in("org-lab", draftOf("u03"))},
		"such an admin without an org":    {by: "alice", draft: draftOf("u04")},
		"an admin without a licence":      {by: "alice", draft: in("org-club", draftOf("u05")), want: "the org is not licensed to create accounts"},
		"a member":                        {by: "bob", draft: in("org-lab", draftOf("u06")), want: "requires ADMIN of org-lab"},
		"a member without an org":         {by: "bob", draft: draftOf("u07"), want: "the org is not licensed to create accounts"},
		"an unknown org":                  {by: "alice", draft: in("org-none", draftOf("u08")), want: "no such org"},
		"an unknown payer":                {by: "alice", draft: service.Draft{Account: draftOf("u09").Account, BillTo: "org-none"}, want: "org-none is not an org"},
		"a user who pays":                 {by: "alice", draft: service.Draft{Account: draftOf("u10").Account, BillTo: "user-bob"}, want: "user-bob is not an org"},
		"a payer of which alice is admin": {by: "alice", draft: service.Draft{Account: draftOf("u11").Account, BillTo: "org-club"}},
		"the name is taken, in any case":  {by: "superuser", draft: draftOf("BOB"), want: "the user name is taken"},
		"an invalid name":                 {by: "superuser", draft: draftOf("bu"), want: `user name "bu" must be 3 to 255 letters, digits, dots or underscores, with a letter first`},
		"a bad draft, by a member":        {by: "bob", draft: draftOf("bu"), want: "the org is not licensed to create accounts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.NewUser(t.Context(), callers[tt.by], tt.draft)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A new account has no password until the code sets one, once.
func TestActivation(t *testing.T) {
	h, alice, _, _ := newLabAndClub(t)
	draft := in("org-lab", draftOf("Carol"))
	draft.Lifetime = time.Hour
	activation, err := h.NewUser(t.Context(), alice, draft)
	h.check(err)
	carol := h.user("user-carol")
	if carol.Handle != "Carol" || carol.PasswordHash != "" || carol.ProvisioningOrg != "org-lab" || carol.Superuser {
		t.Errorf("made %+v", carol)
	}
	if want := h.clock.Now().Add(time.Hour); !activation.Expires.Equal(want) || activation.UserID != "user-carol" {
		t.Errorf("the code expires at %s and is for %s", activation.Expires, activation.UserID)
	}
	activate := func(code, password string) error {
		_, err := h.Activate(t.Context(), secret.New(code), secret.New(password), home)
		return err
	}
	code := activation.Code.Reveal()
	if err := activate(code, "short"); !errors.Is(err, identity.ErrPasswordTooShort) {
		t.Errorf("a bad password: %v", err)
	}
	if err := activate("wrong", password); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("a wrong code: %v", err)
	}
	// Typed without dashes, in capitals.
	h.check(activate(strings.ToUpper(strings.ReplaceAll(code, "-", "")), password))
	h.callerOf(h.signIn("carol", access.Order{}))
	if err := activate(code, "another-password"); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("a used code: %v", err)
	}
	if _, err := h.NewActivation(t.Context(), alice, "carol"); !errors.Is(err, identity.ErrHasPassword) {
		t.Errorf("another code: %v", err)
	}
}

func TestACodeExpires(t *testing.T) {
	h, _, _, superuser := newLabAndClub(t)
	activation, err := h.NewUser(t.Context(), superuser, draftOf("carol"))
	h.check(err)
	h.clock.Advance(identity.ActivationLifetime)
	if _, err := h.Activate(t.Context(), activation.Code, secret.New(password), home); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("an expired code: %v", err)
	}
	again, err := h.NewActivation(t.Context(), superuser, "carol@example.org")
	h.check(err)
	_, err = h.Activate(t.Context(), again.Code, secret.New(password), home)
	h.check(err)
}

// A code for one purpose is not valid for another.
func TestACodeIsForOnePurpose(t *testing.T) {
	h, _, _, superuser := newLabAndClub(t)
	activation, err := h.NewUser(t.Context(), superuser, draftOf("carol"))
	h.check(err)
	if _, err := h.Bootstrap(t.Context(), activation.Code, secret.New(password), draftOf("eve").Account, home); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("got %v", err)
	}
	if _, err := h.User(t.Context(), "user-eve"); !errors.Is(err, identity.ErrNoUser) {
		t.Errorf("eve: %v", err)
	}
}

// If one code is spent many times at once, one attempt succeeds.
func TestACodeIsSpentOnce(t *testing.T) {
	h, _, _, superuser := newLabAndClub(t)
	activation, err := h.NewUser(t.Context(), superuser, draftOf("carol"))
	h.check(err)
	var good atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := h.Activate(t.Context(), activation.Code, secret.New(password), home)
			switch {
			case err == nil:
				good.Add(1)
			case !errors.Is(err, identity.ErrBadAccessCode):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if good.Load() != 1 {
		t.Errorf("%d succeeded", good.Load())
	}
}

// Guesses at codes are throttled, as guesses at tokens are.
func TestGuessesAtCodesAreSlowedDown(t *testing.T) {
	h := newTestServer(t)
	for range 1000 {
		_, err := h.Activate(t.Context(), secret.New("guess"), secret.New(password), home)
		if refusal.CodeOf(err) == refusal.Throttled {
			return
		}
	}
	t.Error("1000 guesses were checked")
}

// Only users who may manage an account learn whether it exists.
func TestNewActivationHidesAccounts(t *testing.T) {
	h, alice, bob, superuser := newLabAndClub(t)
	_, err := h.NewUser(t.Context(), superuser, draftOf("carol"))
	h.check(err)
	_, err = h.NewUser(t.Context(), alice, in("org-lab", draftOf("dora")))
	h.check(err)
	for _, caller := range []service.Caller{bob, alice} {
		for _, name := range []string{"nobody", "carol", "superuser", "user-carol", "carol@example.org"} {
			if _, err := h.NewActivation(t.Context(), caller, name); !errors.Is(err, directory.ErrNotManaged) {
				t.Errorf("%s asks for %s: %v", caller.User.ID, name, err)
			}
		}
	}
	if _, err := h.NewActivation(t.Context(), bob, "dora"); !errors.Is(err, directory.ErrNotManaged) {
		t.Errorf("a member asks: %v", err)
	}
	if _, err := h.NewActivation(t.Context(), superuser, "nobody"); !errors.Is(err, identity.ErrNoUser) {
		t.Errorf("a superuser asks: %v", err)
	}
	_, err = h.NewActivation(t.Context(), alice, "dora")
	h.check(err)
}

// S-37: a lock ends all sessions and tokens in one transaction, for good.
func TestLockingEndsEverything(t *testing.T) {
	h, alice, _, superuser := newLabAndClub(t)
	h.provisions("org-lab", "bob")
	account := service.MemberAccount{OrgID: "org-lab", UserID: "user-bob"}
	session, token := h.signIn("bob", access.Order{}), h.signIn("bob", access.Order{Label: "ci"})
	if n := h.db.writesOf(func() { h.check(h.LockUser(t.Context(), alice, account)) }); n != 1 {
		t.Errorf("%d transactions", n)
	}
	h.ended(session, access.Revoked)
	h.ended(token, access.Revoked)
	attempt := identity.Attempt{Username: "bob", Password: secret.New(password)}
	if _, err := h.SignIn(t.Context(), attempt, access.Order{}, home); !errors.Is(err, identity.ErrWrongCredentials) {
		t.Errorf("sign-in: %v", err)
	}
	h.check(h.UnlockUser(t.Context(), alice, account))
	h.ended(session, access.Revoked)
	h.callerOf(h.signIn("bob", access.Order{}))

	h.check(h.LockUser(t.Context(), alice, account))
	h.check(h.EndLock(t.Context(), superuser, "bob"))
	h.callerOf(h.signIn("bob", access.Order{}))
}

// If a lock fails, neither the lock nor the end of the tokens is stored.
func TestLockingFailsWhole(t *testing.T) {
	h, alice, _, _ := newLabAndClub(t)
	h.provisions("org-lab", "bob")
	session := h.signIn("bob", access.Order{})
	h.db.failAudit = errors.New("the disk is full")
	if err := h.LockUser(t.Context(), alice, service.MemberAccount{OrgID: "org-lab", UserID: "user-bob"}); err == nil {
		t.Error("the account is locked without an audit row")
	}
	h.db.failAudit = nil
	h.callerOf(session)
	if h.user("user-bob").Locked {
		t.Error("the account is locked")
	}
}

// Being invited gives an org no power over an account.
func TestWhoLocksAccounts(t *testing.T) {
	h, alice, bob, superuser := newLabAndClub(t)
	h.joinAs("user-superuser", "org-lab", directory.Member)
	h.provisions("org-lab", "superuser")
	h.joinAs("user-bob", "org-club", directory.Member)
	h.provisions("org-lab", "bob")
	for name, tt := range map[string]struct {
		by        service.Caller
		org, user string
		want      error
	}{
		"the org that created it":          {by: alice, org: "org-lab", user: "user-bob"},
		"an org that invited it":           {by: alice, org: "org-club", user: "user-bob", want: directory.ErrNotManaged},
		"an account that no org created":   {by: alice, org: "org-lab", user: "user-alice", want: directory.ErrNotManaged},
		"an administrator of the platform": {by: alice, org: "org-lab", user: "user-superuser", want: directory.ErrNotManaged},
		"not a member":                     {by: alice, org: "org-club", user: "user-superuser", want: directory.ErrNoMember},
		"an unknown user":                  {by: alice, org: "org-lab", user: "user-none", want: directory.ErrNoMember},
		"an unknown org":                   {by: alice, org: "org-none", user: "user-bob", want: directory.ErrNoOrg},
		"by an administrator, in any org":  {by: superuser, org: "org-club", user: "user-bob"},
	} {
		t.Run(name, func(t *testing.T) {
			account := service.MemberAccount{OrgID: tt.org, UserID: tt.user}
			err := h.LockUser(t.Context(), tt.by, account)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err == nil {
				h.check(h.UnlockUser(t.Context(), superuser, account))
			}
		})
	}
	if err := h.LockUser(t.Context(), bob, service.MemberAccount{OrgID: "org-lab", UserID: "user-bob"}); refusal.ReasonOf(err) != refusal.OrgAccess {
		t.Errorf("by a member: %v", err)
	}
}

// Some operations are for administrators of the platform only, and need a token
// that is not limited to projects.
func TestSuperuserOperations(t *testing.T) {
	h, alice, _, superuser := newLabAndClub(t)
	narrow := superuser
	narrow.Token.Scope = access.Scope{Projects: map[string]directory.Level{access.Everything: directory.Administer}}
	for name, call := range map[string]func(service.Caller) error{
		"list":     func(c service.Caller) error { _, _, err := h.FindAccounts(t.Context(), c, "", 10); return err },
		"describe": func(c service.Caller) error { _, _, err := h.DescribeAccounts(t.Context(), c, "", 10); return err },
		"show":     func(c service.Caller) error { _, err := h.FindAccount(t.Context(), c, "bob"); return err },
		"disable":  func(c service.Caller) error { return h.DisableUser(t.Context(), c, "bob") },
		"enable":   func(c service.Caller) error { return h.EnableUser(t.Context(), c, "bob") },
		"unlock":   func(c service.Caller) error { return h.EndLock(t.Context(), c, "bob") },
		"license": func(c service.Caller) error {
			return h.LicenseOrg(t.Context(), c, "org-lab", directory.Licences{PHI: new(true)})
		},
	} {
		for who, caller := range map[string]service.Caller{"alice": alice, "a narrow token": narrow} {
			rows := h.db.rowsOf(func() {
				if err := call(caller); !errors.Is(err, access.ErrNotSuperuser) {
					t.Errorf("%s by %s: %v", name, who, err)
				}
			})
			if len(rows) > 0 {
				t.Errorf("%s by %s left %+v", name, who, rows)
			}
		}
		h.check(call(superuser))
	}
}

func TestDisabling(t *testing.T) {
	h, _, _, superuser := newLabAndClub(t)
	session := h.signIn("bob", access.Order{})
	rows := h.db.rowsOf(func() { h.check(h.DisableUser(t.Context(), superuser, "Bob")) })
	if len(rows) != 1 || rows[0].Action != audit.UserDisable || rows[0].Subject != "user-bob" || rows[0].Actor != "user-superuser" {
		t.Errorf("the log says %+v", rows)
	}
	h.ended(session, access.Revoked)
	h.check(h.EnableUser(t.Context(), superuser, "user-bob"))
	h.ended(session, access.Revoked)
	h.callerOf(h.signIn("bob", access.Order{}))
	if err := h.DisableUser(t.Context(), superuser, "superuser"); !errors.Is(err, identity.ErrOwnAccount) {
		t.Errorf("their own account: %v", err)
	}
	if err := h.DisableUser(t.Context(), superuser, "nobody"); !errors.Is(err, identity.ErrNoUser) {
		t.Errorf("an unknown user: %v", err)
	}
}

func TestAccountsInPages(t *testing.T) {
	h, _, _, superuser := newLabAndClub(t)
	var got []string
	after := ""
	for range 3 {
		list, next, err := h.DescribeAccounts(t.Context(), superuser, after, 2)
		h.check(err)
		for _, account := range list {
			got = append(got, account.ID)
		}
		if after = next; after == "" {
			break
		}
	}
	if !slices.Equal(got, []string{"user-alice", "user-bob", "user-superuser"}) {
		t.Errorf("got %v", got)
	}
}

func TestNoBootstrapCodeWithUsers(t *testing.T) {
	h := newTestServer(t)
	if code, err := h.BootstrapCode(t.Context()); !errors.Is(err, service.ErrHasUsers) || !code.Code.IsZero() {
		t.Errorf("a code with users: %v", err)
	}
}

func TestUpdateUser(t *testing.T) {
	h, alice, _, _ := newLabAndClub(t)
	update := func(change service.UserChange) error {
		return h.UpdateUser(t.Context(), alice, service.Proof{}, change)
	}
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 alice\n"
	h.check(update(service.UserChange{SSHPublicKey: new(key), BillTo: new("org-lab"), First: new("Alice")}))
	if got := h.user("user-alice"); got.SSHPublicKey != key || got.BillTo != "org-lab" || got.First != "Alice" {
		t.Errorf("got %+v", got)
	}
	h.check(update(service.UserChange{}))
	h.check(update(service.UserChange{SSHPublicKey: new(""), BillTo: new("user-alice")}))
	if got := h.user("user-alice"); got.SSHPublicKey != "" || got.BillTo != "" || got.First != "Alice" {
		t.Errorf("got %+v", got)
	}
	const payers = "billTo: must be yourself or an org in which you may bill"
	for _, tt := range []struct {
		change service.UserChange
		want   string
	}{
		{service.UserChange{SSHPublicKey: new("-----BEGIN OPENSSH PRIVATE KEY-----\n")}, "Tried to put a private key in the sshPublicKey field"},
		{service.UserChange{SSHPublicKey: new(strings.Repeat("x", identity.MaxSSHKey+1))}, "the SSH key is too long"},
		{service.UserChange{Last: new(strings.Repeat("x", 256))}, "a name is longer than 255 bytes"},
		{service.UserChange{BillTo: new("org-none")}, payers},
		{service.UserChange{BillTo: new("user-bob")}, payers},
	} {
		if err := update(tt.change); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	h.joinAs("user-alice", "org-club", directory.Member)
	if err := update(service.UserChange{BillTo: new("org-club")}); refusal.ReasonOf(err) != refusal.Billing {
		t.Errorf("an org to which alice may not bill: %v", err)
	}
}

// After a user leaves an org, it is no longer their default payer.
func TestLeavingAnOrgEndsBilling(t *testing.T) {
	h, alice, bob, _ := newLabAndClub(t)
	h.check(h.SetMemberAccess(t.Context(), alice, "org-lab", map[string]directory.AccessChange{
		"user-bob": {RightsChange: directory.RightsChange{AllowBillableActivities: new(true)}},
	}))
	h.check(h.UpdateUser(t.Context(), bob, service.Proof{}, service.UserChange{BillTo: new("org-lab")}))
	_, err := h.RemoveMember(t.Context(), alice, "org-lab", service.Removal{UserID: "user-bob"})
	h.check(err)
	if got := h.user("user-bob").BillTo; got != "" {
		t.Errorf("bob bills to %s", got)
	}
}
