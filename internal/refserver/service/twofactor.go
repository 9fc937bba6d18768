package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Applicant is the user who enrolls a second factor: a caller, or the holder of the
// ticket of a partial sign-in.
type Applicant struct {
	caller Caller
	ticket secret.Text // zero: the caller
	from   Origin      // of the ticket
}

// SignedIn returns a caller as an Applicant.
func SignedIn(caller Caller) Applicant { return Applicant{caller: caller} }

// TicketHolder returns the holder of the ticket of a PartialSignIn as an Applicant.
func TicketHolder(ticket secret.Text, origin Origin) Applicant {
	return Applicant{ticket: ticket, from: origin}
}

func (a Applicant) hasTicket() bool { return !a.ticket.IsZero() }

func (a Applicant) origin() Origin {
	if a.hasTicket() {
		return a.from
	}
	return a.caller.Origin
}

// FactorMode returns whether the server has second factors, and requires one.
func (s *Service) FactorMode() identity.FactorMode { return s.authenticator.Mode() }

// TwoFactorStatus returns the state of the caller's second factor.
func (s *Service) TwoFactorStatus(ctx context.Context, caller Caller) (identity.FactorStatus, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (identity.FactorStatus, error) {
		return s.authenticator.Status(ctx, tx, caller.User.ID)
	})
}

// BeginEnrollment draws the secret of a new second factor. A caller needs a proof; a
// ticket is proof enough. An active second factor stays until the new one is
// activated. It returns identity.ErrFactorsDisabled, identity.ErrFactorElsewhere,
// identity.ErrNoTicket, and the errors of proofs.
func (s *Service) BeginEnrollment(ctx context.Context, who Applicant, shown Proof) (offer identity.Offer, err error) {
	if who.hasTicket() {
		return s.beginByTicket(ctx, who)
	}
	if err := s.requireAccountProtocol(who.origin()); err != nil {
		return identity.Offer{}, err
	}
	request := ProofRequest{Action: audit.TwoFactorEnroll}
	err = s.proveCaller(ctx, who.caller, shown, request, func(tx transaction.Tx, authentication identity.Authentication) error {
		if offer, err = s.authenticator.Begin(ctx, tx, authentication.User); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.authenticatedEntry(who.origin(), authentication, request.Action, authentication.User.ID))
	})
	if err != nil {
		return identity.Offer{}, err
	}
	return offer, nil
}

func (s *Service) beginByTicket(ctx context.Context, who Applicant) (offer identity.Offer, err error) {
	err = s.enroll(ctx, who, audit.TwoFactorEnroll, func(tx transaction.Tx, e enrollee) error {
		if offer, err = s.authenticator.Begin(ctx, tx, e.user); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, e.row)
	})
	if err != nil {
		return identity.Offer{}, err
	}
	return offer, nil
}

// ConfirmEnrollment checks a code of the new secret and returns the recovery codes.
// It returns identity.ErrNoEnrollment, identity.ErrNoTicket and the errors of codes.
func (s *Service) ConfirmEnrollment(ctx context.Context, who Applicant, code secret.Text) (codes []secret.Text, err error) {
	err = s.enroll(ctx, who, audit.TwoFactorConfirm, func(tx transaction.Tx, e enrollee) error {
		if codes, err = s.authenticator.Confirm(ctx, tx, e.attempt(code)); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, e.row)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ActivateEnrollment checks one of the recovery codes and turns the second factor
// on. The user's other sessions end; API tokens stay. With a ticket it also
// completes the sign-in, and the result is not nil. It returns the errors of
// ConfirmEnrollment, and identity.ErrNotConfirmed.
func (s *Service) ActivateEnrollment(ctx context.Context, who Applicant, recoveryCode secret.Text) (grant *SignInResult, err error) {
	err = s.enroll(ctx, who, audit.TwoFactorOn, func(tx transaction.Tx, e enrollee) error {
		if err := s.authenticator.Activate(ctx, tx, e.attempt(recoveryCode)); err != nil {
			return err
		}
		grant, err = s.signInAfterEnrollment(ctx, tx, who, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return grant, nil
}

// TurnOnTwoFactor is ConfirmEnrollment and ActivateEnrollment in one step, for a
// platform that does not check whether the user saved the recovery codes.
// ReadNewRecoveryCodes returns those.
func (s *Service) TurnOnTwoFactor(ctx context.Context, who Applicant, code secret.Text) (grant *SignInResult, err error) {
	err = s.enroll(ctx, who, audit.TwoFactorOn, func(tx transaction.Tx, e enrollee) error {
		codes, err := s.authenticator.TurnOn(ctx, tx, e.attempt(code))
		if err != nil {
			return err
		}
		if err := s.authenticator.StashCodes(ctx, tx, e.user.ID, codes); err != nil {
			return err
		}
		grant, err = s.signInAfterEnrollment(ctx, tx, who, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return grant, nil
}

// ReadNewRecoveryCodes returns the caller's recovery codes once, if TurnOnTwoFactor
// created them recently. It returns identity.ErrUnreadableCodes.
func (s *Service) ReadNewRecoveryCodes(ctx context.Context, caller Caller) (codes []secret.Text, err error) {
	if err := s.requireOwnProtocol(caller); err != nil {
		return nil, err
	}
	row := s.AuditEntry(caller.Origin, caller.User.ID, audit.RecoveryCodesRead, caller.User.ID)
	err = s.Decide(ctx, row, func(tx transaction.Tx, _ *audit.Entry) error {
		codes, err = s.authenticator.TakeUnread(ctx, tx, caller.User.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// enrollee is the user of an Applicant.
type enrollee struct {
	user   identity.User
	ticket identity.Ticket // zero for a caller
	source string          // as returned by identity.Source
	row    audit.Entry     // of the step
}

func (e enrollee) attempt(code secret.Text) identity.CodeAttempt {
	return identity.CodeAttempt{User: e.user, Code: code, Source: e.source}
}

// enroll runs one step of an enrollment in a transaction. The count of a wrong code
// is committed.
func (s *Service) enroll(ctx context.Context, who Applicant, action audit.Action, step func(transaction.Tx, enrollee) error) error {
	if !who.hasTicket() { // a ticket is part of a sign-in, which is open to all protocols
		if err := s.requireAccountProtocol(who.origin()); err != nil {
			return err
		}
	}
	err := s.Decide(ctx, s.AuditEntry(who.origin(), "", action, ""), func(tx transaction.Tx, row *audit.Entry) error {
		user, ticket, err := s.applicantUser(ctx, tx, who)
		if err != nil {
			return err
		}
		row.Actor, row.Subject = user.ID, user.ID
		return step(tx, enrollee{user, ticket, identity.Source(who.origin().Address), *row})
	})
	return s.afterRefusal(ctx, who, err)
}

func (s *Service) applicantUser(ctx context.Context, tx transaction.Tx, who Applicant) (identity.User, identity.Ticket, error) {
	if who.hasTicket() {
		return s.authenticator.HolderToEnroll(ctx, tx, who.ticket)
	}
	user, err := tx.UserByID(ctx, who.caller.User.ID)
	return user, identity.Ticket{}, err
}

// signInAfterEnrollment ends the sessions that began without the new second factor,
// except that of a caller, and completes the sign-in of the holder of a ticket. The
// source counts as one of a sign-in with the new factor.
func (s *Service) signInAfterEnrollment(ctx context.Context, tx transaction.Tx, who Applicant, e enrollee) (*SignInResult, error) {
	if err := s.authenticator.RecordSuccess(ctx, tx, e.user.ID, e.source); err != nil {
		return nil, err
	}
	if err := s.EndOtherSessions(ctx, tx, e.user.ID, who.caller.Token.Signature, access.Elsewhere); err != nil {
		return nil, err
	}
	if err := tx.AppendAudit(ctx, e.row); err != nil || !who.hasTicket() {
		return nil, err
	}
	authentication := identity.Authentication{User: e.user, Factor: identity.FactorTOTP}
	grant, err := s.resume(ctx, tx, authentication, e.ticket, who.from)
	if err != nil {
		return nil, err
	}
	return &grant, nil
}

// DisableTwoFactor turns the caller's second factor off. It returns
// identity.ErrFactorOff, identity.ErrFactorsEnforced, and the errors of proofs.
func (s *Service) DisableTwoFactor(ctx context.Context, caller Caller, shown Proof) error {
	return s.changeSelf(ctx, caller, shown, selfChange{action: audit.TwoFactorOff, apply: func(tx transaction.Tx, user identity.User) error {
		return s.authenticator.TurnOff(ctx, tx, user.ID)
	}})
}

// NewRecoveryCodes replaces the caller's recovery codes. It returns
// identity.ErrFactorOff and the errors of proofs.
func (s *Service) NewRecoveryCodes(ctx context.Context, caller Caller, shown Proof) (codes []secret.Text, err error) {
	err = s.changeSelf(ctx, caller, shown, selfChange{action: audit.RecoveryCodesNew, apply: func(tx transaction.Tx, user identity.User) error {
		codes, err = s.authenticator.ReplaceRecoveryCodes(ctx, tx, user.ID)
		return err
	}})
	if err != nil {
		return nil, err
	}
	return codes, nil
}
