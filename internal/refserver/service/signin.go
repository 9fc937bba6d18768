package service

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// Grant is a new token and what its holder should know of it.
type SignInResult struct {
	access.Issued
	User      identity.User
	Idle      time.Duration // 0: no idle limit
	CodesLeft *int          // recovery codes, where one was spent
}

// SignIn checks a person and makes the token that they order. It answers the
// refusals of package identity, access.ErrExpiresInPast, and one with a
// PartialSignIn where the server wants a second factor that the person does not have.
func (s *Service) SignIn(ctx context.Context, attempt identity.Attempt, order access.Order, origin Origin) (SignInResult, error) {
	return s.signIn(ctx, proofRequest{
		attempt: attempt, action: audit.SignIn, origin: origin, order: order,
		halfway: []refusal.Reason{refusal.EnrollmentRequired},
	})
}

func (s *Service) signIn(ctx context.Context, v proofRequest) (grant SignInResult, err error) {
	if err := s.issuer.Check(v.order); err != nil {
		return SignInResult{}, err
	}
	err = s.prove(ctx, v, func(tx transaction.Tx, authentication identity.Authentication) (err error) {
		if s.authenticator.MustEnrol(authentication) {
			return identity.ErrEnrolmentRequired
		}
		grant, err = s.grantTo(ctx, tx, authentication, v.order, v.origin)
		return err
	})
	if err != nil {
		return SignInResult{}, err
	}
	return grant, nil
}

// grantTo makes what somebody ordered who showed who they are.
func (s *Service) grantTo(ctx context.Context, tx transaction.Tx, authentication identity.Authentication, order access.Order, origin Origin) (SignInResult, error) {
	issued, err := s.issuer.ForPerson(ctx, tx, orderFor(authentication.User.ID, origin, order))
	if err != nil {
		return SignInResult{}, err
	}
	idle, err := s.idleLimit(ctx, tx, issued.Token)
	if err != nil {
		return SignInResult{}, err
	}
	grant := SignInResult{Issued: issued, User: authentication.User, Idle: idle}
	if authentication.Factor == identity.FactorRecoveryCode {
		grant.CodesLeft = &authentication.CodesLeft
	}
	subject := audit.ShortSignature(issued.Token.Signature)
	return grant, tx.AppendAudit(ctx, s.authenticatedEntry(origin, authentication, actionOf(issued.Token), subject))
}

// orderFor says in an order who gets the token and where it was asked for.
func orderFor(userID string, origin Origin, order access.Order) access.Order {
	order.UserID, order.Address, order.Client = userID, origin.Address.String(), origin.UserAgent
	return order
}

// idleLimit returns the limit that holds for a token; API tokens have none.
func (s *Service) idleLimit(ctx context.Context, tx transaction.Tx, token access.Token) (time.Duration, error) {
	if token.Kind == access.APIToken {
		return 0, nil
	}
	return s.sessionLimit(ctx, tx, token.UserID)
}

// sessionLimit returns the idle limit of a user's sessions.
func (s *Service) sessionLimit(ctx context.Context, tx transaction.Tx, userID string) (time.Duration, error) {
	memberships, err := tx.MembershipsOf(ctx, userID)
	if err != nil {
		return 0, err
	}
	return directory.IdleLimit(memberships, s.limits.Idle), nil
}

func actionOf(token access.Token) audit.Action {
	if token.Kind == access.APIToken {
		return audit.TokenNew
	}
	return audit.SignIn
}
