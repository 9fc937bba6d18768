package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// PartialSignIn is the detail of a refused sign-in whose password was right:
// identity.ErrCodeRequired or identity.ErrEnrollmentRequired. The ticket stands for
// the password when the sign-in is completed.
type PartialSignIn struct {
	Ticket  secret.Text
	Expires time.Time // of the ticket
}

// SignInInSteps is SignIn for a platform that asks for the password first and for
// the code later: if only the code is missing, the refusal has a PartialSignIn as
// its detail, which FinishSignIn completes.
func (s *Service) SignInInSteps(ctx context.Context, attempt identity.Attempt, order access.Order, origin Origin) (SignInResult, error) {
	return s.signIn(ctx, ProofRequest{
		Attempt: attempt, Action: audit.SignIn, Origin: origin, order: order,
		resumable: []refusal.Reason{refusal.EnrollmentRequired, refusal.OTPRequired},
	})
}

// FinishSignIn completes a sign-in that lacked a code. It returns
// identity.ErrNoTicket and the errors of codes, after which the ticket stays valid.
func (s *Service) FinishSignIn(ctx context.Context, ticket, code secret.Text, origin Origin) (grant SignInResult, err error) {
	who := TicketHolder(ticket, origin)
	err = s.Decide(ctx, s.AuditEntry(origin, "", audit.SignIn, ""), func(tx transaction.Tx, row *audit.Entry) error {
		user, stored, err := s.authenticator.Holder(ctx, tx, ticket)
		if err != nil {
			return err
		}
		row.Subject = user.ID
		source := identity.Source(origin.Address)
		authentication, err := s.authenticator.CheckCode(ctx, tx, identity.CodeAttempt{User: user, Code: code, Source: source})
		if err != nil {
			return err
		}
		if s.authenticator.MustEnroll(authentication) {
			return identity.ErrEnrollmentRequired
		}
		if _, err := tx.DropTicket(ctx, stored.Hash); err != nil {
			return err
		}
		if err := s.authenticator.RecordSuccess(ctx, tx, user.ID, source); err != nil {
			return err
		}
		grant, err = s.resume(ctx, tx, authentication, stored, origin)
		return err
	})
	if err != nil {
		return SignInResult{}, s.afterRefusal(ctx, who, err)
	}
	return grant, nil
}

// resume creates the session or token that the sign-in with a ticket asked for.
func (s *Service) resume(ctx context.Context, tx transaction.Tx, authentication identity.Authentication, ticket identity.Ticket, origin Origin) (SignInResult, error) {
	var order access.Order
	if err := json.Unmarshal([]byte(ticket.Order), &order); err != nil {
		return SignInResult{}, fmt.Errorf("read the token order of a ticket: %w", err)
	}
	return s.Grant(ctx, tx, authentication, order, origin)
}

// giveTicket adds a PartialSignIn to a refusal if the sign-in can be completed
// later.
func (s *Service) giveTicket(ctx context.Context, tx transaction.Tx, userID string, request ProofRequest, err error) error {
	missing, ok := errors.AsType[*refusal.Error](err)
	if !ok || !slices.Contains(request.resumable, missing.Reason) {
		return err
	}
	order, err := json.Marshal(request.order)
	if err != nil {
		return fmt.Errorf("write the token order of a ticket: %w", err)
	}
	value, ticket, err := s.authenticator.IssueTicket(ctx, tx, userID, string(order))
	if err != nil {
		return err
	}
	return missing.With(PartialSignIn{Ticket: value, Expires: ticket.Expires})
}

// afterRefusal returns the refusal of a step. It deletes expired tickets or
// enrollments if one was refused, so that a clock that is set back can't revive it,
// and counts an unknown ticket as unknown tokens are counted.
func (s *Service) afterRefusal(ctx context.Context, who Applicant, refused error) error {
	switch {
	case errors.Is(refused, identity.ErrNoTicket):
		err := s.db.Write(ctx, func(tx transaction.Tx) error { return tx.SweepTickets(ctx, s.now(), sweepBatch) })
		return cmp.Or(err, s.CountUnknown(ctx, who.origin(), refused))
	case errors.Is(refused, identity.ErrNoEnrollment):
		err := s.db.Write(ctx, func(tx transaction.Tx) error { return tx.SweepEnrollments(ctx, s.now(), sweepBatch) })
		return cmp.Or(err, refused)
	default:
		return refused
	}
}
