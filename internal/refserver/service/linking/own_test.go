package linking_test

import (
	"errors"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/linking"
	"github.com/dxauth/dxauth/internal/refusal"
)

// The log says which identities users linked and unlinked themselves, and what was refused.
func TestAuditOfOwnLinks(t *testing.T) {
	p := open(t, identity.ProviderRules{MailDomains: []string{"example.org"}})
	alice, other := p.callerOf("alice"), p.callerOf("alice")
	at := func(subject, email string) error {
		ticket := p.arrive(identity.ProviderUser{Subject: subject, Email: email, EmailVerified: true})
		return p.links.LinkOwn(p.Context(), alice, ticket, "lab")
	}
	p.check(at("rabbit-1", "rabbit@example.org"))
	p.audits([3]string{"user.link", "user-alice", "ok"})
	p.refuses(at("x", "x@elsewhere.example"), refusal.MailDomain)
	p.audits([3]string{"user.link", "user-alice", "mail_domain"})
	for _, subject := range []string{"bob-1", "rabbit-1"} { // of another account, and of this one
		p.refuses(at(subject, "bob@example.org"), refusal.IdentityTaken)
		p.audits([3]string{"user.link", "user-alice", "identity_taken"})
	}

	own, err := p.links.OwnIdentities(p.Context(), alice)
	p.check(err)
	id := linking.IDOf(own.List[0])
	p.check(p.links.UnlinkOwn(p.Context(), alice, service.Proof{}, id))
	p.audits([3]string{"user.unlink", "user-alice", "ok"})
	p.refuses(p.links.UnlinkOwn(p.Context(), alice, service.Proof{}, id), refusal.NoIdentity)
	if err := p.links.UnlinkOwn(p.Context(), other, service.Proof{}, id); refusal.CodeOf(err) != refusal.SessionEnded {
		t.Errorf("in a session that the first unlinking ended: %v", err)
	}
}

// An identity is not unlinked, nor linked, in a session that ended meanwhile; and not
// unlinked without a recent sign-in.
func TestOwnLinksNeedTheSession(t *testing.T) {
	p := open(t, identity.ProviderRules{})
	alice := p.callerOf("alice")
	ticket := p.arrive(identity.ProviderUser{Subject: "rabbit-1"})
	p.check(p.SignOut(p.Context(), alice))
	if err := p.links.LinkOwn(p.Context(), alice, ticket, "lab"); refusal.CodeOf(err) != refusal.SessionEnded {
		t.Errorf("linked after the sign-out: %v", err)
	}
	alice = p.callerOf("alice")
	p.check(p.links.LinkOwn(p.Context(), alice, ticket, "lab"))
	own, err := p.links.OwnIdentities(p.Context(), alice)
	p.check(err)
	p.clock.Advance(6 * time.Minute)
	if err := p.links.UnlinkOwn(p.Context(), alice, service.Proof{}, linking.IDOf(own.List[0])); !errors.Is(err, access.ErrReauthenticate) {
		t.Errorf("unlinked without a recent sign-in: %v", err)
	}
}

// A user has a code sent to the address until it is confirmed, if there are e-mails.
func TestSendEmailCodeWithoutMail(t *testing.T) {
	p := open(t, identity.ProviderRules{})
	if err := p.links.SendEmailCode(p.Context(), p.callerOf("alice")); !errors.Is(err, linking.ErrNoMail) {
		t.Errorf("got %v", err)
	}
}
