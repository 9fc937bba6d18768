package mailing_test

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/signups"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The code goes to the new address, and confirms it. The former one gets a notice if it
// was verified.
func TestChangedEmail(t *testing.T) {
	w := open(t, outbox.Sent, "")
	alice := w.callerOf("alice")
	w.check(w.UpdateEmail(t.Context(), alice, proof("alice"), "new@example.org"))
	texts := w.sent("email-changed alice@example.org", "email-code new@example.org")
	code := w.codeIn(texts[1])
	w.check(w.UpdateEmail(t.Context(), alice, proof("alice"), "third@example.org"))
	w.sent("email-code third@example.org") // new@example.org may be that of somebody else
	w.refused(w.links.ConfirmEmail(t.Context(), alice, code), identity.ErrBadAccessCode)
	w.check(w.UpdateEmail(t.Context(), alice, proof("alice"), "fourth@example.org"))
	w.check(w.links.ConfirmEmail(t.Context(), alice, w.codeIn(w.sent("email-code fourth@example.org")[0])))
	if user := w.user("alice"); user.Email != "fourth@example.org" || !user.EmailVerified {
		t.Errorf("got %+v", user)
	}
}

// A change that is refused sends nothing.
func TestRefusedChange(t *testing.T) {
	w := open(t, outbox.Sent, "")
	alice := w.callerOf("alice")
	w.refused(w.UpdateEmail(t.Context(), alice, proof("wrong"), "new@example.org"), identity.ErrWrongCredentials)
	w.check(w.UpdateEmail(t.Context(), alice, proof("alice"), "alice@example.org")) // as it is
	w.sent()
}

func TestChangedPassword(t *testing.T) {
	w := open(t, outbox.Sent, "")
	w.check(w.ChangePassword(t.Context(), w.callerOf("alice"), proof("alice"), secret.New("another-pass-2026")))
	w.sent("password-changed alice@example.org")
}

// An administrator gets a code only if it is not sent.
func TestCodesOfAdministrators(t *testing.T) {
	for mode, isReturned := range map[outbox.Mode]bool{outbox.Off: true, outbox.Shown: true, outbox.Sent: false} {
		t.Run("mode "+string(mode), func(t *testing.T) {
			w := open(t, mode, "")
			admin := w.callerOf("admin")
			bob := service.Draft{Account: identity.Draft{Username: "bob", Email: "bob@example.org", First: "Bob"}}
			made, err := w.NewUser(t.Context(), admin, bob)
			w.check(err)
			w.clock.Advance(time.Second)
			again, err := w.NewActivation(t.Context(), admin, "bob")
			w.check(err)
			email, err := w.links.NewEmailCode(t.Context(), admin, "bob")
			w.check(err)
			for name, code := range map[string]secret.Text{"of a new user": made.Code, "again": again.Code, "of an address": email.Code} {
				if code.IsZero() == isReturned {
					t.Errorf("%s: returned %v, want %v", name, !code.IsZero(), isReturned)
				}
			}
			if mode != outbox.Sent {
				return
			}
			texts := w.sent("activation bob@example.org", "activation bob@example.org", "email-code bob@example.org")
			password := secret.New("bobs-pass-2026")
			_, err = w.Activate(t.Context(), w.codeIn(texts[0]), password, origin)
			w.refused(err, identity.ErrBadAccessCode) // replaced
			_, err = w.Activate(t.Context(), w.codeIn(texts[1]), password, origin)
			w.check(err)
		})
	}
}

func (w *world) signUp(username, email string) error {
	draft := identity.Draft{Username: username, Email: email, First: "First", Last: "Last"}
	return w.SignUp(w.Context(), draft, secret.New(username+"-pass-2026"), origin)
}

// With mail, an account that its user made is activated with a code that only the owner
// of the address gets, which verifies the address.
func TestOpenSignUp(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	w.check(w.signUp("bob", "bob@example.org"))
	text := w.sent("sign-up-code bob@example.org")[0]
	if !strings.Contains(text, "https://lab.example.org/account/activate") {
		t.Errorf("where? %s", text)
	}
	attempt := identity.Attempt{Username: "bob", Password: secret.New("bob-pass-2026")}
	_, err := w.SignIn(t.Context(), attempt, access.Order{}, origin)
	w.refused(err, identity.ErrWrongCredentials)
	code, err := w.ActivationCode(t.Context(), w.callerOf("admin"), identity.UserID("bob"))
	if err != nil || !code.IsZero() {
		t.Errorf("an administrator gets the code: %v", err)
	}
	w.check(w.ApproveByCode(t.Context(), w.codeIn(text), origin))
	w.refused(w.ApproveByCode(t.Context(), w.codeIn(text), origin), identity.ErrBadAccessCode)
	w.callerOf("bob")
	if user := w.user("bob"); !user.EmailVerified {
		t.Errorf("the address is not verified: %+v", user)
	}
	w.sent()
}

// S-05: a sign-up with the address of somebody else looks like any other. Its owner
// gets an e-mail.
func TestSignUpWithATakenAddress(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	w.check(w.signUp("mallory", "Alice@example.org"))
	text := w.sent("sign-up-known alice@example.org")[0]
	if strings.Contains(text, "mallory") {
		t.Errorf("a stranger's text is sent: %s", text)
	}
	if user := w.user("mallory"); !user.Disabled || user.Email != "" || user.EmailVerified {
		t.Errorf("got %+v", user)
	}
}

func TestSignUpWithoutAnAddress(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	if err := w.signUp("bob", ""); err == nil {
		t.Error("it was accepted")
	}
	w.sent()
}

// With moderation, an administrator decides, and the user gets an e-mail. The address stays
// unverified.
func TestModeratedSignUp(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpModerated)
	w.check(w.signUp("bob", "bob@example.org"))
	w.check(w.signUp("carol", "carol@example.org"))
	w.sent()
	admin := w.callerOf("admin")
	w.check(w.DisableUser(t.Context(), admin, "carol"))
	w.sent()
	w.check(w.EnableUser(t.Context(), admin, "bob"))
	w.sent("sign-up-approved bob@example.org")
	if w.user("bob").EmailVerified {
		t.Error("the address is verified")
	}
	w.check(w.EnableUser(t.Context(), admin, "bob")) // once more
	w.sent()
}

// A code that an administrator saw verifies no address, whatever the server does later.
func TestCodeThatAnAdministratorSaw(t *testing.T) {
	w := open(t, outbox.Shown, identity.SignUpModerated)
	w.check(w.signUp("bob", "bob@example.org"))
	code, err := w.ActivationCode(t.Context(), w.callerOf("admin"), identity.UserID("bob"))
	w.check(err)
	w.check(w.ApproveByCode(t.Context(), code, origin))
	if user := w.user("bob"); user.Disabled || user.EmailVerified {
		t.Errorf("got %+v", user)
	}
}

// A code is sent again, which replaces the one before and works no longer. To every other
// address nothing is sent, and the result is the same.
func TestSendAgain(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	again := signups.New(w.Service, w.box, rand.Reader)
	w.check(w.signUp("bob", "bob@example.org"))
	w.check(w.signUp("mallory", "alice@example.org"))
	first := w.codeIn(w.sent("sign-up-code bob@example.org", "sign-up-known alice@example.org")[0])
	for _, address := range []string{"alice@example.org", "nobody@example.org", "Bob@example.org"} {
		w.check(again.SendAgain(t.Context(), address, origin))
	}
	text := w.sent("sign-up-code bob@example.org")[0]
	w.refused(w.ApproveByCode(t.Context(), first, origin), identity.ErrBadAccessCode)
	w.check(w.ApproveByCode(t.Context(), w.codeIn(text), origin))
	w.check(again.SendAgain(t.Context(), "bob@example.org", origin)) // the account is active
	w.sent()
}

// Nobody is flooded with e-mails by others: neither by sign-ups with the same address, from
// as many networks as there are, which still look like any other, nor by those who make
// accounts.
func TestLettersOfOthersAreBounded(t *testing.T) {
	const free = 5
	for name, test := range map[string]struct {
		send func(w *world, i int) error
		want refusal.Code // of a request that sends nothing
	}{
		"sign-ups": {func(w *world, i int) error {
			from := origin
			from.Address = netip.AddrFrom4([4]byte{10, byte(i), 0, 1})
			draft := identity.Draft{Username: fmt.Sprint("mallory", i), Email: "ALICE@example.org", First: "M", Last: "M"}
			return w.SignUp(t.Context(), draft, secret.New("mallorys-pass-2026"), from)
		}, refusal.Code("")},
		"activation codes": {func(w *world, i int) error {
			if i == 0 {
				_, err := w.NewUser(t.Context(), w.callerOf("admin"), service.Draft{Account: identity.Draft{Username: "bob", Email: "bob@example.org", First: "Bob"}})
				return err
			}
			_, err := w.NewActivation(t.Context(), w.callerOf("admin"), "bob")
			return err
		}, refusal.Throttled},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, outbox.Sent, identity.SignUpMailed)
			sent := 0
			request := func(i int) error {
				err := test.send(w, i)
				messages, sending := w.send()
				w.check(sending)
				sent += len(messages)
				return err
			}
			for i := range free {
				w.check(request(i))
			}
			for i := range 3 {
				if err := request(free + i); refusal.CodeOf(err) != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
			}
			if sent != free {
				t.Errorf("%d were sent, want %d", sent, free)
			}
			w.clock.Advance(time.Hour)
			w.check(request(10))
			if sent != free+1 {
				t.Errorf("%d were sent after an hour, want %d", sent, free+1)
			}
		})
	}
}

// Requests for a code are bounded, for the address of a user and for an unknown one.
func TestSendAgainTooOften(t *testing.T) {
	for _, address := range []string{"bob@example.org", "nobody@example.org"} {
		t.Run(address, func(t *testing.T) {
			w := open(t, outbox.Sent, identity.SignUpMailed)
			again := signups.New(w.Service, w.box, rand.Reader)
			w.check(w.signUp("bob", "bob@example.org"))
			results := []refusal.Reason{}
			from := origin
			for i := range 4 {
				from.Address = netip.AddrFrom4([4]byte{192, 0, byte(i), 1})
				results = append(results, refusal.ReasonOf(again.SendAgain(t.Context(), address, from)))
			}
			if want := []refusal.Reason{"", "", refusal.TooManyAttempts, refusal.TooManyAttempts}; !slices.Equal(results, want) {
				t.Errorf("for one address: %q", results)
			}
			from.Address = netip.MustParseAddr("198.51.100.1")
			var err error
			for range 12 {
				err = again.SendAgain(t.Context(), rand.Text()+"@example.org", from)
			}
			if refusal.ReasonOf(err) != refusal.TooManyAttempts {
				t.Errorf("from one network: %v", err)
			}
		})
	}
}

// What is not an address is refused.
func TestSendAgainIsRefused(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	again := signups.New(w.Service, w.box, rand.Reader)
	for _, address := range []string{"", "bob", "bob@example.org\r\nBcc: mallory@example.org", strings.Repeat("x", 255) + "@example.org"} {
		if err := again.SendAgain(t.Context(), address, origin); refusal.ReasonOf(err) != refusal.WrongAccount {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Only a server that sends codes to those who sign up has them sent again.
func TestSendAgainWithModeration(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpModerated)
	w.check(w.signUp("bob", "bob@example.org"))
	w.refused(signups.New(w.Service, w.box, rand.Reader).SendAgain(t.Context(), "bob@example.org", origin), signups.ErrNotMailed)
}

// A full outbox says nothing about an address either, and the code before still works.
func TestSendAgainWithAFullOutbox(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	w.check(w.signUp("bob", "bob@example.org"))
	code := w.codeIn(w.sent("sign-up-code bob@example.org")[0])
	w.check(w.DB().Write(t.Context(), func(tx transaction.Tx) error {
		for range outbox.MaxForOne {
			if err := w.box.Put(t.Context(), tx, outbox.Letter{To: "bob@example.org", Kind: outbox.EmailCode}); err != nil {
				return err
			}
		}
		return nil
	}))
	w.check(signups.New(w.Service, w.box, rand.Reader).SendAgain(t.Context(), "bob@example.org", origin))
	w.check(w.ApproveByCode(t.Context(), code, origin))
}

// A sign-up that is not activated in time ends: its code works no more, and the sweep makes
// name and address free. The account of one that an org invited meanwhile stays.
func TestSignUpEnds(t *testing.T) {
	w := open(t, outbox.Sent, identity.SignUpMailed)
	w.check(w.signUp("bob", "bob@example.org"))
	code := w.codeIn(w.sent("sign-up-code bob@example.org")[0])
	w.check(w.signUp("carol", "carol@example.org"))
	w.check(w.signUp("mallory", "alice@example.org"))
	admin := w.callerOf("admin")
	_, err := w.NewOrg(t.Context(), admin, directory.NewOrg("lab", "Lab", w.clock.Now()), "", "")
	w.check(err)
	w.check(w.InviteMember(t.Context(), admin, "org-lab", "carol@example.org", directory.AccessChange{Level: directory.Member}))
	w.clock.Advance(identity.SignUpLifetime - time.Second)
	w.check(w.Sweep(t.Context()))
	w.refused(w.signUp("bob", "other@example.org"), identity.ErrUsernameTaken)
	w.clock.Advance(time.Second)
	w.refused(w.ApproveByCode(t.Context(), code, origin), identity.ErrBadAccessCode)
	w.check(signups.New(w.Service, w.box, rand.Reader).SendAgain(t.Context(), "bob@example.org", origin))
	w.check(w.Sweep(t.Context()))
	w.sent() // those that waited for a day are gone
	w.check(w.signUp("bob", "bob@example.org"))
	w.check(w.signUp("mallory", "mallory@example.org"))
	w.refused(w.signUp("carol", "other@example.org"), identity.ErrUsernameTaken)
	w.refused(w.ApproveByCode(t.Context(), code, origin), identity.ErrBadAccessCode)
	w.check(w.ApproveByCode(t.Context(), w.codeIn(w.sent("sign-up-code bob@example.org", "sign-up-code mallory@example.org")[0]), origin))
	w.callerOf("bob")
}
