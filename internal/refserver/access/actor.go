package access

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// Actor is who acts on tokens: a user, by the token in hand.
type Actor struct {
	UserID      string
	IsSuperuser bool // the user administers the platform
	Token       Token
}

// ErrNotSuperuser refuses what only an administrator of the platform may do.
var ErrNotSuperuser = &refusal.Error{
	Code: refusal.Denied, Reason: refusal.NotSuperuser, Message: "an administrator of the platform is needed",
}

// Administers reports whether the actor acts as an administrator of the platform.
// A token that reaches some projects only does not.
func (a Actor) Administers() bool { return a.IsSuperuser && a.Token.Scope.Full }

// RequireAdministrator returns ErrNotSuperuser unless the actor administers the
// platform.
func (a Actor) RequireAdministrator() error {
	if !a.Administers() {
		return ErrNotSuperuser
	}
	return nil
}

// answersFor reports whether a user's tokens are the actor's to look at and end.
func (a Actor) answersFor(userID string) bool { return userID == a.UserID || a.Administers() }

// Limit narrows a query to the tokens that the actor answers for, and reports
// whether there can be any.
func (a Actor) Limit(query Query) (limited Query, some bool) {
	if query.UserID == "" && !a.Administers() {
		query.UserID = a.UserID
	}
	return query, query.UserID == "" || a.answersFor(query.UserID)
}

// Ref names a token by its signature.
type Ref struct {
	Signature string
	UserID    string // whose it must be; empty: anybody's
	Live      bool   // it must be good, but for its idle limit
}

// Resolve returns a token that the actor answers for. It returns ErrNoSuchToken,
// also for a token of somebody else.
func (a Actor) Resolve(ctx context.Context, tx Tx, ref Ref, now time.Time) (Token, error) {
	token, err := tx.TokenBySignature(ctx, ref.Signature)
	if errors.Is(err, ErrUnknownToken) {
		return Token{}, ErrNoSuchToken
	}
	if err != nil {
		return Token{}, err
	}
	isOthers := !a.answersFor(token.UserID) || ref.UserID != "" && token.UserID != ref.UserID
	if isOthers || ref.Live && token.isOver(now) {
		return Token{}, ErrNoSuchToken
	}
	return token, nil
}

// RequireRevoke returns ErrBeyondScope unless the actor's token may end one: it
// may end itself, and others only if it reaches the whole account.
func (a Actor) RequireRevoke(ref Ref) error {
	if ref.Signature != a.Token.Signature && !a.Token.Scope.Meets(WholeAccount) {
		return ErrBeyondScope
	}
	return nil
}
