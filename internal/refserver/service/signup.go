package service

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// SignUpMode tells who may make an account for themselves.
func (s *Service) SignUpMode() identity.SignUpMode { return s.signUp }

// SignUp makes an account for whoever asks, as far as the server lets them. With
// moderation, who signs up with an address that somebody has is not told so: they
// wait for ever. It answers identity.ErrSignUpClosed, ErrTooManyWait,
// refusal.WrongAccount, ErrUsernameTaken, ErrEmailTaken, the refusals of a new password,
// and refusal.TooManyAttempts where many come from the same network.
func (s *Service) SignUp(ctx context.Context, draft identity.Draft, password secret.Text, origin Origin) error {
	if s.signUp == identity.SignUpClosed {
		return identity.ErrSignUpClosed
	}
	user, err := draft.Newcomer(s.now())
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		return identity.CountSignUp(ctx, tx, identity.Source(origin.Address), s.now())
	})
	if err != nil {
		return err
	}
	if user.PasswordHash, err = s.hashNew(ctx, password, user); err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx transaction.Tx) error {
		if err := s.authenticator.Enter(ctx, tx, user, s.signUp); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.auditEntry(origin, user.ID, audit.UserSignUp, user.ID))
	})
	if errors.Is(err, identity.ErrEmailTaken) && s.signUp == identity.SignUpModerated {
		return s.noteSignUp(ctx, user, origin)
	}
	return err
}

// noteSignUp tells only the audit log why nobody will ever let an account in.
func (s *Service) noteSignUp(ctx context.Context, user identity.User, origin Origin) error {
	entry := s.auditEntry(origin, "", audit.UserSignUp, user.ID)
	entry.Result = identity.ErrEmailTaken.Error()
	return s.db.Write(ctx, func(tx transaction.Tx) error { return tx.AppendAudit(ctx, entry) })
}

// EnterByCode lets in who waits, by the activation code. It answers
// identity.ErrBadEntryCode, and refusal.TooManyAttempts where too many bad codes came
// from the same network.
func (s *Service) EnterByCode(ctx context.Context, code secret.Text, origin Origin) error {
	err := s.db.Write(ctx, func(tx transaction.Tx) error {
		signUp, waits, err := tx.SignUpByCode(ctx, identity.HashEntryCode(code))
		if err == nil && !waits {
			err = identity.ErrBadEntryCode
		}
		if err != nil {
			return err
		}
		if err := s.letIn(ctx, tx, signUp.UserID); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.auditEntry(origin, signUp.UserID, audit.UserApprove, signUp.UserID))
	})
	if errors.Is(err, identity.ErrBadEntryCode) {
		return s.countUnknown(ctx, origin, identity.ErrBadEntryCode)
	}
	return err
}

func (s *Service) letIn(ctx context.Context, tx transaction.Tx, userID string) error {
	user, err := tx.UserByID(ctx, userID)
	if err != nil {
		return err
	}
	user.Disabled = false
	return s.saveUserState(ctx, tx, user)
}

// ActivationCode returns the code with which an account that waits can be let in,
// for an administrator of the platform to hand on; the zero secret where it does
// not wait.
func (s *Service) ActivationCode(ctx context.Context, caller Caller, userID string) (secret.Text, error) {
	if err := requireSuperuser(caller); err != nil {
		return secret.Text{}, err
	}
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (secret.Text, error) {
		return s.authenticator.ActivationCode(ctx, tx, userID)
	})
}
