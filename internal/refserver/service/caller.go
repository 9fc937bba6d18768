package service

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Caller is the user who makes a request, with the token in it.
type Caller struct {
	User   identity.Principal
	Token  access.Token
	Idle   time.Duration // the idle limit of the token; 0: none
	Origin Origin

	isNewSource bool // the token was neither created nor used in that network before
}

// actor returns the parts of a caller that the rules about tokens need.
func (c Caller) actor() access.Actor {
	return access.Actor{UserID: c.User.ID, IsSuperuser: c.User.Superuser, Token: c.Token}
}

// Authenticate recognizes a token, records its use and decides whether its scope
// meets the need of the request. No operation of this package checks that again,
// unless it depends on more than the token. It returns access.ErrUnknownToken,
// refusal.SessionEnded, access.ErrBeyondScope, or refusal.TooManyAttempts if too
// many unknown tokens came from the same network; those never delay a good token.
func (s *Service) Authenticate(ctx context.Context, bearer secret.Text, need access.Need, origin Origin) (Caller, error) {
	source := identity.Source(origin.Address)
	holder, err := s.db.TokenHolder(ctx, access.Signature(bearer), source)
	if errors.Is(err, access.ErrUnknownToken) {
		return Caller{}, s.CountUnknown(ctx, origin, access.ErrUnknownToken)
	}
	if err != nil {
		return Caller{}, err
	}
	caller := Caller{
		User: holder.User, Token: holder.Token, Origin: origin,
		isNewSource: !holder.SourceKnown,
	}
	caller.Idle = s.IdleOf(holder.Token, holder.AutoLogout)
	if end := s.EndOf(holder); end.Reason != "" {
		return Caller{}, s.refuseEnded(ctx, holder.Token, end)
	}
	if err := s.use(ctx, caller); err != nil {
		return Caller{}, err
	}
	if !caller.Token.Scope.Meets(need) {
		return Caller{}, access.ErrBeyondScope
	}
	return caller, nil
}

// Begin waits until a request of the caller may run. It returns the context of the
// request, the function that ends it, and the errors of inprogress.Requests.
func (s *Service) Begin(ctx context.Context, caller Caller) (request context.Context, end func(), err error) {
	return s.requests.Begin(ctx, caller.User.ID)
}

// CountUnknown counts an unknown secret against the network that it came from. It
// returns the given error, or refusal.TooManyAttempts if the network has to wait.
func (s *Service) CountUnknown(ctx context.Context, origin Origin, unknown error) error {
	err := s.db.Write(ctx, func(tx transaction.Tx) error {
		return identity.CountUnknownToken(ctx, tx, identity.Source(origin.Address), s.now())
	})
	return cmp.Or(err, unknown)
}

// IdleOf returns the idle limit of a token; API tokens have none.
func (s *Service) IdleOf(token access.Token, autoLogout time.Duration) time.Duration {
	if token.Kind != access.Session {
		return 0
	}
	return cmp.Or(autoLogout, s.limits.Idle)
}

// EndOf returns the end of a token, which may be that of the token that it was made
// with.
func (s *Service) EndOf(holder transaction.TokenHolder) access.End {
	if holder.Root == nil {
		return access.EndOf(s.linkOf(holder), nil, s.now())
	}
	root := s.linkOf(*holder.Root)
	return access.EndOf(s.linkOf(holder), &root, s.now())
}

func (s *Service) linkOf(holder transaction.TokenHolder) access.Link {
	return access.Link{Token: holder.Token, Idle: s.IdleOf(holder.Token, holder.AutoLogout), Blocked: holder.User.Blocked || holder.RuleEnded}
}

// refuseEnded returns the refusal of a token that has ended. The end is stored, so
// that a clock that is set back cannot revive it, nor what was made with it.
func (s *Service) refuseEnded(ctx context.Context, token access.Token, end access.End) error {
	if !token.Ended.IsZero() {
		return access.Ended(end.Reason)
	}
	err := s.db.Write(ctx, func(tx transaction.Tx) error { return tx.EndTokenTree(ctx, end.Signature, s.now(), end.Reason) })
	return errors.Join(access.Ended(end.Reason), err)
}

// use records that the token was used, if that is due. It is not a use of the token that it
// was made with.
func (s *Service) use(ctx context.Context, caller Caller) error {
	now := s.now()
	if !caller.isNewSource && !caller.Token.TouchDue(now, caller.Idle) {
		return nil
	}
	return s.noteUse(ctx, caller, now)
}

func (s *Service) noteUse(ctx context.Context, caller Caller, now time.Time) error {
	return s.db.Write(ctx, func(tx transaction.Tx) error {
		if caller.isNewSource {
			return s.noteSource(ctx, tx, caller)
		}
		return tx.TouchToken(ctx, caller.Token.Signature, now, caller.Origin.Address.String())
	})
}

// noteSource records both the network of the request and the previous one, which
// TouchToken overwrites.
func (s *Service) noteSource(ctx context.Context, tx transaction.Tx, caller Caller) error {
	signature, source := caller.Token.Signature, identity.Source(caller.Origin.Address)
	if known, err := tx.SourceKnown(ctx, signature, source); err != nil || known { // another request recorded it first
		return err
	}
	for _, used := range []string{identity.SourceOf(caller.Token.LastAddress), source} {
		if err := tx.AddSource(ctx, signature, used); err != nil {
			return err
		}
	}
	if err := tx.TouchToken(ctx, signature, s.now(), caller.Origin.Address.String()); err != nil {
		return err
	}
	return s.auditToken(ctx, tx, caller, audit.TokenUse, signature)
}

// Read runs a transaction on behalf of a caller.
func (s *Service) Read(ctx context.Context, caller Caller, f func(transaction.Tx, directory.Viewer) error) error {
	return s.db.Read(ctx, func(tx transaction.Tx) error { return s.withViewer(ctx, tx, caller, f) })
}

// ReadAs is Read with a result.
func ReadAs[T any](ctx context.Context, s *Service, caller Caller, f func(transaction.Tx, directory.Viewer) (T, error)) (T, error) {
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (result T, err error) {
		err = s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) (err error) {
			result, err = f(tx, viewer)
			return err
		})
		return result, err
	})
}

// Change runs a transaction that changes something on behalf of a caller, and
// writes its audit row. f returns what was changed.
func (s *Service) Change(ctx context.Context, caller Caller, action audit.Action, f func(transaction.Tx, directory.Viewer) (subject string, err error)) error {
	_, err := ChangeAs(ctx, s, caller, action, func(tx transaction.Tx, viewer directory.Viewer) (_ struct{}, subject string, err error) {
		subject, err = f(tx, viewer)
		return struct{}{}, subject, err
	})
	return err
}

// ChangeAs is Change with a result.
func ChangeAs[T any](
	ctx context.Context, s *Service, caller Caller, action audit.Action,
	f func(transaction.Tx, directory.Viewer) (result T, subject string, err error),
) (T, error) {
	return transaction.Write(ctx, s.db, func(tx transaction.Tx) (result T, err error) {
		err = s.withViewer(ctx, tx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
			var subject string
			if result, subject, err = f(tx, viewer); err != nil {
				return err
			}
			return tx.AppendAudit(ctx, s.AuditEntry(caller.Origin, caller.User.ID, action, subject))
		})
		return result, err
	})
}

func (s *Service) withViewer(ctx context.Context, tx transaction.Tx, caller Caller, f func(transaction.Tx, directory.Viewer) error) error {
	ceiling, err := trust.CeilingOf(ctx, tx, caller.Token.Scope)
	if err != nil {
		return err
	}
	viewer := directory.NewViewer(caller.User.ID, ceiling.On)
	viewer.BillTo, viewer.Superuser, viewer.Excluded = caller.User.BillTo, caller.actor().Administers(), caller.Token.Scope.WithoutOrgs
	err = f(tx, viewer)
	return cmp.Or(ceiling.Err(), err)
}
