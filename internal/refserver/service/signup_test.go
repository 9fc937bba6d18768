package service_test

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newSignUpServer returns a server with that sign-up mode.
func newSignUpServer(t *testing.T, mode identity.SignUpMode) *testServer {
	t.Helper()
	return newServerWith(t, func(c *service.Config) { c.SignUp = mode })
}

func (h *testServer) signUp(handle, email string) error {
	return h.SignUp(h.Context(), identity.Draft{Username: handle, Email: email, First: "F"}, secret.New(password), home)
}

// trySignIn signs in with the usual password.
func (h *testServer) trySignIn(handle string) error {
	_, err := h.Service.SignIn(h.Context(), identity.Attempt{Username: handle, Password: secret.New(password)}, access.Order{}, home)
	return err
}

func TestSignUp(t *testing.T) {
	t.Parallel()
	for mode, want := range map[identity.SignUpMode]struct{ signUp, signIn error }{
		identity.SignUpClosed:    {identity.ErrSignUpClosed, identity.ErrWrongCredentials},
		identity.SignUpModerated: {nil, identity.ErrWrongCredentials},
		identity.SignUpOpen:      {nil, nil},
	} {
		t.Run(string(mode), func(t *testing.T) {
			h := newSignUpServer(t, mode)
			rows := h.db.rowsOf(func() {
				if err := h.signUp("erin", "erin@example.org"); !errors.Is(err, want.signUp) {
					t.Errorf("sign-up: %v", err)
				}
			})
			if (len(rows) == 1 && rows[0].Action == audit.UserSignUp && rows[0].Actor == "user-erin") != (want.signUp == nil) {
				t.Errorf("the log says %+v", rows)
			}
			if err := h.trySignIn("erin"); !errors.Is(err, want.signIn) {
				t.Errorf("sign-in: %v", err)
			}
		})
	}
}

// Who has a whole network can't sign up from each of its addresses. Other networks are not
// delayed by that.
func TestSignUpsFromANetwork(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		address       func(i int) netip.Addr
		free          int
		same, another string
	}{
		"IPv4":          {func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }, 100, "192.0.2.250", "192.0.3.1"},
		"IPv6, 56 bits": {func(i int) netip.Addr { return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 7: byte(i)}) }, 50, "2001:db8:0:ff::1", "2001:db8:0:100::1"},
		"IPv6, 48 bits": {func(i int) netip.Addr { return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 6: byte(i)}) }, 100, "2001:db8:0:ff00::1", "2001:db8:1::1"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newSignUpServer(t, identity.SignUpOpen)
			h.check(h.db.Write(t.Context(), func(tx transaction.Tx) error {
				for i := range test.free {
					if err := identity.CountSignUp(t.Context(), tx, test.address(i), h.Now()); err != nil {
						return fmt.Errorf("sign-up %d: %w", i, err)
					}
				}
				return nil
			}))
			for address, want := range map[string]refusal.Code{test.same: refusal.Throttled, test.another: ""} {
				from := home
				from.Address = netip.MustParseAddr(address)
				err := h.SignUp(t.Context(), identity.Draft{Username: "erin", Email: "erin@example.org", First: "F"}, secret.New(password), from)
				if refusal.CodeOf(err) != want {
					t.Errorf("from %s: %v, want %q", address, err, want)
				}
			}
		})
	}
}

func TestRefusedSignUps(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpOpen)
	h.check(h.signUp("erin", "erin@example.org"))
	for name, err := range map[string]error{
		"a reserved name": h.signUp("anonymous", ""),
		"no name":         h.signUp("", ""),
		"no address":      h.signUp("fred", "x"),
	} {
		if refusal.ReasonOf(err) != refusal.WrongAccount {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.signUp("Erin", "other@example.org"); !errors.Is(err, identity.ErrUsernameTaken) {
		t.Errorf("a taken name: %v", err)
	}
	if err := h.signUp("fred", "ERIN@example.org"); !errors.Is(err, identity.ErrEmailTaken) {
		t.Errorf("a taken address: %v", err)
	}
	if err := h.SignUp(t.Context(), identity.Draft{Username: "fred"}, secret.New("short"), home); !errors.Is(err, identity.ErrPasswordTooShort) {
		t.Errorf("a short password: %v", err)
	}
}

// No account without its row in the audit log.
func TestNoSignUpWithoutItsRow(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpModerated)
	full := errors.New("the log is full")
	h.db.failAudit = full
	if err := h.signUp("erin", "erin@example.org"); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	h.db.failAudit = nil
	if _, err := h.User(t.Context(), "user-erin"); !errors.Is(err, identity.ErrNoUser) {
		t.Errorf("the account without a row: %v", err)
	}
}

// With moderation, only the audit log and the account, which administrators see, say
// that an address is taken.
func TestASignUpHidesTakenAddresses(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpModerated)
	h.check(h.signUp("erin", "erin@example.org"))
	rows := h.db.rowsOf(func() { h.check(h.signUp("fred", "Erin@example.org")) })
	if len(rows) != 1 || rows[0].Result != string(refusal.EmailTaken) || rows[0].Subject != "user-fred" {
		t.Errorf("the log says %+v", rows)
	}
	if got := h.user("user-fred"); got.Email != "" || !got.Disabled || h.user("user-erin").Email != "erin@example.org" {
		t.Errorf("the account: %+v", got)
	}
}

// A stranger who signs up with an address, free or taken, gets the same answers to
// everything that follows.
func TestWhatFollowsASignUpHidesTakenAddresses(t *testing.T) {
	const known, free = "known@example.org", "free@example.org"
	steps := map[string]func(h *testServer, address string) error{
		"the same once more":         func(h *testServer, address string) error { return h.signUp("fred", address) },
		"the name, without address":  func(h *testServer, _ string) error { return h.signUp("fred", "") },
		"the name in capitals":       func(h *testServer, _ string) error { return h.signUp("FRED", "other@example.org") },
		"another name, this address": func(h *testServer, address string) error { return h.signUp("gina", address) },
		"another name, twice": func(h *testServer, address string) error {
			return errors.Join(h.signUp("gina", address), h.signUp("gina", "other@example.org"))
		},
		"sign in": func(h *testServer, _ string) error { return h.trySignIn("fred") },
		"see the user": func(h *testServer, _ string) error {
			_, err := h.User(h.Context(), "user-fred")
			return err
		},
		"invite the user": func(h *testServer, _ string) error {
			alice := h.callerOf(h.signIn("alice", access.Order{}))
			_, err := h.NewOrg(h.Context(), alice, directory.NewOrg("lab", "Lab", h.Now()), "", "")
			h.check(err)
			return h.InviteMember(h.Context(), alice, "org-lab", "user-fred", directory.AccessChange{})
		},
		"until the network has to wait": func(h *testServer, address string) error {
			for i := range 100 {
				if err := h.signUp(fmt.Sprint("gina", i), address); err != nil {
					return fmt.Errorf("%d: %w", i, err)
				}
			}
			return nil
		},
	}
	var answers sync.Map
	t.Run("servers", func(t *testing.T) {
		for name, step := range steps {
			for _, address := range []string{known, free} {
				t.Run(name+", "+address, func(t *testing.T) {
					h := newSignUpServer(t, identity.SignUpModerated)
					h.check(h.signUp("owner", known))
					h.check(h.signUp("fred", address))
					answers.Store(name+address, fmt.Sprint(step(h, address)))
				})
			}
		}
	})
	for name := range steps {
		taken, _ := answers.Load(name + known)
		other, _ := answers.Load(name + free)
		if taken != other || taken == nil {
			t.Errorf("%s: a taken address: %v; a free one: %v", name, taken, other)
		}
	}
}

// A sign-up with the name of a user does not reveal the orgs of that user.
func TestASignUpHidesTheOrgsOfOthers(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpModerated)
	h.join("user-alice", "org-qwixlab", 0)
	for _, password := range []string{"qwixlab-2026", "QwixLab 1", "quite-another-2026"} {
		err := h.SignUp(t.Context(), identity.Draft{Username: "alice"}, secret.New(password), home)
		if !errors.Is(err, identity.ErrUsernameTaken) {
			t.Errorf("%s: %v", password, err)
		}
	}
}

func TestSignUpsOfANetworkAreCounted(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpOpen)
	throttled := false
	for range 100 {
		if err := h.signUp("alice", ""); refusal.CodeOf(err) == refusal.Throttled {
			throttled = true
			break
		}
	}
	if !throttled {
		t.Fatal("a hundred sign-ups were accepted")
	}
	away := home
	away.Address = netip.MustParseAddr("198.51.100.7")
	if err := h.SignUp(t.Context(), identity.Draft{Username: "erin"}, secret.New(password), away); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestApproveByCode(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpModerated)
	superuser := h.superuser("superuser")
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	h.check(h.signUp("erin", "erin@example.org"))
	h.check(h.signUp("fred", "fred@example.org"))
	for _, caller := range []service.Caller{alice, narrowed(superuser)} {
		if _, err := h.ActivationCode(t.Context(), caller, "user-erin"); !errors.Is(err, access.ErrNotSuperuser) {
			t.Errorf("the code is read: %v", err)
		}
	}
	code, err := h.ActivationCode(t.Context(), superuser, "user-erin")
	h.check(err)
	if none, err := h.ActivationCode(t.Context(), superuser, "user-alice"); err != nil || !none.IsZero() {
		t.Errorf("without a pending sign-up: %v", err)
	}

	if err := h.ApproveByCode(t.Context(), secret.New("guess"), home); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("a guess: %v", err)
	}
	rows := h.db.rowsOf(func() { h.check(h.ApproveByCode(t.Context(), code, home)) })
	if len(rows) != 1 || rows[0].Action != audit.UserApprove || rows[0].Subject != "user-erin" {
		t.Errorf("the log says %+v", rows)
	}
	h.check(h.trySignIn("erin"))
	if err := h.ApproveByCode(t.Context(), code, home); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("a second time: %v", err)
	}

	// A decision of an administrator ends the sign-up, so the code can't undo it.
	code, err = h.ActivationCode(t.Context(), superuser, "user-fred")
	h.check(err)
	h.check(h.DisableUser(t.Context(), superuser, "fred"))
	if err := h.ApproveByCode(t.Context(), code, home); !errors.Is(err, identity.ErrBadAccessCode) {
		t.Errorf("after a decision: %v", err)
	}
	if err := h.trySignIn("fred"); !errors.Is(err, identity.ErrWrongCredentials) {
		t.Errorf("sign-in: %v", err)
	}
}

func TestGuessesAtActivationCodesAreCounted(t *testing.T) {
	h := newSignUpServer(t, identity.SignUpModerated)
	for range 1000 {
		if refusal.CodeOf(h.ApproveByCode(t.Context(), secret.New("guess"), home)) == refusal.Throttled {
			return
		}
	}
	t.Error("a thousand guesses were checked")
}

func TestAddingUsers(t *testing.T) {
	h := newTestServer(t)
	h.superuser("superuser")
	superuser := h.callerOf(h.signIn("superuser", access.Order{}))
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	account := func(handle string) service.NewAccount {
		return service.NewAccount{Draft: identity.Draft{Username: handle, Email: handle + "@example.org"}, Password: secret.New(password)}
	}
	add := func(caller service.Caller, handles ...string) error {
		var accounts []service.NewAccount
		for _, handle := range handles {
			accounts = append(accounts, account(handle))
		}
		_, err := h.AddUsers(t.Context(), caller, accounts)
		return err
	}
	for name, tt := range map[string]struct{ err, want error }{
		"by another user":   {add(alice, "erin"), access.ErrNotSuperuser},
		"by a narrow token": {add(narrowed(superuser), "erin"), access.ErrNotSuperuser},
		"by an API token":   {add(h.callerOf(h.signIn("superuser", access.Order{Label: "ci"})), "erin"), access.ErrReauthenticate},
		"more than fit":     {add(superuser, make([]string, identity.MaxNewUsers+1)...), identity.ErrTooManyUsers},
		"with one twice":    {add(superuser, "erin", "fred", "erin"), identity.ErrUsernameTaken},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v", name, tt.err)
		}
	}
	if _, err := h.User(t.Context(), "user-erin"); !errors.Is(err, identity.ErrNoUser) {
		t.Errorf("one of a refused batch: %v", err)
	}
	rows := h.db.rowsOf(func() { h.check(add(superuser, "erin", "fred")) })
	if len(rows) != 2 || rows[1].Action != audit.UserNew || rows[1].Subject != "user-fred" || rows[1].Actor != "user-superuser" {
		t.Errorf("the log says %+v", rows)
	}
	h.check(h.trySignIn("fred"))
}

// EditUser applies the whole edit or nothing, also if a refusal is committed to the
// audit log.
func TestEditingUsers(t *testing.T) {
	h := newTestServer(t)
	superuser := h.superuser("superuser")
	alice := h.callerOf(h.signIn("alice", access.Order{}))
	other := h.signIn("alice", access.Order{})
	recent := service.Proof{OrRecentSignIn: true}
	name, address, taken, fresh := "Alicia", "alice@example.org", "bob@example.org", secret.New("spin the wheel 77")
	yes, no := true, false
	h.check(h.UpdateEmail(t.Context(), h.callerOf(h.signIn("bob", access.Order{})), recent, taken))
	names := &service.Settings{First: &name}

	for what, tt := range map[string]struct {
		caller service.Caller
		user   string
		edit   service.UserEdit
		want   error
	}{
		"a taken address":        {alice, "user-alice", service.UserEdit{AccountChange: service.AccountChange{Password: &fresh, Email: &taken, Settings: names}}, identity.ErrEmailTaken},
		"another user":           {alice, "user-bob", service.UserEdit{AccountChange: service.AccountChange{Settings: names}}, access.ErrNotSuperuser},
		"oneself made active":    {alice, "user-alice", service.UserEdit{Active: &yes}, access.ErrNotSuperuser},
		"the superuser shut out": {superuser, "user-superuser", service.UserEdit{AccountChange: service.AccountChange{Settings: names}, Active: &no}, identity.ErrOwnAccount},
		"another's password":     {superuser, "user-alice", service.UserEdit{AccountChange: service.AccountChange{Password: &fresh}, Active: &no}, identity.ErrNotOwner},
		"by a narrow token":      {narrowed(superuser), "user-alice", service.UserEdit{Active: &no}, access.ErrNotSuperuser},
		"an unknown user":        {superuser, "user-nobody", service.UserEdit{Active: &no}, identity.ErrNoUser},
		"without a recent proof": {h.callerOf(h.signIn("alice", access.Order{Label: "ci"})), "user-alice", service.UserEdit{AccountChange: service.AccountChange{Settings: names}}, access.ErrReauthenticate},
	} {
		if err := h.EditUser(t.Context(), tt.caller, recent, tt.user, tt.edit); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", what, err, tt.want)
		}
	}
	if got := h.user("user-alice"); got.First != "" || got.Email != "" || got.Disabled {
		t.Errorf("after refusals: %+v", got)
	}
	h.check(h.trySignIn("alice"))
	h.callerOf(other)

	rows := h.db.rowsOf(func() {
		edit := service.UserEdit{AccountChange: service.AccountChange{Password: &fresh, Email: &address, Settings: names}}
		h.check(h.EditUser(t.Context(), alice, recent, "user-alice", edit))
	})
	var actions []audit.Action
	for _, row := range rows {
		actions = append(actions, row.Action)
	}
	if len(rows) != 3 || actions[0] != audit.PasswordChange || actions[1] != audit.EmailChange || actions[2] != audit.SettingsChange {
		t.Errorf("the log says %v", actions)
	}
	if got := h.user("user-alice"); got.First != name || got.Email != address {
		t.Errorf("%+v", got)
	}
	h.ended(other, access.Elsewhere)

	name = "Other"
	rows = h.db.rowsOf(func() {
		edit := service.UserEdit{AccountChange: service.AccountChange{Settings: names}, Active: &no}
		h.check(h.EditUser(t.Context(), superuser, recent, "user-alice", edit))
	})
	if len(rows) != 2 || rows[0].Action != audit.UserUpdate || rows[1].Action != audit.UserDisable || rows[1].Actor != "user-superuser" {
		t.Errorf("the log says %+v", rows)
	}
	if got := h.user("user-alice"); got.First != name || !got.Disabled {
		t.Errorf("%+v", got)
	}
}
