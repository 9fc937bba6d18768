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

// SignInResult is a new session or API token, with what the client shows of it.
type SignInResult struct {
	access.Issued
	User      identity.User
	Idle      time.Duration // 0: no idle limit
	CodesLeft *int          // unused recovery codes, if one was spent; else nil
}

// SignIn checks password and code, and creates the session or API token that the
// order asks for. It returns the refusals of package identity,
// access.ErrExpiresInPast, and a refusal with a PartialSignIn if the user has to
// enroll a second factor first.
func (s *Service) SignIn(ctx context.Context, attempt identity.Attempt, order access.Order, origin Origin) (SignInResult, error) {
	return s.signIn(ctx, ProofRequest{
		Attempt: attempt, Action: audit.SignIn, Origin: origin, order: order,
		resumable: []refusal.Reason{refusal.EnrollmentRequired},
	})
}

func (s *Service) signIn(ctx context.Context, request ProofRequest) (grant SignInResult, err error) {
	if err := s.issuer.Check(request.order); err != nil {
		return SignInResult{}, err
	}
	err = s.Prove(ctx, request, func(tx transaction.Tx, authentication identity.Authentication) (err error) {
		if s.authenticator.MustEnroll(authentication) {
			return identity.ErrEnrollmentRequired
		}
		grant, err = s.Grant(ctx, tx, authentication, request.order, request.Origin)
		return err
	})
	if err != nil {
		return SignInResult{}, err
	}
	return grant, nil
}

// Grant creates the session or API token that an authenticated user ordered.
func (s *Service) Grant(ctx context.Context, tx transaction.Tx, authentication identity.Authentication, order access.Order, origin Origin) (SignInResult, error) {
	issued, err := s.issuer.ForUser(ctx, tx, orderFor(authentication.User.ID, origin, order))
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

// orderFor adds the user and the origin of the request to an order.
func orderFor(userID string, origin Origin, order access.Order) access.Order {
	order.UserID, order.Address, order.Client, order.Protocol = userID, origin.Address.String(), origin.UserAgent, origin.Protocol
	return order
}

// idleLimit returns the idle limit of a token; API tokens have none.
func (s *Service) idleLimit(ctx context.Context, tx transaction.Tx, token access.Token) (time.Duration, error) {
	if token.Kind == access.APIToken {
		return 0, nil
	}
	return s.sessionLimit(ctx, tx, token.UserID)
}

// sessionLimit returns the idle limit of a user's sessions.
func (s *Service) sessionLimit(ctx context.Context, tx transaction.Tx, userID string) (time.Duration, error) {
	accepted, err := tx.AcceptedOrgs(ctx, userID)
	if err != nil {
		return 0, err
	}
	return directory.IdleLimit(accepted, s.limits.Idle), nil
}

func actionOf(token access.Token) audit.Action {
	if token.Kind == access.APIToken {
		return audit.TokenNew
	}
	return audit.SignIn
}
