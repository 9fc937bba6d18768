package access

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Limits are the durations that an operator can set.
type Limits struct {
	Idle           time.Duration // how long a session may be unused
	SessionMax     time.Duration // of a session from its start
	TokenMax       time.Duration // of an API token
	TokenDefault   time.Duration // of an API token without a requested expiry
	RecentSignIn   time.Duration // maximum age of a sign-in where a recent one is required
	NarrowTokenMax time.Duration // of a token made within its caller's scope without a recent sign-in
}

// DefaultLimits returns the limits of the platform: 15 minutes idle, 18 hours for a
// session, 30 days for an API token without a requested expiry.
func DefaultLimits() Limits {
	return Limits{
		Idle:           15 * time.Minute,
		SessionMax:     18 * time.Hour,
		TokenMax:       365 * 24 * time.Hour,
		TokenDefault:   30 * 24 * time.Hour,
		RecentSignIn:   5 * time.Minute,
		NarrowTokenMax: 24 * time.Hour,
	}
}

// RequireRecentSignIn returns ErrReauthenticate unless token is a session for which
// the password was entered recently. A new API token does not count as a sign-in.
func (l Limits) RequireRecentSignIn(token Token, now time.Time) error {
	if token.Kind != Session || !token.SignedInWithin(l.RecentSignIn, now) {
		return ErrReauthenticate
	}
	return nil
}

// Issuer creates tokens.
type Issuer struct {
	limits Limits
	now    func() time.Time
	random io.Reader
}

// NewIssuer returns an Issuer. Random must be fit for secrets.
func NewIssuer(limits Limits, now func() time.Time, random io.Reader) *Issuer {
	return &Issuer{limits: limits, now: now, random: random}
}

// Order describes a requested token.
type Order struct {
	UserID      string
	Label       string
	Description string
	Scope       *Scope    // nil: full
	Expires     time.Time // zero: the default of its kind
	Independent bool      // it is not to end with the session that makes it
	Form        Form
	Value       secret.Text `json:"-"` // given by the caller; zero: drawn by the issuer
	Client      string
	Protocol    Protocol
	Address     string
}

// Issued is a new token. Secret exists only here.
type Issued struct {
	Secret secret.Text
	Token  Token
}

// KindOf returns the kind of token that an order asks for: an API token if it has a
// label or a scope, otherwise a session.
func (o Order) KindOf() Kind {
	if o.Label != "" || o.Scope != nil {
		return APIToken
	}
	return Session
}

// Check returns ErrExpiresInPast if the order can never be fulfilled. Call it before
// expensive work such as a password check.
func (i *Issuer) Check(order Order) error {
	_, err := i.draft(order)
	return err
}

// ForUser creates a token for a user who has just authenticated.
func (i *Issuer) ForUser(ctx context.Context, tx Tx, order Order) (Issued, error) {
	token, err := i.draft(order)
	if err != nil {
		return Issued{}, err
	}
	token.Authenticated = token.Created
	return i.insert(ctx, tx, token, order)
}

// ForJob creates an API token for a program that proved what it is with an ID token. This
// is not a sign-in of the user.
func (i *Issuer) ForJob(ctx context.Context, tx Tx, order Order) (Issued, error) {
	token, err := i.draft(order)
	if err != nil {
		return Issued{}, err
	}
	return i.insert(ctx, tx, token, order)
}

// ForBearer creates an API token for the bearer of another token, the caller.
//
// A token within the caller's scope that lives for at most a day becomes a child of
// the caller and ends with it, unless it is to be independent of a session. Everything
// else requires a caller with full scope: a
// session with a recent sign-in gets a token without a parent, an API token gets a
// child that expires no later. Orgs excluded from the caller's scope are excluded
// from the new one, and the trust rule of the caller limits it, too.
//
// The caller of ForBearer calls MakeRoom in the same transaction.
//
// It returns ErrReauthenticate if the order is for a session or needs a recent
// sign-in, ErrBeyondScope if it exceeds the caller's scope, and
// refusal.SessionEnded if the caller has ended meanwhile.
func (i *Issuer) ForBearer(ctx context.Context, tx Tx, caller Token, order Order) (Issued, error) {
	if order.KindOf() == Session {
		return Issued{}, ErrReauthenticate
	}
	caller, err := Reload(ctx, tx, caller)
	if err != nil {
		return Issued{}, err
	}
	token, err := i.draft(order)
	if err != nil {
		return Issued{}, err
	}
	token.Scope = token.Scope.Below(caller.Scope)
	switch {
	case !order.isIndependentOf(caller) && i.isNarrow(token, caller, order):
		token.Parent = caller.Signature
	case !caller.Scope.Full || !token.Scope.Within(caller.Scope):
		return Issued{}, ErrBeyondScope
	case caller.Kind == APIToken:
		token.Parent = caller.Signature
	case !caller.SignedInWithin(i.limits.RecentSignIn, token.Created):
		return Issued{}, ErrReauthenticate
	}
	if token.Parent != "" {
		token.Root = cmp.Or(caller.Root, caller.Signature)
		if token.Expires.After(caller.Expires) {
			token.Expires = caller.Expires
		}
	}
	return i.store(ctx, tx, token, order)
}

// Reload reads the caller's token again in the transaction that relies on it,
// because it may have changed since the request was authenticated. It returns
// refusal.SessionEnded if it was revoked.
func Reload(ctx context.Context, tx Tx, caller Token) (Token, error) {
	stored, err := tx.TokenBySignature(ctx, caller.Signature)
	if err == nil && !stored.Ended.IsZero() {
		err = Ended(stored.EndReason)
	}
	return stored, err
}

// RequireFreeLabel returns ErrLabelTaken if an API token of the user has the label.
func RequireFreeLabel(ctx context.Context, tx Tx, userID, label string, now time.Time) error {
	same := Query{UserID: userID, Kind: APIToken, Label: label, Limit: 1}
	page, err := Find(ctx, tx, same, now, 0)
	if err == nil && len(page.Tokens) > 0 {
		err = ErrLabelTaken
	}
	return err
}

// isIndependentOf reports whether the token is not to end with the caller: only a session
// makes such tokens.
func (o Order) isIndependentOf(caller Token) bool { return o.Independent && caller.Kind == Session }

// isNarrow reports whether the order needs no recent sign-in: it has an explicit
// scope within the caller's and an expiry within NarrowTokenMax.
func (i *Issuer) isNarrow(token, caller Token, order Order) bool {
	return order.Scope != nil && !order.Scope.Full && !order.Expires.IsZero() &&
		token.Expires.Sub(token.Created) <= i.limits.NarrowTokenMax &&
		token.Scope.Within(caller.Scope)
}

// draft returns the token without parent and secret. It shortens an expiry beyond
// the maximum.
func (i *Issuer) draft(order Order) (Token, error) {
	now := i.now()
	kind := order.KindOf()
	longest, standard := i.limits.SessionMax, i.limits.SessionMax
	if kind == APIToken {
		longest, standard = i.limits.TokenMax, i.limits.TokenDefault
	}
	expires := order.Expires
	if expires.IsZero() {
		expires = now.Add(standard)
	}
	if !expires.After(now) {
		return Token{}, ErrExpiresInPast
	}
	if latest := now.Add(longest); expires.After(latest) {
		expires = latest
	}
	scope := FullScope()
	if order.Scope != nil {
		scope = *order.Scope
	}
	token := Token{
		Kind: kind, UserID: order.UserID, Label: order.Label, Description: order.Description, Scope: scope,
		Created: now, Expires: expires, LastAddress: order.Address, Client: order.Client, Protocol: order.Protocol,
	}
	if kind == Session {
		token.LastUsed = now // a sign-in counts as a use
	}
	return token, nil
}

// insert stores a token, and makes room for it.
func (i *Issuer) insert(ctx context.Context, tx Tx, token Token, order Order) (Issued, error) {
	issued, err := i.store(ctx, tx, token, order)
	if err == nil {
		err = makeRoom(ctx, tx, issued.Token, 1)
	}
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

func (i *Issuer) store(ctx context.Context, tx Tx, token Token, order Order) (Issued, error) {
	value, err := i.valueOf(order)
	if err != nil {
		return Issued{}, err
	}
	token.Signature = Signature(value)
	if err := tx.InsertToken(ctx, token); err != nil {
		return Issued{}, fmt.Errorf("store the token: %w", err)
	}
	return Issued{Secret: value, Token: token}, nil
}

// MakeRoom makes room for the tokens that ForBearer created in a transaction, once for each of
// their users: counting a user's tokens takes longer than storing one. It returns the refusal
// of quota.Tokens for a token too many.
func MakeRoom(ctx context.Context, tx Tx, made []Issued) error {
	type group struct {
		userID string
		kind   Kind
	}
	left := map[group]int{}
	for _, issued := range made {
		left[group{issued.Token.UserID, issued.Token.Kind}]++
	}
	for _, issued := range made {
		of := group{issued.Token.UserID, issued.Token.Kind}
		if left[of] == 0 {
			continue
		}
		if err := makeRoom(ctx, tx, issued.Token, left[of]); err != nil {
			return err
		}
		delete(left, of)
	}
	return nil
}

// surplus is how many tokens more than the new ones make room at most. More can be too many
// where a fixture exceeds a limit.
const surplus = 9

// makeRoom ends the oldest sessions of a user who has too many with some new ones, and
// forgets as many of those that have ended. It returns the refusal of quota.Tokens for an
// API token too many.
func makeRoom(ctx context.Context, tx Tx, token Token, made int) error {
	if err := tx.ForgetEnded(ctx, token.UserID, quota.EndedTokens, made+surplus); err != nil {
		return err
	}
	if token.Kind == Session {
		return tx.EndOldestSessions(ctx, token.UserID, token.Signature, quota.Sessions, made+surplus, token.Created, Elsewhere)
	}
	tokens, err := tx.CountTokens(ctx, token.UserID, token.Created, quota.Tokens.Max()+1)
	if err != nil {
		return err
	}
	return quota.Tokens.Check(tokens)
}

// valueOf returns the secret of the order, or a new random one if it has none.
func (i *Issuer) valueOf(order Order) (secret.Text, error) {
	if order.Value.IsZero() {
		return NewSecret(i.random, order.Form)
	}
	return order.Value, CheckValue(order.Value)
}
