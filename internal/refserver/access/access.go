// Package access creates, finds, limits and revokes sessions and API tokens.
//
// It promises that only the signature of a token is stored; that a token that has
// ended never becomes valid again, not even if the clock is set back; that a
// session ends at its idle limit or up to a thirtieth of it earlier, never later;
// that a token made with another token has no wider scope and no later expiry, and
// is valid only while that one is; and that a revocation takes effect with the next
// request, because nothing is cached.
//
// It knows neither HTTP nor SQL; time and randomness are passed in. Package
// identity authenticates users before; a [Scope] limits the levels of package
// directory.
package access

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/clock"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Refusals of tokens, besides refusal.SessionEnded.
var (
	// ErrUnknownToken is returned for a token that never existed.
	ErrUnknownToken = &refusal.Error{Code: refusal.Unauthenticated, Reason: refusal.UnknownToken, Message: "no such token"}
	// ErrNoSuchToken is returned for a signature that is not one of the caller's
	// tokens. It differs from ErrUnknownToken so that a client does not take it
	// for a refusal of its own token.
	ErrNoSuchToken = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoToken, Message: "the user has no such token"}
	// ErrReauthenticate requires a recent sign-in, or the password in the request.
	ErrReauthenticate = &refusal.Error{Code: refusal.Denied, Reason: refusal.Reauthentication, Message: "a recent sign-in is required"}
	// ErrBeyondScope is returned for what is outside the scope of the caller's token.
	ErrBeyondScope = &refusal.Error{Code: refusal.Denied, Reason: refusal.BeyondScope, Message: "beyond the scope of the token"}
	// ErrNoSession is returned for an ID that matches none of the user's tokens.
	ErrNoSession = &refusal.Error{Code: refusal.NotFound, Reason: refusal.NoSession, Message: "no such session"}
	// ErrAmbiguousID is returned for an ID that matches several of the user's tokens.
	ErrAmbiguousID = &refusal.Error{Code: refusal.Invalid, Reason: refusal.AmbiguousID, Message: "the ID matches more than one token"}
	// ErrExpiresInPast is returned for a token that would have expired already.
	ErrExpiresInPast = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ExpiresInPast, Message: "the expiry is in the past"}
	// ErrExpiresLater is returned for an expiry later than the present one.
	ErrExpiresLater = &refusal.Error{Code: refusal.Invalid, Reason: refusal.ExpiresLater, Message: "the expiry is later than before"}
	// ErrValueTaken is returned if another token has or had the same secret.
	ErrValueTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.TokenTaken, Message: "the value is taken"}
	// ErrLabelTaken is returned if another token of the user has the label and labels
	// must be unique.
	ErrLabelTaken = &refusal.Error{Code: refusal.Conflict, Reason: refusal.LabelTaken, Message: "the label is taken"}
	// ErrTokenEnded is returned for a change to a token of the user that has ended.
	// It differs from refusal.SessionEnded for the reason given at ErrNoSuchToken.
	ErrTokenEnded = &refusal.Error{Code: refusal.Conflict, Reason: refusal.TokenEnded, Message: "the token has ended already"}
)

// Tx is what this package needs of a transaction.
type Tx interface {
	// InsertToken returns ErrValueTaken if there is or was one with the signature.
	InsertToken(ctx context.Context, token Token) error
	// CountGood returns how many tokens match a query for a user, or for all users.
	CountGood(ctx context.Context, userID string, now time.Time) (int, error)
	// TokenBySignature returns ErrUnknownToken if there is none.
	TokenBySignature(ctx context.Context, signature string) (Token, error)
	// SearchTokens returns the tokens of one user and one kind that match a query,
	// after its position. Fewer than its limit means that there are no more.
	SearchTokens(ctx context.Context, query Query) ([]Token, error)
	// MemberTokens returns the tokens that match a query. Fewer than its limit means
	// that there are no more.
	MemberTokens(ctx context.Context, query MemberQuery) ([]Token, error)
	// TokensMadeWith returns at most limit of the tokens that were made with another one
	// directly and have not ended, in the order of their signatures after the given one.
	TokensMadeWith(ctx context.Context, parent, after string, limit int) ([]Token, error)
	// UpdateToken stores label, description, scope and expiry, unless the token has
	// ended.
	UpdateToken(ctx context.Context, token Token) error
	// SourceKnown reports whether AddSource was called with the source before.
	SourceKnown(ctx context.Context, signature, source string) (bool, error)
	// AddSource records a network that a token was used from, and forgets others beyond
	// quota.TokenSources. Repeating it is not an error.
	AddSource(ctx context.Context, signature, source string) error
	// TouchToken records a use, unless the token has ended or was used later by at
	// most ClockSkew. A use further ahead dates from a time when the clock was wrong.
	TouchToken(ctx context.Context, signature string, at time.Time, address string) error
	// TokensBySignature returns the tokens that exist, by signature.
	TokensBySignature(ctx context.Context, signatures []string) (map[string]Token, error)
	// EndTokenTree ends a token and those made with it, directly or indirectly, unless
	// they have ended.
	EndTokenTree(ctx context.Context, signature string, at time.Time, reason Reason) error
	// EndTokenTrees is EndTokenTree for many tokens, in as many statements as for one.
	EndTokenTrees(ctx context.Context, signatures []string, at time.Time, reason Reason) error
	// EndIdleSessions calls EndTokenTree for at most count sessions that were not used
	// for as long as the orgs of their users allow, or for usual if no org sets a limit.
	EndIdleSessions(ctx context.Context, at time.Time, usual time.Duration, count int) error
	// EndSessions calls EndTokenTree for every session of the user, except for the
	// given signature, which may be empty.
	EndSessions(ctx context.Context, userID, except string, at time.Time, reason Reason) error
	// EndOldestSessions calls EndTokenTree for at most count of the user's sessions: those
	// not used for the longest time, so that keep are left, the given signature among
	// them.
	EndOldestSessions(ctx context.Context, userID, signature string, keep, count int, at time.Time, reason Reason) error
	// ForgetEnded deletes at most count of the user's tokens that have ended, the first
	// to end first, if there are more than keep.
	ForgetEnded(ctx context.Context, userID string, keep, count int) error
	// CountTokens returns how many API tokens of a user have not ended or expired, but at
	// most atMost.
	CountTokens(ctx context.Context, userID string, now time.Time, atMost int) (int, error)
	// EndExpired ends at most count tokens of a kind that expired after since and not
	// after now, each at its expiry.
	EndExpired(ctx context.Context, kind Kind, since, now time.Time, count int) error
	// EndAhead calls EndTokenTree for at most count tokens of a kind that were made
	// after latest, and for sessions that were used after it.
	EndAhead(ctx context.Context, kind Kind, latest, now time.Time, count int) error
	// ForgetTokens deletes at most count tokens that were made and ended before a
	// time, the oldest first. An expired token has ended when EndExpired says so.
	ForgetTokens(ctx context.Context, before time.Time, count int) error
	// EndSome ends at most count tokens of a kind, of all users, and those made with them.
	// Those made with one count as ended at once; a further call stores that. It reports
	// whether there may be more.
	EndSome(ctx context.Context, kind Kind, at time.Time, reason Reason, count int) (more bool, err error)
	// Reauthenticate records that the user of a token entered the password again,
	// unless the token has ended.
	Reauthenticate(ctx context.Context, signature string, at time.Time) error
	// EndTokens ends every session and API token of a user, and all tokens made with
	// them, even those of other users.
	EndTokens(ctx context.Context, userID string, at time.Time, reason Reason) error
	// CompleteEnds stores the end of at most count of the tokens that ended with others.
	// They have ended already, for every other method. It reports whether there are more.
	CompleteEnds(ctx context.Context, count int) (more bool, err error)
}

// Protocol names the protocol over which a token was made; empty: none, or not known.
type Protocol string

// Kind distinguishes sessions from API tokens.
type Kind string

// The kinds of tokens.
const (
	Session  Kind = "session" // made by a sign-in; also ends when idle
	APIToken Kind = "token"   // made with a label or a scope; ends at its expiry
)

// Reason says why a token has ended, in the words that clients get.
type Reason = refusal.Reason

// The reasons.
const (
	Idle      = refusal.Idle
	Expired   = refusal.Expired
	Revoked   = refusal.Revoked
	Elsewhere = refusal.Elsewhere
)

// ClockSkew is how far the clocks of requests that run at the same time may differ.
const ClockSkew = 30 * time.Second

// Ended returns the refusal of a token that has ended.
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
	Parent        string // signature of the token that it was made with; empty: none
	Root          string // signature of the first of its parents; empty: none
	Created       time.Time
	Authenticated time.Time // when the password was last entered for it; zero: never
	Expires       time.Time
	LastUsed      time.Time // zero: an API token that was never used
	LastAddress   string    // where it was last used, or made
	Client        string    // program that made it, by its own name
	Protocol      Protocol
	Ended         time.Time
	EndReason     Reason
}

// Signature returns the hash by which a token is stored and named.
func Signature(token secret.Text) string {
	return token.SHA256()
}

// Size returns the bytes of the texts of a token.
func (t Token) Size() int {
	size := len(t.Label) + len(t.Description) + len(t.Client)
	for project := range t.Scope.Projects {
		size += len(project)
	}
	for _, org := range t.Scope.WithoutOrgs {
		size += len(org)
	}
	return size
}

// SignedInWithin reports whether the password was entered for the token less than
// limit before now. A time further than limit in the future does not count: the
// clock was wrong then.
func (t Token) SignedInWithin(limit time.Duration, now time.Time) bool {
	return now.Sub(t.Authenticated).Abs() < limit
}

// State returns why a token has ended, or "" if it is valid, given the idle limit of
// its owner. A time further ahead than clock.Slack means that it has ended.
func (t Token) State(now time.Time, idle time.Duration) Reason {
	switch {
	case !t.Ended.IsZero():
		return t.EndReason
	case !(clock.Span{Made: t.Created, Ends: t.Expires}).Contains(now):
		return Expired
	case t.Kind == Session && (now.Sub(t.LastUsed) >= idle || clock.Ahead(t.LastUsed, now)):
		return Idle
	default:
		return ""
	}
}

// hasEnded reports whether a token has ended or expired, regardless of idle limits.
func (t Token) hasEnded(now time.Time) bool { return !t.Ended.IsZero() || !now.Before(t.Expires) }

// TouchDue reports whether a use at now must be recorded. Uses are recorded at most
// every 30 s or, for a session, every thirtieth of its idle limit, whichever is
// shorter. A session can therefore only end too early, never too late.
func (t Token) TouchDue(now time.Time, idle time.Duration) bool {
	interval := 30 * time.Second
	if t.Kind == Session {
		interval = min(interval, idle/30)
	}
	return now.Sub(t.LastUsed).Abs() >= interval
}
