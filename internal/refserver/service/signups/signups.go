// Package signups has the use case of users who signed up and wait for the e-mail with
// their code: to have it sent again.
//
// It promises that the result is the same for every address, whether somebody waits with
// it, has an account with it, or nobody knows it; and that requests are bounded for each
// network and for each address, so that nobody is flooded with e-mails.
//
// How an account is made, and activated with the code, is in package service.
package signups

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/throttle"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Service has the use case.
type Service struct {
	service *service.Service
	mail    *outbox.Outbox
	random  io.Reader
}

// New returns the use case. Random has to be fit for secrets.
func New(s *service.Service, mail *outbox.Outbox, random io.Reader) *Service {
	return &Service{s, mail, random}
}

// ErrNotMailed is returned by a server that sends no codes to those who sign up.
var ErrNotMailed = &refusal.Error{Code: refusal.NotFound, Message: "this server sends no e-mails to those who sign up"}

// AreMailed reports whether users who sign up get their code by e-mail.
func (s *Service) AreMailed() bool { return s.service.SignUpMode() == identity.SignUpMailed }

// SendAgain sends another code to an address if an account waits with it. The code before
// no longer works; the account waits no longer than before. It returns ErrNotMailed,
// refusal.WrongAccount for what is not an address, and refusal.TooManyAttempts.
func (s *Service) SendAgain(ctx context.Context, address string, origin service.Origin) error {
	if !s.AreMailed() {
		return ErrNotMailed
	}
	if err := identity.CheckNewEmail(address); err != nil {
		return err
	}
	if err := s.count(ctx, address, origin); err != nil {
		return err
	}
	err := s.service.DB().Write(ctx, func(tx transaction.Tx) error {
		row := s.service.AuditEntry(origin, "", audit.UserCode, "")
		issued, err := s.renew(ctx, tx, address)
		if errors.Is(err, identity.ErrNoUser) {
			row.Result, err = audit.ResultOf(identity.ErrNoUser), nil
		}
		if err != nil {
			return err
		}
		row.Subject = issued.UserID
		return tx.AppendAudit(ctx, row)
	})
	if errors.Is(err, outbox.ErrFull) { // nothing was changed: the result says no more of the address
		return nil
	}
	return err
}

// againRule limits how often a code is sent to an address again, which may be that of
// somebody who did not sign up.
var againRule = throttle.Rule{Free: 2, Interval: 6 * time.Hour}

// count counts a request against its network, as a sign-up, and, whether or not it is
// known, against the address.
func (s *Service) count(ctx context.Context, address string, origin service.Origin) error {
	again := identity.NewReservation("sign-up-again", againRule, strings.ToLower(address))
	return s.service.DB().Write(ctx, func(tx transaction.Tx) error {
		if err := identity.CountSignUp(ctx, tx, origin.Address, s.service.Now()); err != nil {
			return err
		}
		return identity.Take(ctx, tx, []identity.Reservation{again}, s.service.Now())
	})
}

// renew replaces the code of the account that waits with an address, and sends it. It
// returns identity.ErrNoUser.
func (s *Service) renew(ctx context.Context, tx transaction.Tx, address string) (identity.IssuedCode, error) {
	user, err := tx.UserByEmail(ctx, address)
	if err != nil {
		return identity.IssuedCode{}, err
	}
	signUp, pending, err := tx.SignUp(ctx, user.ID)
	if err != nil || !pending || !signUp.Valid.Contains(s.service.Now()) {
		return identity.IssuedCode{}, cmp.Or[error](err, identity.ErrNoUser)
	}
	code, err := identity.NewAccessCode(s.random)
	if err != nil {
		return identity.IssuedCode{}, err
	}
	if err := tx.RenewSignUp(ctx, user.ID, identity.HashMailedCode(code)); err != nil {
		return identity.IssuedCode{}, err
	}
	issued := identity.IssuedCode{UserID: user.ID, Code: code, Expires: signUp.Valid.Ends}
	to := outbox.Addressee{Handle: user.Handle, Email: user.Email}
	return issued, s.mail.Put(ctx, tx, s.mail.SignUpCode(to, issued.Code, issued.Expires))
}
