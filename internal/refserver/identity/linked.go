package identity

import (
	"cmp"
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
)

// LinkedIdentity is an account of a user at an OpenID provider, with which the user can
// sign in. Issuer and Subject name it; an address never does, because a provider may give
// it to somebody else later.
type LinkedIdentity struct {
	Issuer  string
	Subject string
	UserID  string
	Email   string // as the provider said when it was linked; may be empty
	Linked  time.Time
	Used    time.Time // at the last sign-in; zero: never, or not known
}

// Refusals of links.
var (
	// ErrIdentityTaken means that the identity is linked to another account.
	ErrIdentityTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.IdentityTaken, Message: "this identity is linked to an account already"}
	// ErrNoIdentity means that the account has no such identity.
	ErrNoIdentity = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoIdentity, Message: "the account has no such identity"}
	// ErrLastIdentity means that the user could not sign in any more.
	ErrLastIdentity = &refusal.Error{
		Code: refusal.Conflict, Reason: refusal.LastIdentity,
		Message: "this is the only way in which the user can sign in: the account needs a password first",
	}
	// ErrLinkFactor means that the account has a second factor, which a provider would
	// go around.
	ErrLinkFactor = &refusal.Error{
		Code: refusal.Conflict, Reason: refusal.LinkFactor,
		Message: "the account uses two-factor authentication: turn it off first, or sign in with password and code",
	}
	// ErrFactorFirst means that the account has a password, so that an enforced second
	// factor is required of it, which a provider would go around.
	ErrFactorFirst = &refusal.Error{
		Code: refusal.Denied, Reason: refusal.LinkFactor,
		Message: "this server requires two-factor authentication of accounts with a password: sign in with password and code",
	}
)

// Link links an identity to an account. An account without a password is then one whose
// user signs in only through a provider. It returns ErrIdentityTaken and ErrLinkFactor.
func Link(ctx context.Context, tx Tx, user User, identity LinkedIdentity) error {
	if _, on, err := tx.SecondFactor(ctx, user.ID); err != nil || on {
		return cmp.Or[error](err, ErrLinkFactor)
	}
	identity.UserID = user.ID
	added, err := tx.InsertLinkedIdentity(ctx, identity)
	if err != nil || !added {
		return cmp.Or[error](err, ErrIdentityTaken)
	}
	if user.PasswordHash != "" {
		return nil
	}
	return tx.SetSSO(ctx, user.ID, true)
}

// Unlink removes an identity from an account. It returns ErrNoIdentity, and
// ErrLastIdentity if the user has no password and no other identity.
func Unlink(ctx context.Context, tx Tx, user User, issuer, subject string) error {
	found, known, err := tx.LinkedIdentity(ctx, issuer, subject)
	if err != nil || !known || found.UserID != user.ID {
		return cmp.Or[error](err, ErrNoIdentity)
	}
	linked, err := tx.LinkedIdentities(ctx, user.ID)
	if err != nil {
		return err
	}
	if len(linked) == 1 && user.PasswordHash == "" {
		return ErrLastIdentity
	}
	dropped, err := tx.DropLinkedIdentity(ctx, issuer, subject)
	if err == nil && !dropped {
		err = ErrNoIdentity
	}
	return err
}
