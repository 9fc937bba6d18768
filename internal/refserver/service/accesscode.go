package service

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// NewActivation issues another code, as NewUser does, for an account without a password, by
// user name, ID or e-mail address. Callers may do that if they could create the
// account; others do not learn whether it exists. It returns
// directory.ErrNotManaged and identity.ErrHasPassword, and to an administrator of
// the platform identity.ErrNoUser.
func (s *Service) NewActivation(ctx context.Context, caller Caller, name string) (identity.IssuedCode, error) {
	return ChangeAs(ctx, s, caller, audit.UserCode, func(tx transaction.Tx, viewer directory.Viewer) (code identity.IssuedCode, subject string, err error) {
		user, err := identity.FindUser(ctx, tx, name)
		if err == nil {
			err = s.directory.RequireAnswerable(ctx, tx, viewer, managedAccount(user))
		}
		if err != nil {
			return code, "", directory.HideUnmanaged(viewer, err)
		}
		if user.PasswordHash != "" {
			return code, "", identity.ErrHasPassword
		}
		code, err = s.authenticator.IssueActivation(ctx, tx, user.ID, 0)
		return code, user.ID, err
	})
}

// Activate sets the first password of the account that a code belongs to. It returns
// identity.ErrBadAccessCode, the errors of identity.CheckNewPassword, and
// refusal.TooManyAttempts if too many bad codes came from the same network.
func (s *Service) Activate(ctx context.Context, code, password secret.Text, origin Origin) (user identity.User, err error) {
	found, err := s.findAccessCode(ctx, code, identity.Activation, origin)
	if err != nil {
		return user, err
	}
	if user, err = s.User(ctx, found.UserID); err != nil {
		return user, err
	}
	hash, err := s.hashNew(ctx, password, user)
	if err != nil {
		return user, err
	}
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := identity.SetFirstPassword(ctx, tx, found, hash); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.AuditEntry(origin, user.ID, audit.UserActivate, user.ID))
	})
	return user, err
}

// ErrHasUsers means that the platform is not new.
var ErrHasUsers = errors.New("the store has users")

// BootstrapCode issues the code for the first administrator, and replaces an
// earlier one. It returns ErrHasUsers if there are users.
func (s *Service) BootstrapCode(ctx context.Context) (identity.IssuedCode, error) {
	return s.bootstrapCode(ctx, s.authenticator.IssueBootstrap)
}

// SharedBootstrapCode returns the code for the first administrator that all servers of
// the store print. It returns ErrHasUsers if there are users.
func (s *Service) SharedBootstrapCode(ctx context.Context) (identity.IssuedCode, error) {
	return s.bootstrapCode(ctx, s.authenticator.ShareBootstrap)
}

func (s *Service) bootstrapCode(ctx context.Context, issue func(context.Context, identity.Tx) (identity.IssuedCode, error)) (identity.IssuedCode, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (identity.IssuedCode, error) {
		hasUsers, err := tx.AnyUser(ctx)
		if err != nil {
			return identity.IssuedCode{}, err
		}
		if hasUsers {
			return identity.IssuedCode{}, ErrHasUsers
		}
		return issue(ctx, tx)
	})
}

// Bootstrap creates the first user, an administrator of the platform. It returns
// the errors of Activate, and refusal.WrongAccount.
func (s *Service) Bootstrap(ctx context.Context, code, password secret.Text, draft identity.Draft, origin Origin) (user identity.User, err error) {
	draft.Administrator = true
	if user, err = draft.User(s.now()); err != nil {
		return user, err
	}
	found, err := s.findAccessCode(ctx, code, identity.Bootstrap, origin)
	if err != nil {
		return user, err
	}
	user.Superuser = true
	if user.PasswordHash, err = s.hashNew(ctx, password, user); err != nil {
		return user, err
	}
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := identity.RegisterFirst(ctx, tx, found, user); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.AuditEntry(origin, user.ID, audit.Bootstrap, user.ID))
	})
	return user, err
}

// findAccessCode checks a code before the slow hash of a password. A bad code
// counts against the network that it came from, as an unknown token does; an expired
// one is spent.
func (s *Service) findAccessCode(ctx context.Context, code secret.Text, purpose identity.Purpose, origin Origin) (identity.AccessCode, error) {
	found, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (identity.AccessCode, error) {
		return s.authenticator.FindAccessCode(ctx, tx, code, purpose)
	})
	if !errors.Is(err, identity.ErrBadAccessCode) {
		return found, err
	}
	spend := s.db.Write(ctx, func(tx transaction.Tx) error { return identity.SpendRefused(ctx, tx, code, purpose) })
	if spend != nil {
		return found, spend
	}
	return found, s.CountUnknown(ctx, origin, err)
}

// hashNew checks and hashes the first password of a user.
func (s *Service) hashNew(ctx context.Context, password secret.Text, user identity.User) (string, error) {
	if err := s.checkNew(ctx, password, user); err != nil {
		return "", err
	}
	return s.authenticator.HashPassword(ctx, password)
}

// checkNew returns the errors of identity.CheckNewPassword for the first password of
// a user.
func (s *Service) checkNew(ctx context.Context, password secret.Text, user identity.User) error {
	words, err := s.knownWords(ctx, user)
	if err != nil {
		return err
	}
	return identity.CheckNewPassword(password, words...)
}
