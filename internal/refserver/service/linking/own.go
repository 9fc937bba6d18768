package linking

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// OwnIdentities are the identities of the caller's account, and what the caller can do
// with them.
type OwnIdentities struct {
	List        []identity.LinkedIdentity
	LastStays   bool  // the only identity of an account without a password
	LinkRefusal error // why no other identity can be linked; nil: it can
}

// OwnIdentities returns the identities of the caller's account.
func (l *Service) OwnIdentities(ctx context.Context, caller service.Caller) (OwnIdentities, error) {
	return transaction.Read(ctx, l.service.DB(), func(tx transaction.Tx) (own OwnIdentities, err error) {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return own, err
		}
		if own.List, err = tx.LinkedIdentities(ctx, user.ID); err != nil {
			return own, err
		}
		own.LastStays = len(own.List) == 1 && user.PasswordHash == ""
		if len(l.providers) == 0 {
			return own, nil
		}
		err = identity.RequireLinkable(ctx, tx, user, l.providers[0].Rules) // which are the same for all in this respect
		if refusal.CodeOf(err) == refusal.Internal {
			return own, err
		}
		own.LinkRefusal = err
		return own, nil
	})
}

// IDOf returns an ID of an identity, by which its user names it.
func IDOf(linked identity.LinkedIdentity) string {
	sum := sha256.Sum256([]byte(linked.Issuer + "\x00" + linked.Subject))
	return hex.EncodeToString(sum[:6])
}

// UnlinkOwn removes an identity from the caller's account, and ends the other sessions:
// they may have begun with that identity. The caller must have signed in recently, or prove
// who it is. It returns the errors of identity.Unlink.
func (l *Service) UnlinkOwn(ctx context.Context, caller service.Caller, proof service.Proof, id string) error {
	return l.service.ChangeProved(ctx, caller, proof, audit.UserUnlink, func(tx transaction.Tx, _ directory.Viewer) (string, error) {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return "", err
		}
		list, err := tx.LinkedIdentities(ctx, user.ID)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(list, func(linked identity.LinkedIdentity) bool { return IDOf(linked) == id })
		if i < 0 {
			return "", identity.ErrNoIdentity
		}
		if err := identity.Unlink(ctx, tx, user, list[i].Issuer, list[i].Subject); err != nil {
			return "", err
		}
		return user.ID, l.service.EndOtherSessions(ctx, tx, user.ID, caller.Token.Signature, access.Elsewhere)
	})
}

// CheckOwnLink returns why no identity at a provider can be linked to the caller's account
// now: identity.ErrLinkFactor, ErrFactorFirst or ErrAccountBlocked.
func (l *Service) CheckOwnLink(ctx context.Context, caller service.Caller, provider string) error {
	rules, err := l.rulesOf(provider)
	if err != nil {
		return err
	}
	return l.service.DB().Read(ctx, func(tx transaction.Tx) error {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return err
		}
		return identity.RequireLinkable(ctx, tx, user, rules)
	})
}

// LinkOwn links the identity of a ticket to the caller's account. The addresses on both
// sides do not matter: whoever has the session and signed in at the provider is both
// users. That the session is the one in which the sign-in at the provider began, and was
// recent then, is for the caller of this method to check. It returns
// identity.ErrNoTicket, ErrMailDomain, ErrIdentityTaken and those of CheckOwnLink; after
// these the ticket stays valid.
func (l *Service) LinkOwn(ctx context.Context, caller service.Caller, ticket secret.Text, provider string) error {
	rules, err := l.rulesOf(provider)
	if err != nil {
		return err
	}
	row := l.service.AuditEntry(caller.Origin, caller.User.ID, audit.UserLink, caller.User.ID)
	row.Factor = string(identity.FactorProvider)
	err = l.service.Decide(ctx, row, func(tx transaction.Tx, _ *audit.Entry) error {
		if _, err := access.Reload(ctx, tx, caller.Token); err != nil {
			return err
		}
		stored, err := identity.FindProviderSignIn(ctx, tx, ticket, provider, l.service.Now())
		if err != nil {
			return err
		}
		user, err := planOwnLink(ctx, tx, caller.User.ID, stored.User, rules)
		if err != nil {
			return err
		}
		if err := identity.SpendProviderSignIn(ctx, tx, stored.Hash); err != nil {
			return err
		}
		return l.link(ctx, tx, user, stored.User, caller.Origin)
	})
	if err != nil {
		return l.refuse(ctx, ticket, caller.Origin, err)
	}
	return nil
}

// planOwnLink returns the user to whose account the user of a provider is linked. It
// changes nothing.
func planOwnLink(ctx context.Context, tx transaction.Tx, userID string, who identity.ProviderUser, rules identity.ProviderRules) (identity.User, error) {
	if !rules.Admits(who) {
		return identity.User{}, identity.ErrMailDomain
	}
	_, known, err := tx.LinkedIdentity(ctx, who.Issuer, who.Subject)
	if err != nil {
		return identity.User{}, err
	}
	if known {
		return identity.User{}, errors.Join(identity.ErrIdentityTaken, identity.ErrNotLinked) // a refusal that is recorded
	}
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return identity.User{}, err
	}
	return user, identity.RequireLinkable(ctx, tx, user, rules)
}
