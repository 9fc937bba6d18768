package access

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Limits are the durations that an operator can set.
type Limits struct {
	Idle           time.Duration // of a session without use
	SessionMax     time.Duration // of a session from its start
	TokenMax       time.Duration // of an API token
	TokenDefault   time.Duration // of an API token that asks for no expiry
	RecentSignIn   time.Duration // how long a sign-in may be old where one is needed
	NarrowTokenMax time.Duration // of a token that was made within its caller's scope
}

// DefaultLimits are those of the platform: 15 minutes idle, 30 days for a
// session, a month for an API token without an expiry.
func DefaultLimits() Limits {
	return Limits{
		Idle:           15 * time.Minute,
		SessionMax:     30 * 24 * time.Hour,
		TokenMax:       365 * 24 * time.Hour,
		TokenDefault:   30 * 24 * time.Hour,
		RecentSignIn:   5 * time.Minute,
		NarrowTokenMax: 24 * time.Hour,
	}
}

// RequireRecentSignIn returns ErrReauthenticate unless a password was given for a
// session a short while ago. An API token is no sign-in, however new it is.
func (l Limits) RequireRecentSignIn(token Token, now time.Time) error {
	if token.Kind != Session || !token.SignedInWithin(l.RecentSignIn, now) {
		return ErrReauthenticate
	}
	return nil
}

// Issuer makes tokens.
type Issuer struct {
	limits Limits
	now    func() time.Time
	random io.Reader
}

// NewIssuer makes a mint that draws from random, which must be fit for secrets.
func NewIssuer(limits Limits, now func() time.Time, random io.Reader) *Issuer {
	return &Issuer{limits: limits, now: now, random: random}
}

// Order asks for a token.
type Order struct {
	UserID      string
	Label       string
	Description string
	Scope       *Scope    // nil: full
	Expires     time.Time // zero: the default of its kind
	Form        Form
	Value       secret.Text `json:"-"` // drawn by whoever asks; zero: by the mint
	Client      string
	Address     string
}

// Issued is a new token. Secret exists only here.
type Issued struct {
	Secret secret.Text
	Token  Token
}

// KindOf says what an order makes: with a label or a scope it is an API token,
// without either a session.
func (o Order) KindOf() Kind {
	if o.Label != "" || o.Scope != nil {
		return APIToken
	}
	return Session
}

// Check finds out whether the order could be met at all, before anything is
// done for it. It answers ErrExpiresInPast.
func (i *Issuer) Check(order Order) error {
	_, err := i.draft(order)
	return err
}

// ForPerson makes a token for somebody who just proved who they are.
func (i *Issuer) ForPerson(ctx context.Context, tx Tx, order Order) (Issued, error) {
	token, err := i.draft(order)
	if err != nil {
		return Issued{}, err
	}
	token.Authenticated = token.Created
	return i.insert(ctx, tx, token, order)
}

// ForBearer makes a token for somebody who only shows one. A token within the
// caller's scope and of at most a day needs no more than that, and dies with
// the caller. Everything else needs a full token, whose scope it may not exceed:
// from a session whose sign-in is recent comes a token without a parent, from a
// full API token a child that ends no later. The orgs that the caller has to
// stay out of are out of reach for the new token too. A bearer never gets a
// session, and one whose token has ended since it was recognised gets nothing:
// refusal.SessionEnded.
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
	token.Scope = token.Scope.Without(caller.Scope.WithoutOrgs...)
	switch {
	case i.isNarrow(token, caller, order):
		token.Parent = caller.Signature
	case !caller.Scope.Full || !token.Scope.Within(caller.Scope):
		return Issued{}, ErrBeyondScope
	case caller.Kind == APIToken:
		token.Parent = caller.Signature
	case !caller.SignedInWithin(i.limits.RecentSignIn, token.Created):
		return Issued{}, ErrReauthenticate
	}
	if token.Parent != "" && token.Expires.After(caller.Expires) {
		token.Expires = caller.Expires
	}
	return i.insert(ctx, tx, token, order)
}

// Reload returns a token as it is in the transaction that relies on it: a change
// that came in between, such as a revocation, did not see what is made now. It
// returns refusal.TokenEnded if it has ended.
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

// isNarrow reports whether the order is the exception that needs no sign-in:
// an explicit scope and a near expiry, both within what the caller has.
func (i *Issuer) isNarrow(token, caller Token, order Order) bool {
	return order.Scope != nil && !order.Scope.Full && !order.Expires.IsZero() &&
		token.Expires.Sub(token.Created) <= i.limits.NarrowTokenMax &&
		token.Scope.Within(caller.Scope)
}

// draft fills in all but the parent and the secret. An expiry beyond the
// maximum is shortened to it.
func (i *Issuer) draft(order Order) (Token, error) {
	now := i.now()
	kind := order.KindOf()
	longest, usual := i.limits.SessionMax, i.limits.SessionMax
	if kind == APIToken {
		longest, usual = i.limits.TokenMax, i.limits.TokenDefault
	}
	expires := order.Expires
	if expires.IsZero() {
		expires = now.Add(usual)
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
		Created: now, Expires: expires, LastAddress: order.Address, Client: order.Client,
	}
	if kind == Session {
		token.LastUsed = now // a sign-in is a use
	}
	return token, nil
}

func (i *Issuer) insert(ctx context.Context, tx Tx, token Token, order Order) (Issued, error) {
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

// valueOf draws the secret of a token, unless it was drawn by whoever asks.
func (i *Issuer) valueOf(order Order) (secret.Text, error) {
	if order.Value.IsZero() {
		return NewSecret(i.random, order.Form)
	}
	return order.Value, CheckValue(order.Value)
}
