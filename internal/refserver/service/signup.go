package service

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// SignUpMode returns who may sign up.
func (s *Service) SignUpMode() identity.SignUpMode { return s.signUp }

// SignUp creates an account for a new user, as far as the mode allows. With
// moderation, a sign-up with a taken address looks like any other, now and later: its
// account waits for approval, without the address. It returns identity.ErrSignUpClosed, identity.ErrTooManyWait,
// refusal.WrongAccount, identity.ErrUsernameTaken, identity.ErrEmailTaken, the
// errors of a new password, and refusal.TooManyAttempts if too many sign-ups come
// from the same network.
func (s *Service) SignUp(ctx context.Context, draft identity.Draft, password secret.Text, origin Origin) error {
	if s.signUp == identity.SignUpClosed {
		return identity.ErrSignUpClosed
	}
	user, err := draft.Newcomer(s.now())
	if err != nil {
		return err
	}
	// The orgs of a user who has the name already must not be guessed here.
	if err := identity.CheckNewPassword(password, identity.KnownWords(user)...); err != nil {
		return err
	}
	if user.PasswordHash, err = s.hashCounted(ctx, password, origin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		emailTaken, err := s.authenticator.Enter(ctx, tx, user, s.signUp)
		if err != nil {
			return err
		}
		entry := s.AuditEntry(origin, user.ID, audit.UserSignUp, user.ID)
		if emailTaken {
			entry.Result = audit.ResultOf(identity.ErrEmailTaken)
		}
		return tx.AppendAudit(ctx, entry)
	})
}

// hashCounted hashes a password that a stranger chose, and counts that against the
// network. It counts nothing that it does not hash.
func (s *Service) hashCounted(ctx context.Context, password secret.Text, origin Origin) (string, error) {
	admission, err := s.authenticator.Admit(ctx, password, identity.Source(origin.Address))
	if err != nil {
		return "", err
	}
	defer admission.Release()
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		return identity.CountSignUp(ctx, tx, origin.Address, s.now())
	})
	if err != nil {
		return "", err
	}
	return admission.Hash()
}

// ApproveByCode enables the account of a pending sign-up by its activation code. It
// returns identity.ErrBadAccessCode, and refusal.TooManyAttempts if too many bad
// codes came from the same network.
func (s *Service) ApproveByCode(ctx context.Context, code secret.Text, origin Origin) error {
	err := s.db.Write(ctx, func(tx transaction.Tx) error {
		user, err := identity.ActivateSignUp(ctx, tx, code, s.now())
		if err != nil {
			return err
		}
		if err := s.saveUserState(ctx, tx, user); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.AuditEntry(origin, user.ID, audit.UserApprove, user.ID))
	})
	if errors.Is(err, identity.ErrBadAccessCode) {
		return s.CountUnknown(ctx, origin, identity.ErrBadAccessCode)
	}
	return err
}

// ActivationCode returns the code that approves the pending sign-up of an account,
// for an administrator of the platform to pass on, or the zero secret if none is
// pending. It returns identity.ErrUnreadableCodes, and notes that in the audit log.
func (s *Service) ActivationCode(ctx context.Context, caller Caller, userID string) (secret.Text, error) {
	if err := RequireSuperuser(caller); err != nil {
		return secret.Text{}, err
	}
	code, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (secret.Text, error) {
		return s.authenticator.ActivationCode(ctx, tx, userID)
	})
	if errors.Is(err, identity.ErrUnreadableCodes) {
		err = errors.Join(err, s.noteRefusal(ctx, s.AuditEntry(caller.Origin, caller.User.ID, audit.UserCode, userID), err))
	}
	return code, err
}

// noteRefusal writes the audit row of a refusal by a transaction that only read.
func (s *Service) noteRefusal(ctx context.Context, entry audit.Entry, refused error) error {
	entry.Result = audit.ResultOf(refused)
	return s.db.Write(ctx, func(tx transaction.Tx) error { return tx.AppendAudit(ctx, entry) })
}
