// Package access decides what a request may do: it makes sessions and API
// tokens, recognises them, and ends them.
//
// It promises that a token is stored only as its signature; that an ended
// token never lives again, not even when the clock goes back; that a session
// ends at its idle limit or up to a thirtieth of it earlier, never later; that
// a token made from a token reaches no further and lives no longer; and that
// revocation holds from the very next request, because nothing is cached.
//
// It knows neither HTTP nor SQL; time and randomness come in from outside. Who
// a person is was settled before, in package identity; what a project allows
// is asked of package directory, whose levels a [Scope] limits.
package access

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// What a token can be refused with, beside refusal.SessionEnded.
var (
	// ErrUnknownToken is answered for a token that never existed.
	ErrUnknownToken = &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.UnknownToken, Message: "no such token"}
	// ErrNoSuchToken is answered for a signature that is none of the caller's.
	// It is apart from ErrUnknownToken, lest a client take it for a refusal of
	// the token in its own hand.
	ErrNoSuchToken = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoToken, Message: "the user has no such token"}
	// ErrReauthenticate asks for a recent sign-in, or the password in the request.
	ErrReauthenticate = &refusal.Error{Code: refusal.Denied, Reason: refusal.Reauthentication, Message: "a recent sign-in is needed"}
	// ErrBeyondScope refuses what the caller's token does not reach.
	ErrBeyondScope = &refusal.Error{Code: refusal.Denied, Reason: refusal.BeyondScope, Message: "beyond the scope of the token"}
	// ErrNoSession is answered for an ID that none of the user's has.
	ErrNoSession = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoSession, Message: "no such session"}
	// ErrAmbiguousID refuses an ID that several of the user's have.
	ErrAmbiguousID = &refusal.Error{Code: refusal.Invalid, Reason: refusal.AmbiguousID, Message: "the ID is not unique"}
	// ErrExpiresInPast refuses a token that would be dead at birth.
	ErrExpiresInPast = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ExpiresInPast, Message: "the expiry is in the past"}
	// ErrExpiresLater refuses to lengthen the life of a token.
	ErrExpiresLater = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ExpiresLater, Message: "the expiry is later than before"}
	// ErrValueTaken is answered where a token has the same secret as another.
	ErrValueTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.TokenTaken, Message: "the value is taken"}
	// ErrLabelTaken is answered where another token of the user has the label and
	// must not.
	ErrLabelTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LabelTaken, Message: "the label is taken"}
	// ErrOver refuses to change a token of the user that has ended. It is apart
	// from refusal.SessionEnded for the same reason as ErrNoSuchToken.
	ErrOver = &refusal.Error{Code: refusal.Conflict, Reason: refusal.TokenEnded, Message: "the token has ended already"}
)

// Tx is what this package needs of a transaction.
type Tx interface {
	// InsertToken answers ErrValueTaken when there is or was one with the signature.
	InsertToken(ctx context.Context, token Token) error
	// GoodTokens lists the tokens of all users, behind a signature in the order of
	// signatures, that have not ended in any way at a time; sessions that are idle
	// for too long are among them.
	GoodTokens(ctx context.Context, after string, now time.Time, count int) ([]Token, error)
	// TokenBySignature answers ErrUnknownToken when there is none.
	TokenBySignature(ctx context.Context, signature string) (Token, error)
	// SearchTokens returns the tokens of one user and of one kind that a query asks
	// for, from its position on; fewer than its limit mean that there are no more.
	SearchTokens(ctx context.Context, query Query) ([]Token, error)
	// MemberTokens returns the tokens that a query asks for; fewer than its limit
	// mean that there are no more.
	MemberTokens(ctx context.Context, query MemberQuery) ([]Token, error)
	// TokenTree lists what has not ended of a token and those that were made with
	// it, and with them, and so on.
	TokenTree(ctx context.Context, signature string) ([]Token, error)
	// UpdateToken stores label, description, scope and expiry of a token that has
	// not ended.
	UpdateToken(ctx context.Context, token Token) error
	// SourceKnown reports whether AddSource was called with the source.
	SourceKnown(ctx context.Context, signature, source string) (bool, error)
	// AddSource notes a network that a token was used from; twice is no error.
	AddSource(ctx context.Context, signature, source string) error
	// TouchToken notes a use, unless the token has ended or a later use is noted.
	TouchToken(ctx context.Context, signature string, at time.Time, address string) error
	// EndToken ends one token that has not ended yet.
	EndToken(ctx context.Context, signature string, at time.Time, reason Reason) error
	// EndTokenTree also ends the tokens that were made with it, and theirs.
	EndTokenTree(ctx context.Context, signature string, at time.Time, reason Reason) error
	// EndSessions is EndTokenTree for every session that the user ever had, except
	// one by its signature, where that is not empty: what was made with one that is
	// over may live on.
	EndSessions(ctx context.Context, userID, except string, at time.Time, reason Reason) error
	// ForgetTokens drops tokens that were made, and ended or expired, before a
	// time: the oldest first, and no more than count.
	ForgetTokens(ctx context.Context, before time.Time, count int) error
	// Reauthenticate notes that a password was given again for a token, unless
	// it has ended.
	Reauthenticate(ctx context.Context, signature string, at time.Time) error
	// EndTokens ends every session and API token of a user, and what was made with
	// them, also for somebody else.
	EndTokens(ctx context.Context, userID string, at time.Time, reason Reason) error
}

// Kind tells sessions from API tokens.
type Kind string

// The kinds of tokens.
const (
	Session  Kind = "session" // made by a sign-in; ends when idle
	APIToken Kind = "token"   // made with a label or a scope; ends at its expiry
)

// Reason says why a token does not work any more, in the words that go to clients.
type Reason = refusal.Reason

// The reasons.
const (
	Idle      = refusal.Idle
	Expired   = refusal.Expired
	Revoked   = refusal.Revoked
	Elsewhere = refusal.Elsewhere
)

// Ended refuses a token that was good once.
func Ended(reason Reason) *refusal.Error {
	return refusal.New(refusal.SessionEnded, "the token has ended: %s", reason).Because(reason)
}

// Token is a session or an API token as it is stored.
type Token struct {
	Signature     string // sha256 of the token, 64 lower-case hexadecimal digits
	Kind          Kind
	UserID        string
	Label         string
	Description   string
	Scope         Scope
	Parent        string // signature; empty: none
	Created       time.Time
	Authenticated time.Time // when a password was last given for it; zero: never
	Expires       time.Time
	LastUsed      time.Time // zero: an API token that never was
	LastAddress   string    // where it was used last, or made
	Client        string    // what made it, as it called itself
	Ended         time.Time
	EndReason     Reason
}

// Signature returns the form in which a token is stored and named.
func Signature(token secret.Text) string {
	return token.SHA256()
}

// SignedInWithin reports whether a password was given for the token at most that
// long before now. A moment that has not come yet is none: the clock was wrong.
func (t Token) SignedInWithin(limit time.Duration, now time.Time) bool {
	return now.Sub(t.Authenticated).Abs() < limit
}

// State says how a token stands at a time, with the idle limit that applies
// to its owner. The zero Reason means that it is good.
func (t Token) State(now time.Time, idle time.Duration) Reason {
	switch {
	case !t.Ended.IsZero():
		return t.EndReason
	case !now.Before(t.Expires):
		return Expired
	case t.Kind == Session && now.Sub(t.LastUsed) >= idle:
		return Idle
	default:
		return ""
	}
}

// isOver reports whether a token has ended, whatever its idle limit.
func (t Token) isOver(now time.Time) bool { return !t.Ended.IsZero() || !now.Before(t.Expires) }

// TouchDue reports whether a use at now has to be written down. Uses are
// coalesced to one write every 30 s or, of a session, a thirtieth of its limit,
// whichever is shorter, so that the limit errs to the early side only.
func (t Token) TouchDue(now time.Time, idle time.Duration) bool {
	interval := 30 * time.Second
	if t.Kind == Session {
		interval = min(interval, idle/30)
	}
	return now.Sub(t.LastUsed) >= interval
}
