package service

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// How long codes are good.
const (
	BootstrapLifetime     = 24 * time.Hour
	ActivationLifetime    = 7 * 24 * time.Hour
	MaxActivationLifetime = 30 * 24 * time.Hour
)

// What a code can be refused with.
var (
	// ErrBadEntryCode stands for a code that never was, was used, or is too old.
	ErrBadEntryCode = &refusal.Error{Code: refusal.WrongCredentials, Reason: refusal.WrongEntryCode, Message: "the code is not good"}
	// ErrHasPassword refuses to activate an account that is in use.
	ErrHasPassword = &refusal.Error{Code: refusal.Conflict, Reason: refusal.PasswordSet, Message: "the account has a password"}
)

// activate makes the code that sets the first password of an account, in place
// of an earlier one.
func (s *Service) activate(ctx context.Context, tx transaction.Tx, userID string, lifetime time.Duration) (Activation, error) {
	if lifetime == 0 {
		lifetime = ActivationLifetime
	}
	return s.newEntryCode(ctx, tx, identity.EntryCode{
		Purpose: identity.Activation, UserID: userID, Expires: s.now().Add(min(lifetime, MaxActivationLifetime)),
	})
}

func (s *Service) newEntryCode(ctx context.Context, tx transaction.Tx, entry identity.EntryCode) (Activation, error) {
	code, err := identity.NewEntryCode(s.random)
	if err != nil {
		return Activation{}, err
	}
	entry.Hash = identity.HashEntryCode(code)
	return Activation{UserID: entry.UserID, Code: code, Expires: entry.Expires}, tx.SetEntryCode(ctx, entry)
}

// NewActivation makes another code for an account that has no password yet,
// named by user name, ID or e-mail address. Those may that could make the
// account: who else asks does not learn whether there is such an account. It
// answers ErrNotManaged and ErrHasPassword, and to an administrator of the
// platform identity.ErrNoUser.
func (s *Service) NewActivation(ctx context.Context, caller Caller, name string) (activation Activation, err error) {
	err = s.change(ctx, caller, audit.UserCode, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		user, err := findUser(ctx, tx, name)
		if err == nil {
			err = s.answersFor(ctx, tx, viewer, user)
		}
		switch {
		case err != nil && !viewer.Superuser && isUnmanaged(err):
			return "", ErrNotManaged
		case err != nil:
			return "", err
		case user.PasswordHash != "" || user.SSO:
			return "", ErrHasPassword
		}
		activation, err = s.activate(ctx, tx, user.ID, 0)
		return user.ID, err
	})
	return activation, err
}

// answersFor reports with a refusal whether a viewer does not answer for a user.
func (s *Service) answersFor(ctx context.Context, tx transaction.Tx, viewer directory.Viewer, user identity.User) error {
	if viewer.Superuser {
		return nil
	}
	if user.ProvisioningOrg == "" || user.Superuser {
		return ErrNotManaged
	}
	return s.mayProvision(ctx, tx, viewer, user.ProvisioningOrg)
}

// isUnmanaged tells that somebody does not answer for an account, or that there
// is none, from a failure of the store.
func isUnmanaged(err error) bool {
	return refusal.ReasonOf(err) == refusal.OrgAccess || errors.Is(err, identity.ErrNoUser) || errors.Is(err, directory.ErrNoOrg) ||
		errors.Is(err, directory.ErrUnlicensed) || errors.Is(err, ErrNotManaged)
}

// findUser looks a user up by user name, ID or e-mail address.
func findUser(ctx context.Context, tx transaction.Tx, name string) (identity.User, error) {
	switch {
	case strings.Contains(name, "@"):
		return tx.UserByEmail(ctx, name)
	case strings.HasPrefix(name, "user-"):
		return tx.UserByID(ctx, name)
	default:
		return tx.UserByID(ctx, identity.UserID(name))
	}
}

// Activate sets the first password of the account that a code is for. It answers
// ErrBadEntryCode, the refusals of identity.CheckNewPassword, and
// refusal.TooManyAttempts where too many bad codes came from the same network.
func (s *Service) Activate(ctx context.Context, code, password secret.Text, origin Origin) (user identity.User, err error) {
	found, err := s.peek(ctx, code, identity.Activation, origin)
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
	return user, s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := s.spend(ctx, tx, found); err != nil {
			return err
		}
		if present, err := tx.UserByID(ctx, user.ID); err != nil || present.PasswordHash != "" {
			return cmp.Or[error](err, ErrBadEntryCode)
		}
		if err := tx.SetPasswordHash(ctx, user.ID, hash); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.entry(origin, user.ID, audit.UserActivate, user.ID))
	})
}

// BootstrapCode makes the code for the first administrator, in place of an
// earlier one, unless there are users.
func (s *Service) BootstrapCode(ctx context.Context) (activation Activation, needed bool, err error) {
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		peopled, err := tx.AnyUser(ctx)
		if err != nil || peopled {
			return err
		}
		needed = true
		activation, err = s.newEntryCode(ctx, tx, identity.EntryCode{
			Purpose: identity.Bootstrap, Expires: s.now().Add(BootstrapLifetime),
		})
		return err
	})
	return activation, needed, err
}

// Bootstrap makes the first user, an administrator of the platform. It answers
// what Activate does, and refusal.WrongAccount.
func (s *Service) Bootstrap(ctx context.Context, code, password secret.Text, draft identity.Draft, origin Origin) (user identity.User, err error) {
	if user, err = draft.User(s.now()); err != nil {
		return user, err
	}
	found, err := s.peek(ctx, code, identity.Bootstrap, origin)
	if err != nil {
		return user, err
	}
	user.Superuser = true
	if user.PasswordHash, err = s.hashNew(ctx, password, user); err != nil {
		return user, err
	}
	return user, s.db.Write(ctx, func(tx transaction.Tx) error {
		peopled, err := tx.AnyUser(ctx)
		if err == nil && peopled {
			err = ErrBadEntryCode
		}
		if err != nil {
			return err
		}
		if err := s.spend(ctx, tx, found); err != nil {
			return err
		}
		if err := identity.Register(ctx, tx, user); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.entry(origin, user.ID, audit.Bootstrap, user.ID))
	})
}

// peek looks at a code before the slow hash of a password is worth it. A bad one
// counts against the network that it came from, as an unknown token does.
func (s *Service) peek(ctx context.Context, code secret.Text, purpose identity.Purpose, origin Origin) (found identity.EntryCode, err error) {
	err = s.db.Read(ctx, func(tx transaction.Tx) error {
		var known bool
		found, known, err = tx.EntryCode(ctx, identity.HashEntryCode(code))
		if err == nil && !(known && found.Good(purpose, s.now())) {
			err = ErrBadEntryCode
		}
		return err
	})
	if errors.Is(err, ErrBadEntryCode) {
		return found, s.countUnknown(ctx, origin, ErrBadEntryCode)
	}
	return found, err
}

// spend takes a code, which may have been taken since it was looked at.
func (s *Service) spend(ctx context.Context, tx transaction.Tx, code identity.EntryCode) error {
	spent, err := tx.SpendEntryCode(ctx, code.Hash)
	if err == nil && !spent {
		err = ErrBadEntryCode
	}
	return err
}

// hashNew checks and hashes the first password of a user.
func (s *Service) hashNew(ctx context.Context, password secret.Text, user identity.User) (string, error) {
	words, err := s.knownWords(ctx, user)
	if err != nil {
		return "", err
	}
	if err := identity.CheckNewPassword(password, words...); err != nil {
		return "", err
	}
	return s.gate.HashPassword(ctx, password)
}
