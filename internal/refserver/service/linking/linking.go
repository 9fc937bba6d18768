// Package linking has the use cases of users who sign in through an OpenID provider:
// the sign-in, the account that it leads to, and the identities of accounts.
//
// It promises that what a provider said is used once; that an identity belongs to one
// account, by issuer and subject; that an account is linked only after its password was
// given, or where the administrator trusts the provider with the address and both sides
// know whose it is; that an account with a second factor is never linked; and that the
// audit log has a row for each of these, refusals included, in the same transaction.
//
// The rules are in package identity. Package sso, which talks to providers, passes on only
// what it verified.
package linking

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Provider is a provider as its administrator configured it.
type Provider struct {
	Name   string
	Issuer string
	Rules  identity.ProviderRules
}

// Service has the use cases.
type Service struct {
	service   *service.Service
	providers []Provider
	random    io.Reader
	mail      *outbox.Outbox
}

// Config configures a Service.
type Config struct {
	Service   *service.Service
	Providers []Provider
	Random    io.Reader      // fit for secrets
	Mail      *outbox.Outbox // nil: no e-mails
}

// New returns a Service.
func New(c Config) *Service {
	if c.Mail == nil {
		c.Mail = &outbox.Outbox{}
	}
	return &Service{c.Service, c.Providers, c.Random, c.Mail}
}

// NameOf returns the name of the provider with an issuer, or "" for one that is not
// configured.
func (l *Service) NameOf(issuer string) string {
	i := slices.IndexFunc(l.providers, func(p Provider) bool { return p.Issuer == issuer })
	if i < 0 {
		return ""
	}
	return l.providers[i].Name
}

// Providers returns the providers of the server.
func (l *Service) Providers() []Provider { return l.providers }

// Arrival is a sign-in at a provider that the provider confirmed, and the ticket that
// the user's browser has for it.
type Arrival struct {
	Ticket   secret.Text
	Provider string
	User     identity.ProviderUser
}

// Arrive stores a confirmed sign-in for ten minutes. It returns identity.ErrNoTicket if
// the ticket was used before: a response of a provider counts once.
func (l *Service) Arrive(ctx context.Context, arrival Arrival) error {
	stored := identity.NewProviderSignIn(arrival.Ticket, arrival.Provider, arrival.User, l.service.Now())
	return l.service.DB().Write(ctx, func(tx transaction.Tx) error {
		added, err := tx.InsertProviderSignIn(ctx, stored)
		if err == nil && !added {
			err = identity.ErrNoTicket
		}
		return err
	})
}

// Pending returns the user of a sign-in that waits for the user's confirmation. It returns
// identity.ErrNoTicket.
func (l *Service) Pending(ctx context.Context, ticket secret.Text, provider string) (identity.ProviderUser, error) {
	return transaction.Read(ctx, l.service.DB(), func(tx transaction.Tx) (identity.ProviderUser, error) {
		found, err := identity.FindProviderSignIn(ctx, tx, ticket, provider, l.service.Now())
		return found.User, err
	})
}

// SignIn signs in the user of a ticket: with the account that is linked, with one that is
// linked now, or with a new one. It returns identity.ErrNoTicket and the refusals of
// identity.PlanLink; after those the ticket stays valid.
func (l *Service) SignIn(ctx context.Context, ticket secret.Text, provider string, origin service.Origin) (result service.SignInResult, err error) {
	rules, err := l.rulesOf(provider)
	if err != nil {
		return result, err
	}
	row := l.service.AuditEntry(origin, "", audit.SignIn, "")
	row.Factor = string(identity.FactorProvider)
	err = l.service.Decide(ctx, row, func(tx transaction.Tx, row *audit.Entry) (err error) {
		stored, err := identity.FindProviderSignIn(ctx, tx, ticket, provider, l.service.Now())
		if err != nil {
			return err
		}
		plan, err := identity.PlanLink(ctx, tx, stored.User, rules, l.service.Now())
		row.Subject = plan.User.ID
		if err != nil {
			return err
		}
		if err := identity.SpendProviderSignIn(ctx, tx, stored.Hash); err != nil {
			return err
		}
		user, err := l.carryOut(ctx, tx, plan, stored.User, origin)
		if err != nil {
			return err
		}
		result, err = l.grant(ctx, tx, user, stored.User, origin)
		return err
	})
	if err != nil {
		return service.SignInResult{}, l.refuse(ctx, ticket, origin, err)
	}
	return result, nil
}

// Offer returns which account a password would link. It returns identity.ErrNoTicket and
// the refusals of identity.PlanLink.
func (l *Service) Offer(ctx context.Context, ticket secret.Text, provider string) (identity.LinkOffer, error) {
	rules, err := l.rulesOf(provider)
	if err != nil {
		return identity.LinkOffer{}, err
	}
	return l.offer(ctx, ticket, provider, rules)
}

// LinkWithPassword signs in the user of a ticket like SignIn, and links the account that
// SignIn named after its password. It returns identity.ErrNoTicket, the refusals of
// identity.PlanLink, and those of a wrong password.
func (l *Service) LinkWithPassword(ctx context.Context, ticket secret.Text, provider string, password secret.Text, origin service.Origin) (result service.SignInResult, err error) {
	rules, err := l.rulesOf(provider)
	if err != nil {
		return result, err
	}
	offer, err := l.offer(ctx, ticket, provider, rules)
	if err != nil {
		return result, l.refuse(ctx, ticket, origin, err)
	}
	request := service.ProofRequest{
		Attempt: identity.Attempt{Username: offer.Username, Password: password}, Action: audit.UserLink, Origin: origin,
	}
	err = l.service.Prove(ctx, request, func(tx transaction.Tx, authentication identity.Authentication) error {
		stored, err := identity.FindProviderSignIn(ctx, tx, ticket, provider, l.service.Now())
		if err != nil {
			return err
		}
		// The address or the account may have changed since the page was shown.
		if _, err := identity.PlanLink(ctx, tx, stored.User, rules, l.service.Now()); !isOfferOf(err, authentication.User) {
			return errors.Join(err, identity.ErrNotLinked)
		}
		if err := identity.SpendProviderSignIn(ctx, tx, stored.Hash); err != nil {
			return err
		}
		if err := l.link(ctx, tx, authentication.User, stored.User, origin); err != nil {
			return err
		}
		result, err = l.grant(ctx, tx, authentication.User, stored.User, origin)
		return err
	})
	if err != nil {
		return service.SignInResult{}, err
	}
	return result, nil
}

// offer returns the account that a password would link.
func (l *Service) offer(ctx context.Context, ticket secret.Text, provider string, rules identity.ProviderRules) (identity.LinkOffer, error) {
	return transaction.Read(ctx, l.service.DB(), func(tx transaction.Tx) (identity.LinkOffer, error) {
		stored, err := identity.FindProviderSignIn(ctx, tx, ticket, provider, l.service.Now())
		if err != nil {
			return identity.LinkOffer{}, err
		}
		_, err = identity.PlanLink(ctx, tx, stored.User, rules, l.service.Now())
		if offer, ok := refusal.DetailsOf[identity.LinkOffer](err); ok {
			return offer, nil
		}
		if err == nil { // it was linked meanwhile
			err = identity.ErrNoTicket
		}
		return identity.LinkOffer{}, err
	})
}

// isOfferOf reports whether err offers to link the account of a user.
func isOfferOf(err error, user identity.User) bool {
	offer, ok := refusal.DetailsOf[identity.LinkOffer](err)
	return ok && offer.Username == user.Handle
}

// carryOut makes or links the account of a plan, and returns its user.
func (l *Service) carryOut(ctx context.Context, tx transaction.Tx, plan identity.LinkPlan, who identity.ProviderUser, origin service.Origin) (identity.User, error) {
	switch {
	case plan.IsLinked:
		return plan.User, nil
	case plan.IsNewUser:
		if err := identity.Register(ctx, tx, plan.User); err != nil {
			return plan.User, err
		}
		if err := tx.AppendAudit(ctx, l.service.AuditEntry(origin, plan.User.ID, audit.UserSignUp, plan.User.ID)); err != nil {
			return plan.User, err
		}
	default: // without its password: whoever has a session may be somebody else
		if err := l.service.EndOtherSessions(ctx, tx, plan.User.ID, "", access.Elsewhere); err != nil {
			return plan.User, err
		}
	}
	if err := l.link(ctx, tx, plan.User, who, origin); err != nil {
		return plan.User, err
	}
	return tx.UserByID(ctx, plan.User.ID)
}

// link links the identity of a provider's user to an account of the same user.
func (l *Service) link(ctx context.Context, tx transaction.Tx, user identity.User, who identity.ProviderUser, origin service.Origin) error {
	linked := identity.LinkedIdentity{Issuer: who.Issuer, Subject: who.Subject, Email: who.Email, Linked: l.service.Now()}
	if err := identity.Link(ctx, tx, user, linked); err != nil {
		return err
	}
	row := l.service.AuditEntry(origin, user.ID, audit.UserLink, user.ID)
	row.Factor = string(identity.FactorProvider)
	return tx.AppendAudit(ctx, row)
}

// grant creates the session. It is as recent as the sign-in at the provider: a provider
// that remembers its user from yesterday has not asked again.
func (l *Service) grant(ctx context.Context, tx transaction.Tx, user identity.User, who identity.ProviderUser, origin service.Origin) (service.SignInResult, error) {
	if err := tx.UseLinkedIdentity(ctx, who.Issuer, who.Subject, l.service.Now()); err != nil {
		return service.SignInResult{}, err
	}
	result, err := l.service.Grant(ctx, tx, identity.Authentication{User: user, Factor: identity.FactorProvider}, access.Order{}, origin)
	if err != nil || who.Authenticated.IsZero() || !who.Authenticated.Before(result.Token.Authenticated) {
		return result, err
	}
	result.Token.Authenticated = who.Authenticated
	return result, tx.Reauthenticate(ctx, result.Token.Signature, who.Authenticated)
}

// rulesOf returns the rules of a provider. It returns identity.ErrNoTicket for one that is
// not configured any more.
func (l *Service) rulesOf(name string) (identity.ProviderRules, error) {
	i := slices.IndexFunc(l.providers, func(p Provider) bool { return p.Name == name })
	if i < 0 {
		return identity.ProviderRules{}, identity.ErrNoTicket
	}
	return l.providers[i].Rules, nil
}

// refuse spends a ticket that was refused, perhaps because of its times, so that a change
// of the clock can't revive it. An unknown one counts against its network, as unknown
// tokens do.
func (l *Service) refuse(ctx context.Context, ticket secret.Text, origin service.Origin, err error) error {
	if !errors.Is(err, identity.ErrNoTicket) {
		return err
	}
	spending := l.service.DB().Write(ctx, func(tx transaction.Tx) error {
		_, err := tx.SpendProviderSignIn(ctx, identity.HashProviderTicket(ticket))
		return err
	})
	return errors.Join(l.service.CountUnknown(ctx, origin, err), spending)
}

// issuerOf returns the issuer with a name or URL.
func (l *Service) issuerOf(provider string) (string, error) {
	names := make([]string, len(l.providers))
	for i, p := range l.providers {
		if p.Name == provider || p.Issuer == provider {
			return p.Issuer, nil
		}
		names[i] = p.Name
	}
	if len(names) == 0 {
		return "", refusal.Inputf("provider", "this server has no OpenID providers: see serve --oidc-config")
	}
	return "", refusal.Inputf("provider", "%q is not one of this server's providers: %s", provider, strings.Join(names, ", "))
}
