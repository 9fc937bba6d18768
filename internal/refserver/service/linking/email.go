package linking

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// VerifyEmail notes, on behalf of an administrator of the platform, that the address of an
// account is its user's. It returns identity.ErrNoUser, and refusal.WrongAccount without
// an address.
func (l *Service) VerifyEmail(ctx context.Context, caller service.Caller, name string) error {
	return l.administer(ctx, caller, audit.EmailVerify, name, func(tx transaction.Tx, user identity.User) error {
		verified, err := tx.VerifyEmail(ctx, user.ID, user.Email)
		if err == nil && !verified {
			err = identity.CheckNewEmail(user.Email)
		}
		return err
	})
}

// NewEmailCode makes a code with which a user confirms the address of the account, and
// returns it for an administrator of the platform to send to that address; none if the
// server sent it by e-mail. It replaces an earlier code.
// It returns identity.ErrNoUser, and refusal.WrongAccount without an address.
func (l *Service) NewEmailCode(ctx context.Context, caller service.Caller, name string) (code identity.EmailCode, err error) {
	err = l.administer(ctx, caller, audit.UserCode, name, func(tx transaction.Tx, user identity.User) (err error) {
		code, err = l.sendCode(ctx, tx, user)
		return err
	})
	if err != nil {
		return identity.EmailCode{}, err
	}
	if l.mail.Sends() {
		code.Code = secret.Text{}
	}
	return code, nil
}

// ErrNoMail means that the server sends no e-mails.
var ErrNoMail = &refusal.Error{Code: refusal.Denied, Message: "this server sends no e-mails: ask its administrator for a code"}

// ErrEmailVerified means that the address of the account needs no code.
var ErrEmailVerified = &refusal.Error{Code: refusal.Conflict, Message: "the e-mail address of the account is confirmed already"}

// SendsCodes reports whether the server sends codes to the addresses of accounts.
func (l *Service) SendsCodes() bool { return l.mail.Mode() != outbox.Off }

// SendEmailCode sends a new code to the address of the caller's account, with which the
// caller confirms it. It replaces an earlier code. It returns ErrNoMail, ErrEmailVerified,
// refusal.WrongAccount without an address, and refusal.TooManyAttempts if the caller had
// too many codes sent.
func (l *Service) SendEmailCode(ctx context.Context, caller service.Caller) error {
	if !l.SendsCodes() {
		return ErrNoMail
	}
	return l.service.Change(ctx, caller, audit.UserCode, func(tx transaction.Tx, _ directory.Viewer) (string, error) {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err == nil && user.EmailVerified {
			err = ErrEmailVerified
		}
		if err != nil {
			return "", err
		}
		if err := identity.TakeEmailCode(ctx, tx, user.ID, l.service.Now()); err != nil {
			return "", err
		}
		_, err = l.sendCode(ctx, tx, user)
		return user.ID, err
	})
}

// sendCode makes a code for the address of an account, and sends it there.
func (l *Service) sendCode(ctx context.Context, tx transaction.Tx, user identity.User) (identity.EmailCode, error) {
	code, err := identity.IssueEmailCode(ctx, tx, l.random, user, l.service.Now())
	if err != nil {
		return code, err
	}
	letter := l.mail.EmailCode(outbox.Addressee{Handle: user.Handle, Email: user.Email}, code.Code, code.Expires)
	return code, l.mail.Put(ctx, tx, letter)
}

// ConfirmEmail spends a code of the caller's account. It returns
// identity.ErrBadAccessCode, and refusal.TooManyAttempts if too many bad codes came from
// the same network.
func (l *Service) ConfirmEmail(ctx context.Context, caller service.Caller, code secret.Text) error {
	err := l.service.Change(ctx, caller, audit.EmailVerify, func(tx transaction.Tx, _ directory.Viewer) (string, error) {
		user, err := tx.UserByID(ctx, caller.User.ID)
		if err != nil {
			return "", err
		}
		return user.ID, identity.ConfirmEmail(ctx, tx, user, code, l.service.Now())
	})
	if !errors.Is(err, identity.ErrBadAccessCode) {
		return err
	}
	spending := l.service.DB().Write(ctx, func(tx transaction.Tx) error { return identity.SpendRefusedEmailCode(ctx, tx, caller.User.ID, code) })
	return errors.Join(l.service.CountUnknown(ctx, caller.Origin, err), spending)
}
