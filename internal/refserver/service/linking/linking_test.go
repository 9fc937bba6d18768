package linking_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testaudit"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const issuer = "https://login.example.org"

// world has an administrator, accounts of several kinds, and an org that may make
// accounts.
const world = `
users:
  - {username: admin, password: admin-pass-2026, superuser: true}
  - {username: alice, password: alice-pass-2026, email: alice@example.org}
  - {username: bob, email: bob@example.org, identities: [{issuer: "https://login.example.org", subject: bob-1}]}
  - {username: carol, password: carol-pass-2026, email: carol@example.org}
orgs:
  - {handle: lab, name: Lab, admins: [carol]}
`

// platform is a server's use cases, and what they write into the audit log.
type platform struct {
	*testing.T
	*service.Service
	clock  *testclock.Clock
	links  *linking.Service
	config service.Config
	log    *testaudit.DB
}

func open(t *testing.T, rules identity.ProviderRules) *platform {
	t.Helper()
	t.Parallel()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{T: t, log: testaudit.New(twice.Writes(teststore.Open(t))), clock: testclock.New(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC))}
	p.config = service.Config{
		DB: p.log, Now: p.clock.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(), Name: "dxauth",
	}
	p.Service = service.New(p.config)
	p.links = linking.New(linking.Config{Service: p.Service, Providers: []linking.Provider{{Name: "lab", Issuer: issuer, Rules: rules}}, Random: rand.Reader})
	file, err := fixture.Parse([]byte(world))
	p.check(err)
	p.check(fixture.Load(t.Context(), p.Service, file))
	p.log.Take()
	return p
}

func (p *platform) check(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// audits fails unless the log got these rows since the last look: action, subject or actor,
// and result.
func (p *platform) audits(want ...[3]string) {
	p.Helper()
	var got [][3]string
	for _, row := range p.log.Take() {
		subject := row.Subject
		if row.Action == audit.SignIn {
			subject = row.Actor
		}
		got = append(got, [3]string{string(row.Action), subject, row.Result})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("audit log (-want +got):\n%s", diff)
	}
}

var origin = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "browser", RequestID: "1-1", Protocol: "web"}

// callerOf signs a user in with the password of the world.
func (p *platform) callerOf(name string) service.Caller {
	p.Helper()
	signedIn, err := p.SignIn(p.Context(), identity.Attempt{Username: name, Password: secret.New(name + "-pass-2026")}, access.Order{}, origin)
	p.check(err)
	caller, err := p.Authenticate(p.Context(), signedIn.Secret, access.WholeAccount, origin)
	p.check(err)
	p.log.Take()
	return caller
}

// arrive stores a sign-in of a user at the provider, and returns its ticket.
func (p *platform) arrive(who identity.ProviderUser) secret.Text {
	p.Helper()
	who.Issuer = issuer
	ticket := secret.New(rand.Text())
	p.check(p.links.Arrive(p.Context(), linking.Arrival{Ticket: ticket, Provider: "lab", User: who}))
	return ticket
}

func (p *platform) signIn(ticket secret.Text) (service.SignInResult, error) {
	return p.links.SignIn(p.Context(), ticket, "lab", origin)
}

// S-70: the log says who signed in with a provider, which account was made or linked, and
// what was refused.
func TestAudit(t *testing.T) {
	p := open(t, identity.ProviderRules{SignUp: true, AutoLink: true, MailDomains: []string{"example.org"}})
	at := func(subject, email, domain string) secret.Text {
		return p.arrive(identity.ProviderUser{Subject: subject, Email: email, EmailVerified: true, HostedDomain: domain})
	}
	_, err := p.signIn(at("bob-1", "bob@example.org", ""))
	p.check(err)
	p.audits([3]string{"sign-in", "user-bob", "ok"})

	_, err = p.signIn(at("new-1", "grace@example.org", ""))
	p.check(err)
	p.audits([3]string{"user.sign-up", "user-grace", "ok"}, [3]string{"user.link", "user-grace", "ok"}, [3]string{"sign-in", "user-grace", "ok"})

	_, err = p.signIn(at("carol-1", "carol@example.org", "example.org"))
	p.check(err)
	p.audits([3]string{"user.link", "user-carol", "ok"}, [3]string{"sign-in", "user-carol", "ok"})

	ticket := at("alice-1", "alice@example.org", "")
	_, err = p.signIn(ticket)
	p.refuses(err, refusal.LinkPassword)
	p.audits([3]string{"sign-in", "", "link_password"})
	_, err = p.links.LinkWithPassword(p.Context(), ticket, "lab", secret.New("guess"), origin)
	p.refuses(err, refusal.WrongPassword)
	p.audits([3]string{"user.link", "user-alice", "wrong_password"})
	_, err = p.links.LinkWithPassword(p.Context(), ticket, "lab", secret.New("alice-pass-2026"), origin)
	p.check(err)
	p.audits([3]string{"user.link", "user-alice", "ok"}, [3]string{"sign-in", "user-alice", "ok"})

	_, err = p.signIn(at("eve-1", "eve@evil.example", ""))
	p.refuses(err, refusal.MailDomain)
	p.audits([3]string{"sign-in", "", "mail_domain"})

	admin := p.callerOf("admin")
	p.check(p.links.Link(p.Context(), admin, "alice", linking.Identity{Provider: "lab", Subject: "alice-2"}))
	p.check(p.links.Unlink(p.Context(), admin, "alice", linking.Identity{Provider: "lab", Subject: "alice-2"}))
	p.check(p.links.VerifyEmail(p.Context(), admin, "alice"))
	p.audits([3]string{"user.link", "user-alice", "ok"}, [3]string{"user.unlink", "user-alice", "ok"}, [3]string{"email.verify", "user-alice", "ok"})
}

func (p *platform) refuses(err error, reason refusal.Reason) {
	p.Helper()
	if got := refusal.ReasonOf(err); got != reason {
		p.Errorf("got %v, want a refusal because of %s", err, reason)
	}
}

// winners runs f at once on two servers of one store, and returns how often it did not
// fail.
func (p *platform) winners(f func(*linking.Service) error) int32 {
	other := linking.New(linking.Config{
		Service: service.New(p.config), Random: rand.Reader,
		Providers: []linking.Provider{{Name: "lab", Issuer: issuer, Rules: identity.ProviderRules{SignUp: true}}},
	})
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		links := p.links
		if i%2 == 1 {
			links = other
		}
		all.Go(func() {
			if f(links) == nil {
				won.Add(1)
			}
		})
	}
	all.Wait()
	return won.Load()
}

// Of many at once, on two servers, one spends a ticket, one links an identity, one makes
// the account of a new user, and one spends the code of an address.
func TestOneWinner(t *testing.T) {
	p := open(t, identity.ProviderRules{SignUp: true})
	admin := p.callerOf("admin")
	for round := range 5 {
		subject := rand.Text()
		ticket := p.arrive(identity.ProviderUser{Subject: subject})
		if n := p.winners(func(l *linking.Service) error { return signInWith(p.Context(), l, ticket) }); n != 1 {
			t.Errorf("round %d: a ticket was spent by %d", round, n)
		}
		tickets := make(chan secret.Text, 20)
		newcomer := rand.Text()
		for range 20 {
			tickets <- p.arrive(identity.ProviderUser{Subject: newcomer})
		}
		if n := p.winners(func(l *linking.Service) error { return signInWith(p.Context(), l, <-tickets) }); n != 20 {
			t.Errorf("round %d: %d of 20 sign-ins of a new user", round, n)
		}
		if list := p.identitiesOf(newcomer); list != 1 {
			t.Errorf("round %d: a new user got %d accounts", round, list)
		}
		who := linking.Identity{Provider: "lab", Subject: rand.Text()}
		if n := p.winners(func(l *linking.Service) error { return l.Link(p.Context(), admin, "alice", who) }); n != 1 {
			t.Errorf("round %d: an identity was linked %d times", round, n)
		}
		code, err := p.links.NewEmailCode(p.Context(), admin, "alice")
		p.check(err)
		alice := p.callerOf("alice")
		if n := p.winners(func(l *linking.Service) error { return l.ConfirmEmail(p.Context(), alice, code.Code) }); n != 1 {
			t.Errorf("round %d: a code was spent by %d", round, n)
		}
		p.clock.Advance(time.Hour) // the counts of unknown codes are per network
		admin = p.callerOf("admin")
	}
}

func signInWith(ctx context.Context, l *linking.Service, ticket secret.Text) error {
	_, err := l.SignIn(ctx, ticket, "lab", origin)
	return err
}

// identitiesOf returns how many accounts are linked to a subject.
func (p *platform) identitiesOf(subject string) (count int) {
	p.Helper()
	p.check(p.DB().Read(p.Context(), func(tx transaction.Tx) error {
		users, err := tx.Users(p.Context(), identity.UserQuery{Limit: 1000})
		count = 0
		for _, user := range users {
			list, listErr := tx.LinkedIdentities(p.Context(), user.ID)
			err = errors.Join(err, listErr)
			for _, one := range list {
				if one.Subject == subject {
					count++
				}
			}
		}
		return err
	}))
	return count
}

// An address is verified by the activation code of an account that an administrator of
// the platform made. An admin of an org knows the code, so it says nothing about the
// address.
func TestActivationVerifies(t *testing.T) {
	p := open(t, identity.ProviderRules{})
	admin, carol := p.callerOf("admin"), p.callerOf("carol")
	p.check(p.LicenseOrg(p.Context(), admin, "org-lab", directory.Licences{UserCreation: new(true)}))
	for name, tt := range map[string]struct {
		caller service.Caller
		org    string
		want   bool
	}{
		"erin":  {admin, "", true},
		"frank": {carol, "org-lab", false},
	} {
		draft := service.Draft{Account: identity.Draft{Username: name, Email: name + "@example.org", First: name}, ProvisioningOrg: tt.org}
		code, err := p.NewUser(p.Context(), tt.caller, draft)
		p.check(err)
		if p.user(name).EmailVerified {
			t.Errorf("%s: verified before the activation", name)
		}
		_, err = p.Activate(p.Context(), code.Code, secret.New("spin the wheel 77"), origin)
		p.check(err)
		if got := p.user(name).EmailVerified; got != tt.want {
			t.Errorf("%s: verified: %v, want %v", name, got, tt.want)
		}
	}
}

func (p *platform) user(name string) identity.User {
	p.Helper()
	user, err := p.User(p.Context(), identity.UserID(name))
	p.check(err)
	return user
}

// A code is good for the address that the account had when it was made, for a day, and for
// no other account.
func TestEmailCode(t *testing.T) {
	p := open(t, identity.ProviderRules{})
	admin, alice, carol := p.callerOf("admin"), p.callerOf("alice"), p.callerOf("carol")
	change := func(address string) {
		p.check(p.UpdateEmail(p.Context(), alice, service.Proof{Password: secret.New("alice-pass-2026")}, address))
	}
	newCode := func() secret.Text {
		code, err := p.links.NewEmailCode(p.Context(), admin, "alice")
		p.check(err)
		return code.Code
	}
	confirm := func(caller service.Caller, code secret.Text, want bool) {
		p.Helper()
		err := p.links.ConfirmEmail(p.Context(), caller, code)
		if (err == nil) != want || p.user("alice").EmailVerified != want {
			p.Errorf("got %v, verified: %v, want %v", err, p.user("alice").EmailVerified, want)
		}
	}
	change("new@example.org")
	first := newCode()
	confirm(carol, first, false)
	change("newer@example.org")
	confirm(alice, first, false)
	second := newCode()
	third := newCode()
	confirm(alice, second, false)
	p.clock.Advance(identity.EmailCodeLifetime)
	alice, admin = p.callerOf("alice"), p.callerOf("admin")
	confirm(alice, third, false)
	confirm(alice, newCode(), true)
}

// S-60: a sign-in and a code that were refused as too old stay refused when the clock is
// set back.
func TestRefusedStaysRefused(t *testing.T) {
	const back = 50 * time.Minute // within the slack
	p := open(t, identity.ProviderRules{})
	bob := identity.ProviderUser{Subject: "bob-1"}
	continued, linked := p.arrive(bob), p.arrive(bob)
	p.clock.Advance(10 * time.Minute)
	_, err := p.signIn(continued)
	p.refuses(err, refusal.UnknownTicket)
	_, err = p.links.LinkWithPassword(p.Context(), linked, "lab", secret.New("guess"), origin)
	p.refuses(err, refusal.UnknownTicket)
	p.clock.Advance(-back)
	for _, ticket := range []secret.Text{continued, linked} {
		_, err = p.signIn(ticket)
		p.refuses(err, refusal.UnknownTicket)
	}

	code, err := p.links.NewEmailCode(p.Context(), p.callerOf("admin"), "alice")
	p.check(err)
	p.clock.Advance(identity.EmailCodeLifetime)
	p.refuses(p.links.ConfirmEmail(p.Context(), p.callerOf("alice"), code.Code), refusal.WrongAccessCode)
	p.clock.Advance(-back)
	p.refuses(p.links.ConfirmEmail(p.Context(), p.callerOf("alice"), code.Code), refusal.WrongAccessCode)
}
