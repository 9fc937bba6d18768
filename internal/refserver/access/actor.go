package access

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Actor is the user who acts on tokens, and the token used for it.
type Actor struct {
	UserID      string
	IsSuperuser bool // is a platform administrator
	Token       Token
}

// ErrNotSuperuser is returned for what only a platform administrator may do.
var ErrNotSuperuser = &refusal.Error{
	Code: refusal.Denied, Reason: refusal.NotSuperuser, Message: "this requires a platform administrator",
}

// Administers reports whether the actor may act as a platform administrator, which
// requires a token with full scope.
func (a Actor) Administers() bool { return a.IsSuperuser && a.Token.Scope.Full }

// RequireAdministrator returns ErrNotSuperuser unless the actor administers.
func (a Actor) RequireAdministrator() error {
	if !a.Administers() {
		return ErrNotSuperuser
	}
	return nil
}

// manages reports whether the actor may see and end the user's tokens.
func (a Actor) manages(userID string) bool { return userID == a.UserID || a.Administers() }

// Limit narrows a query to the tokens that the actor may see, and reports whether
// there can be any.
func (a Actor) Limit(query Query) (limited Query, some bool) {
	if query.UserID == "" && !a.Administers() {
		query.UserID = a.UserID
	}
	return query, query.UserID == "" || a.manages(query.UserID)
}

// Ref names a token by its signature.
type Ref struct {
	Signature string
	UserID    string // required owner; empty: any
	Live      bool   // must not have ended; the idle limit is not checked
}

// Resolve returns a token that the actor may see and end. It returns ErrNoSuchToken
// if there is none, or if it belongs to someone else.
func (a Actor) Resolve(ctx context.Context, tx Tx, ref Ref, now time.Time) (Token, error) {
	token, err := tx.TokenBySignature(ctx, ref.Signature)
	if errors.Is(err, ErrUnknownToken) {
		return Token{}, ErrNoSuchToken
	}
	if err != nil {
		return Token{}, err
	}
	isOthers := !a.manages(token.UserID) || ref.UserID != "" && token.UserID != ref.UserID
	if isOthers || ref.Live && token.hasEnded(now) {
		return Token{}, ErrNoSuchToken
	}
	return token, nil
}

// RequireRevoke returns ErrBeyondScope unless the actor's token may end the given
// one: itself always, others only with full scope.
func (a Actor) RequireRevoke(ref Ref) error {
	if ref.Signature != a.Token.Signature && !a.Token.Scope.Meets(WholeAccount) {
		return ErrBeyondScope
	}
	return nil
}
