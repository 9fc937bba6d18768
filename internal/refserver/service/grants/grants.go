// Package grants has the use cases of the authorization server: a user approves a program
// in a browser, and the program gets a session.
//
// It promises that a program gets a session only with the consent of a user who signed in
// within the last minutes; that a consent counts only while the session in which it was
// given does, so that whoever signs out everywhere also ends what was approved before; that
// the new session is no more recently authenticated than the one of the browser; that a
// code and the session that it makes are one transaction; and that the second use of a code
// ends the session that the first one made, and is in the audit log.
//
// The rules of codes are in package grant.
package grants

import (
	"context"
	"errors"
	"io"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// FactorBrowser is how a user authenticated who approved a program in a browser.
const FactorBrowser identity.Factor = "browser"

// Config configures a Service.
type Config struct {
	Service *service.Service
	Random  io.Reader   // fit for secrets
	Form    access.Form // of the tokens of sessions
}

// Service is what the authorization server calls.
type Service struct {
	service *service.Service
	db      transaction.DB
	random  io.Reader
	form    access.Form
}

// New returns a Service.
func New(c Config) *Service {
	return &Service{service: c.Service, db: c.Service.DB(), random: c.Random, form: c.Form}
}

// IssueCode returns the code of a program that the caller approves. It returns
// access.ErrReauthenticate without a recent sign-in, and refusal.SessionEnded.
func (s *Service) IssueCode(ctx context.Context, caller service.Caller, request grant.Request) (secret.Text, error) {
	if err := s.service.RequireRecentSignIn(caller); err != nil {
		return secret.Text{}, err
	}
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (secret.Text, error) {
		if _, err := access.Reload(ctx, tx, caller.Token); err != nil {
			return secret.Text{}, err
		}
		code, err := grant.IssueCode(ctx, tx, s.random, request, approvalOf(caller), s.service.Now())
		if err != nil {
			return secret.Text{}, err
		}
		return code, s.noteDecision(ctx, tx, caller, audit.GrantApprove, code.SHA256())
	})
}

func approvalOf(caller service.Caller) grant.Approval {
	return grant.Approval{UserID: caller.User.ID, Session: caller.Token.Signature}
}

// noteDecision writes the audit row of a decision. A code is named by the first digits of
// its hash, as a token is.
func (s *Service) noteDecision(ctx context.Context, tx transaction.Tx, caller service.Caller, action audit.Action, hash string) error {
	return tx.AppendAudit(ctx, s.service.AuditEntry(caller.Origin, caller.User.ID, action, audit.ShortSignature(hash)))
}

// RedeemCode returns the session for an authorization code. It returns grant.ErrBadGrant,
// grant.ErrUsed, and refusal.TooManyAttempts after many unknown codes from one network.
func (s *Service) RedeemCode(ctx context.Context, sent grant.Redemption, origin service.Origin) (service.SignInResult, error) {
	return s.redeem(ctx, origin, redemption{
		spend: func(tx transaction.Tx) (spent, error) {
			code, err := grant.RedeemCode(ctx, tx, sent, s.service.Now())
			return spent{code.Hash, code.Approval, code.Token}, err
		},
		note: func(tx transaction.Tx, hash string, made grant.Made) error { return tx.SetCodeToken(ctx, hash, made) },
	})
}

// Revoke ends a session or token, and what was made with it. Knowing it is the proof that
// it belongs to the caller. It is not an error if it has ended or never existed (RFC 7009,
// section 2.2).
func (s *Service) Revoke(ctx context.Context, value secret.Text, origin service.Origin) error {
	signature := access.Signature(value)
	isActive, err := transaction.Read(ctx, s.db, func(tx transaction.Tx) (bool, error) {
		token, err := tx.TokenBySignature(ctx, signature)
		return err == nil && token.Ended.IsZero(), ignoreUnknown(err)
	})
	if err != nil || !isActive {
		return err
	}
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		token, err := tx.TokenBySignature(ctx, signature)
		if err != nil || !token.Ended.IsZero() {
			return ignoreUnknown(err)
		}
		if err := tx.EndTokenTree(ctx, signature, s.service.Now(), access.Revoked); err != nil {
			return err
		}
		return tx.AppendAudit(ctx, s.service.AuditEntry(origin, token.UserID, audit.TokenRevoke, audit.ShortSignature(signature)))
	})
}

func ignoreUnknown(err error) error {
	if errors.Is(err, access.ErrUnknownToken) {
		return nil
	}
	return err
}

// Sweep deletes codes that are no longer needed. Call it about every minute.
func (s *Service) Sweep(ctx context.Context) error {
	for _, step := range grant.Sweep(s.service.Now()) {
		if err := s.db.Write(ctx, func(tx transaction.Tx) error { return step(ctx, tx) }); err != nil {
			return err
		}
	}
	return nil
}

// isRefusal reports whether an error says something about a request, as opposed to a
// failure of the store.
func isRefusal(err error) bool {
	switch refusal.CodeOf(err) {
	case refusal.WrongCredentials, refusal.Denied, refusal.NotFound, refusal.Conflict, refusal.Throttled, refusal.SessionEnded:
		return true
	default:
		return errors.Is(err, grant.ErrDevicesFull)
	}
}
