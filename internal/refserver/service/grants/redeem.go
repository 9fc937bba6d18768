package grants

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
)

// redemption is how a kind of code becomes a session.
type redemption struct {
	spend func(transaction.Tx) (spent, error)
	note  func(tx transaction.Tx, hash string, made grant.Made) error
}

// spent is a code that was spent, now or before.
type spent struct {
	hash     string
	approval grant.Approval
	token    string // signature of what it made before
}

// outcome is the result of a transaction that is committed even if it is a refusal.
type outcome[T any] struct {
	result  T
	refused error
}

// commit runs f in a transaction. A refusal is committed, too: it is counted, or the code
// of it is spent.
func commit[T any](ctx context.Context, db transaction.DB, f func(transaction.Tx) (T, error)) (T, error) {
	done, err := transaction.Write(ctx, db, func(tx transaction.Tx) (outcome[T], error) {
		result, err := f(tx)
		if isRefusal(err) {
			return outcome[T]{refused: err}, nil
		}
		return outcome[T]{result: result}, err
	})
	return done.result, errors.Join(err, done.refused)
}

// redeem spends a code and makes the session, in one transaction.
func (s *Service) redeem(ctx context.Context, origin service.Origin, r redemption) (service.SignInResult, error) {
	result, err := commit(ctx, s.db, func(tx transaction.Tx) (service.SignInResult, error) {
		code, err := r.spend(tx)
		if err != nil {
			return service.SignInResult{}, s.noteRefusal(ctx, tx, code, origin, err)
		}
		result, err := s.makeSession(ctx, tx, code.approval, origin)
		if err != nil {
			return service.SignInResult{}, s.noteRefusal(ctx, tx, code, origin, err)
		}
		return result, r.note(tx, code.hash, grant.Made{Token: result.Token.Signature, Until: result.Token.Expires})
	})
	if refusal.ReasonOf(err) == refusal.WrongGrant {
		return result, s.service.CountUnknown(ctx, origin, err)
	}
	return result, err
}

// noteRefusal writes the audit row of a refusal if the code exists, and ends what an
// earlier use of it made: somebody else has the code, and nobody knows who was first (RFC 6749,
// section 4.1.2). It returns the refusal, or the error that prevents that.
func (s *Service) noteRefusal(ctx context.Context, tx transaction.Tx, code spent, origin service.Origin, refused error) error {
	if !errors.Is(refused, grant.ErrBadGrant) || code.hash == "" {
		return refused
	}
	row := s.service.AuditEntry(origin, "", audit.SignIn, code.approval.UserID)
	row.Result = audit.ResultOf(refused)
	if err := tx.AppendAudit(ctx, row); err != nil {
		return err
	}
	if code.token != "" {
		if err := tx.EndTokenTree(ctx, code.token, s.service.Now(), access.Revoked); err != nil {
			return err
		}
	}
	return refused
}

// makeSession makes a session for the user who approved. It returns grant.ErrBadGrant if
// the approval does not count any more.
func (s *Service) makeSession(ctx context.Context, tx transaction.Tx, approval grant.Approval, origin service.Origin) (service.SignInResult, error) {
	session, err := s.sessionOf(ctx, tx, approval)
	if err != nil {
		return service.SignInResult{}, err
	}
	user, err := tx.UserByID(ctx, approval.UserID)
	if err != nil {
		return service.SignInResult{}, err
	}
	if user.Blocked() {
		return service.SignInResult{}, grant.ErrBadGrant
	}
	authentication := identity.Authentication{User: user, Factor: FactorBrowser}
	result, err := s.service.Grant(ctx, tx, authentication, access.Order{Form: s.form}, origin)
	if err != nil {
		return service.SignInResult{}, err
	}
	result.Token.Authenticated = session.Authenticated
	return result, tx.Reauthenticate(ctx, result.Token.Signature, session.Authenticated)
}

// sessionOf returns the session in which an approval was given. Whether it has been idle
// since does not matter: the user has just used it.
func (s *Service) sessionOf(ctx context.Context, tx transaction.Tx, approval grant.Approval) (access.Token, error) {
	session, err := access.Reload(ctx, tx, access.Token{Signature: approval.Session})
	hasEnded := errors.Is(err, access.ErrUnknownToken) || refusal.CodeOf(err) == refusal.SessionEnded
	if hasEnded || err == nil && !s.service.Now().Before(session.Expires) {
		return access.Token{}, grant.ErrBadGrant
	}
	return session, err
}
