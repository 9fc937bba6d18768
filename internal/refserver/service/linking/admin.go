package linking

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Identity names an identity at a provider of this server: by the provider's name or
// issuer, and the subject.
type Identity struct{ Provider, Subject string }

// maxSubject bounds a subject, in bytes (OpenID Connect Core 1.0, section 2).
const maxSubject = 255

// Identities returns the identities of an account, given by user name, ID or e-mail
// address, to an administrator of the platform. It returns identity.ErrNoUser.
func (l *Service) Identities(ctx context.Context, caller service.Caller, name string) (list []identity.LinkedIdentity, err error) {
	if err := service.RequireSuperuser(caller); err != nil {
		return nil, err
	}
	return transaction.Read(ctx, l.service.DB(), func(tx transaction.Tx) ([]identity.LinkedIdentity, error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		return tx.LinkedIdentities(ctx, user.ID)
	})
}

// Link links an identity to an account on behalf of an administrator of the platform. It
// returns identity.ErrNoUser, refusal.WrongInput and the errors of identity.Link.
func (l *Service) Link(ctx context.Context, caller service.Caller, name string, who Identity) error {
	issuer, err := l.issuerOf(who.Provider)
	if err != nil {
		return err
	}
	if who.Subject == "" || len(who.Subject) > maxSubject {
		return refusal.Inputf("subject", "expected the user's ID at the provider, of at most %d bytes", maxSubject)
	}
	linked := identity.LinkedIdentity{Issuer: issuer, Subject: who.Subject, Linked: l.service.Now()}
	return l.administer(ctx, caller, audit.UserLink, name, func(tx transaction.Tx, user identity.User) error {
		return identity.Link(ctx, tx, user, linked)
	})
}

// Unlink removes an identity from an account on behalf of an administrator of the
// platform, and ends the sessions of the account: they may have begun with that identity.
// The provider may be one that is not configured any more, by
// its issuer. It returns identity.ErrNoUser and the errors of identity.Unlink.
func (l *Service) Unlink(ctx context.Context, caller service.Caller, name string, who Identity) error {
	issuer, err := l.issuerOf(who.Provider)
	if err != nil {
		issuer = who.Provider
	}
	return l.administer(ctx, caller, audit.UserUnlink, name, func(tx transaction.Tx, user identity.User) error {
		if err := identity.Unlink(ctx, tx, user, issuer, who.Subject); err != nil {
			return err
		}
		return l.service.EndOtherSessions(ctx, tx, user.ID, caller.Token.Signature, access.Elsewhere)
	})
}

// administer changes an account on behalf of an administrator of the platform.
func (l *Service) administer(
	ctx context.Context, caller service.Caller, action audit.Action, name string, change func(transaction.Tx, identity.User) error,
) error {
	if err := service.RequireSuperuser(caller); err != nil {
		return err
	}
	return l.service.Change(ctx, caller, action, func(tx transaction.Tx, _ directory.Viewer) (string, error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err != nil {
			return "", err
		}
		return user.ID, change(tx, user)
	})
}
