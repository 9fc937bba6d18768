package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Applicant is who enrols a second factor: somebody signed in, or who holds the
// ticket of half a sign-in.
type Applicant struct {
	caller Caller
	ticket secret.Text // zero: the caller
	from   Origin
}

// SignedIn is a caller who enrols.
func SignedIn(caller Caller) Applicant { return Applicant{caller: caller} }

// TicketHolder is who enrols, or signs in, with the ticket of a PartialSignIn.
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

// TwoFactorStatus tells how the caller's second factor stands.
func (s *Service) TwoFactorStatus(ctx context.Context, caller Caller) (identity.FactorStatus, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (identity.FactorStatus, error) {
		return s.authenticator.Status(ctx, tx, caller.User.ID)
	})
}

// BeginEnrolment draws the secret of a new second factor. A caller proves who
// they are; a ticket is proof enough. A second factor that is on holds until
// the new one is activated. It answers identity.ErrFactorsDisabled,
// identity.ErrSSORequired, identity.ErrNoTicket, and what proofs are refused
// with.
func (s *Service) BeginEnrolment(ctx context.Context, who Applicant, shown Proof) (offer identity.Offer, err error) {
	if who.hasTicket() {
		return s.beginByTicket(ctx, who)
	}
	v := proofRequest{action: audit.TwoFactorEnrol}
	err = s.proveCaller(ctx, who.caller, shown, v, func(tx transaction.Tx, authentication identity.Authentication) error {
		if offer, err = s.authenticator.Begin(ctx, tx, authentication.User); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.authenticatedEntry(who.origin(), authentication, v.action, authentication.User.ID))
	})
	if err != nil {
		return identity.Offer{}, err
	}
	return offer, nil
}

func (s *Service) beginByTicket(ctx context.Context, who Applicant) (offer identity.Offer, err error) {
	err = s.enrol(ctx, who, audit.TwoFactorEnrol, func(tx transaction.Tx, e enrollee) error {
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

// ConfirmEnrolment takes a code of the new secret and gives the recovery codes.
// It answers identity.ErrNoEnrolment, identity.ErrNoTicket and the refusals of
// codes.
func (s *Service) ConfirmEnrolment(ctx context.Context, who Applicant, code secret.Text) (codes []secret.Text, err error) {
	err = s.enrol(ctx, who, audit.TwoFactorConfirm, func(tx transaction.Tx, e enrollee) error {
		if codes, err = s.authenticator.Confirm(ctx, tx, e.user, code); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, e.row)
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// ActivateEnrolment takes one of the recovery codes and turns the second factor
// on. The user's other sessions end; API tokens go on. With a ticket it also
// makes what the sign-in was to lead to, and the grant is not nil. It answers
// what ConfirmEnrolment does, and identity.ErrNotConfirmed.
func (s *Service) ActivateEnrolment(ctx context.Context, who Applicant, recoveryCode secret.Text) (grant *SignInResult, err error) {
	err = s.enrol(ctx, who, audit.TwoFactorOn, func(tx transaction.Tx, e enrollee) error {
		if err := s.authenticator.Activate(ctx, tx, e.user, recoveryCode); err != nil {
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

// TurnOnTwoFactor is ConfirmEnrolment and ActivateEnrolment in one step, for a
// platform on which nobody shows that the recovery codes were kept. Those wait for
// ReadNewRecoveryCodes.
func (s *Service) TurnOnTwoFactor(ctx context.Context, who Applicant, code secret.Text) (grant *SignInResult, err error) {
	err = s.enrol(ctx, who, audit.TwoFactorOn, func(tx transaction.Tx, e enrollee) error {
		codes, err := s.authenticator.TurnOn(ctx, tx, e.user, code)
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
// made them a short while ago.
func (s *Service) ReadNewRecoveryCodes(ctx context.Context, caller Caller) ([]secret.Text, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) ([]secret.Text, error) {
		return s.authenticator.TakeUnread(ctx, tx, caller.User.ID)
	})
}

// enrollee is an Applicant who was recognised.
type enrollee struct {
	user   identity.User
	ticket identity.Ticket // zero for a caller
	row    audit.Entry     // of what is done
}

// enrol runs one step of an enrolment in a transaction. What a wrong code was
// counted as stays counted.
func (s *Service) enrol(ctx context.Context, who Applicant, action audit.Action, step func(transaction.Tx, enrollee) error) error {
	err := s.decide(ctx, s.auditEntry(who.origin(), "", action, ""), func(tx transaction.Tx, row *audit.Entry) error {
		user, ticket, err := s.recognise(ctx, tx, who)
		if err != nil {
			return err
		}
		row.Actor, row.Subject = user.ID, user.ID
		return step(tx, enrollee{user, ticket, *row})
	})
	return s.countTicket(ctx, who, err)
}

func (s *Service) recognise(ctx context.Context, tx transaction.Tx, who Applicant) (identity.User, identity.Ticket, error) {
	if who.hasTicket() {
		return s.authenticator.HolderToEnrol(ctx, tx, who.ticket)
	}
	return who.caller.User, identity.Ticket{}, nil
}

// welcome ends what began without the new second factor: all sessions but that of
// a caller. The holder of a ticket gets what it stands for.
func (s *Service) signInAfterEnrollment(ctx context.Context, tx transaction.Tx, who Applicant, e enrollee) (*SignInResult, error) {
	if err := s.endSessions(ctx, tx, e.user.ID, who.caller.Token.Signature, access.Elsewhere); err != nil {
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

// DisableTwoFactor turns the caller's second factor off. It answers
// identity.ErrFactorOff, identity.ErrFactorsEnforced, and what proofs are
// refused with.
func (s *Service) DisableTwoFactor(ctx context.Context, caller Caller, shown Proof) error {
	return s.changeSelf(ctx, caller, shown, selfChange{action: audit.TwoFactorOff, apply: func(tx transaction.Tx, user identity.User) error {
		return s.authenticator.TurnOff(ctx, tx, user.ID)
	}})
}

// NewRecoveryCodes replaces the caller's recovery codes. It answers
// identity.ErrFactorOff, and what proofs are refused with.
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
