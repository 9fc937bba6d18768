package access

import (
	"context"
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

// Resolve returns tokens that the actor may see and end, in the order of the references.
// It returns ErrNoSuchToken if one does not exist, or belongs to someone else.
func (a Actor) Resolve(ctx context.Context, tx Tx, refs []Ref, now time.Time) ([]Token, error) {
	signatures := make([]string, len(refs))
	for i, ref := range refs {
		signatures[i] = ref.Signature
	}
	stored, err := tx.TokensBySignature(ctx, signatures)
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, len(refs))
	for i, ref := range refs {
		token, exists := stored[ref.Signature]
		if !exists || !a.mayEnd(token, ref, now) {
			return nil, ErrNoSuchToken
		}
		tokens[i] = token
	}
	return tokens, nil
}

// mayEnd reports whether a token is the one that a reference means, and the actor may end it.
func (a Actor) mayEnd(token Token, ref Ref, now time.Time) bool {
	if ref.UserID != "" && token.UserID != ref.UserID || ref.Live && token.hasEnded(now) {
		return false
	}
	return a.manages(token.UserID)
}

// RequireRevoke returns ErrBeyondScope unless the actor's token may end the given
// one: itself always, others only with full scope.
func (a Actor) RequireRevoke(ref Ref) error {
	if ref.Signature != a.Token.Signature && !a.Token.Scope.Meets(WholeAccount) {
		return ErrBeyondScope
	}
	return nil
}
