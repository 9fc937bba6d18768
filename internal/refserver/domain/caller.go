package domain

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Caller is who makes a request, by the token in it.
type Caller struct {
	User   identity.User
	Token  access.Token
	Idle   time.Duration // the idle limit of the token; 0: none
	Origin Origin
}

// Authenticate recognises a token and notes its use. It answers
// access.ErrUnknownToken, an access.EndedError, or an identity.ThrottledError
// where too many unknown tokens came from the same network; a good token is
// never held up by those.
func (d *Domain) Authenticate(ctx context.Context, bearer secret.Text, origin Origin) (Caller, error) {
	caller := Caller{Origin: origin}
	err := d.db.Read(ctx, func(tx Tx) (err error) {
		if caller.Token, err = tx.TokenBySignature(ctx, access.Signature(bearer)); err != nil {
			return err
		}
		if caller.User, err = tx.UserByID(ctx, caller.Token.UserID); err != nil {
			return err
		}
		caller.Idle, err = d.idleLimit(ctx, tx, caller.Token)
		return err
	})
	if errors.Is(err, access.ErrUnknownToken) {
		return Caller{}, d.unknownToken(ctx, origin)
	}
	if err != nil {
		return Caller{}, err
	}
	return caller, d.use(ctx, caller)
}

// unknownToken counts a token that does not exist.
func (d *Domain) unknownToken(ctx context.Context, origin Origin) error {
	err := d.db.Write(ctx, func(tx Tx) error {
		return identity.CountUnknownToken(ctx, tx, identity.Source(origin.Address), d.now())
	})
	if err != nil {
		return err
	}
	return access.ErrUnknownToken
}

// use notes that the token was used, or refuses it. A token found to be over is
// marked so, lest a clock that goes back revive it.
func (d *Domain) use(ctx context.Context, caller Caller) error {
	now, token := d.now(), caller.Token
	reason := token.State(now, caller.Idle)
	if reason == "" && caller.User.Disabled {
		reason = access.Revoked
	}
	switch {
	case reason == "" && !token.TouchDue(now, caller.Idle):
		return nil
	case reason == "":
		return d.db.Write(ctx, func(tx Tx) error {
			return tx.TouchToken(ctx, token.Signature, now, caller.Origin.Address.String())
		})
	case token.Ended.IsZero():
		err := d.db.Write(ctx, func(tx Tx) error { return tx.EndToken(ctx, token.Signature, now, reason) })
		return errors.Join(err, &access.EndedError{Reason: reason})
	default:
		return &access.EndedError{Reason: reason}
	}
}

// Read runs a transaction on behalf of a caller.
func (d *Domain) Read(ctx context.Context, caller Caller, f func(Tx, directory.Viewer) error) error {
	return d.db.Read(ctx, func(tx Tx) error { return d.withViewer(ctx, tx, caller, f) })
}

// Change runs a transaction on behalf of a caller that changes something, and
// writes its audit row. The function returns what was changed.
func (d *Domain) Change(ctx context.Context, caller Caller, action audit.Action, f func(Tx, directory.Viewer) (subject string, err error)) error {
	return d.db.Write(ctx, func(tx Tx) error {
		return d.withViewer(ctx, tx, caller, func(tx Tx, viewer directory.Viewer) error {
			subject, err := f(tx, viewer)
			if err != nil {
				return err
			}
			return tx.AppendAudit(ctx, d.entry(caller.Origin, caller.User.ID, action, subject))
		})
	})
}

func (d *Domain) withViewer(ctx context.Context, tx Tx, caller Caller, f func(Tx, directory.Viewer) error) error {
	viewer, err := directory.NewViewer(ctx, tx, caller.User.ID, caller.Token.Scope.Ceiling)
	if err != nil {
		return err
	}
	return f(tx, viewer)
}
