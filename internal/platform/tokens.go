package platform

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Everything is the key of a scope's entry for all projects that it does not
// name.
const Everything = "*"

// Scope is what an API token reaches.
type Scope struct {
	Full     bool
	Projects map[string]string // project ID or Everything to a level; only where it is not full
	NoPHI    bool              // the data of PHI projects stays out of reach

	// WithoutOrgs are IDs of orgs whose admins have taken their projects out of
	// reach.
	WithoutOrgs []string
}

// Token is an API token as a list shows it. The token itself is nowhere. What a
// platform does not tell is the zero value.
type Token struct {
	ID       string // by which the platform knows it, in full
	Name     string
	Scope    Scope
	Created  time.Time
	Expires  time.Time
	LastUsed time.Time // zero: never, unless UseUnknown
	Address  string    // where it was used last
	Current  bool      // it is the one in use

	UseUnknown bool // the platform does not tell when a token was used
}

// TokenOrder asks for an API token.
type TokenOrder struct {
	Name        string
	Scope       Scope
	Expires     time.Time   // zero: the platform's default
	User        string      // whose token it is; empty: one's own
	Independent bool        // it is not to end with the session in use, even if it could be made without credentials then
	Credentials Credentials // proves who asks; the zero one is enough after a recent sign-in, and for a narrower token
}

// NewToken is a token that was just made. Secret exists only here.
type NewToken struct {
	Secret    secret.Text
	TokenType string
	ID        string
	Expires   time.Time // zero: the platform does not say
}

// TokenQuery says which tokens are listed.
type TokenQuery struct {
	Name    string // to the letter; empty: any
	ID      string // what the ID begins with; empty: any
	Expired bool   // those whose time is over instead of those that are good
}

// TokenChange changes a token; what is nil stays as it is.
type TokenChange struct {
	Name    *string
	Expires *time.Time // only earlier than before
}

// Tokens makes, lists and revokes API tokens of the user. A call that a platform
// does not have returns ErrNotOffered, and one that its protocol can't express a
// refusal with the code Usage, before anything is sent.
type Tokens interface {
	// NewToken returns the errors of SignIn, and ErrReauthenticate if it needs the
	// credentials. It is never retried automatically.
	NewToken(ctx context.Context, order TokenOrder) (NewToken, error)
	// ListTokens returns a page and the cursor of the next one, which is nil at
	// the end.
	ListTokens(ctx context.Context, query TokenQuery, cursor json.RawMessage) (page []Token, next json.RawMessage, err error)
	// ChangeToken returns ErrNotFound for an ID that no token of the user has, and
	// ErrTokenEnded, or ErrNotFound too, for one that has ended.
	ChangeToken(ctx context.Context, id string, change TokenChange) error
	// RevokeToken ends a token and what was made with it. It returns ErrNotFound
	// as ChangeToken does.
	RevokeToken(ctx context.Context, id string) error
}

// NewToken implements Tokens.
func (d dnanexusServer) NewToken(ctx context.Context, order TokenOrder) (NewToken, error) {
	if order.User != "" {
		return NewToken{}, refusal.New(refusal.Usage, "on DNAnexus users make tokens for themselves only")
	}
	request := dnanexus.NewAuthTokenRequest{
		Username: order.Credentials.Username, Password: order.Credentials.Password.OnWire(),
		Label: order.Name, Scope: scopeOnWire(order.Scope),
		Independent: order.Independent && !order.Scope.Full,
	}
	if !order.Credentials.Code.IsZero() {
		code := order.Credentials.Code.OnWire()
		request.OTP = &code
	}
	if !order.Expires.IsZero() {
		request.Expires = order.Expires.UnixMilli()
	}
	answer, err := d.client.NewAuthToken(ctx, request)
	if err != nil {
		return NewToken{}, Explain(err)
	}
	made := NewToken{Secret: answer.AccessToken.Text(), TokenType: answer.TokenType, Expires: order.Expires}
	made.ID = dnanexus.Signature(made.Secret)
	if answer.Expires > 0 {
		made.Expires = timeOfMillis(answer.Expires)
	}
	return made, nil
}

func scopeOnWire(scope Scope) *dnanexus.Scope {
	onWire := &dnanexus.Scope{Full: scope.Full, ExcludedOrgs: scope.WithoutOrgs}
	for id, level := range scope.Projects {
		if onWire.Projects == nil {
			onWire.Projects = map[string]dnanexus.Level{}
		}
		onWire.Projects[id] = dnanexus.Level(level)
	}
	if scope.NoPHI {
		no := false
		onWire.PHIAccess = &no
	}
	return onWire
}

func scopeFromWire(onWire *dnanexus.Scope) Scope {
	if onWire == nil {
		return Scope{} // the platform does not say
	}
	scope := Scope{Full: onWire.Full, NoPHI: onWire.PHIAccess != nil && !*onWire.PHIAccess, WithoutOrgs: onWire.ExcludedOrgs}
	for _, id := range slices.Sorted(maps.Keys(onWire.Projects)) {
		if scope.Projects == nil {
			scope.Projects = map[string]string{}
		}
		scope.Projects[id] = string(onWire.Projects[id])
	}
	return scope
}

// ListTokens implements Tokens. It looks at every token itself as well: only
// dxauth's own server chooses among them.
func (d dnanexusServer) ListTokens(ctx context.Context, query TokenQuery, cursor json.RawMessage) ([]Token, json.RawMessage, error) {
	limit := dnanexus.MaxTokensPage
	answer, err := d.client.FindAccessTokens(ctx, dnanexus.FindAccessTokensRequest{
		Label: true, Limit: &limit, Starting: cursor,
		Name: query.Name, Signature: query.ID, Expired: query.Expired,
	})
	if err != nil {
		return nil, nil, offered(err)
	}
	page := make([]Token, 0, len(answer.Tokens))
	for _, listed := range answer.Tokens {
		if token := tokenFromWire(listed); listed.Type != dnanexus.TokenTypeSession && query.fits(token) {
			page = append(page, token)
		}
	}
	return page, cursorOf(answer.Next), nil
}

// fits leaves the expiry to those who know what time it is.
func (q TokenQuery) fits(token Token) bool {
	return (q.Name == "" || q.Name == token.Name) && strings.HasPrefix(token.ID, q.ID)
}

func tokenFromWire(listed dnanexus.AuthToken) Token {
	token := Token{
		ID: listed.Signature, Name: listed.Label, Scope: scopeFromWire(listed.Scope),
		Created: timeOfMillis(listed.Created), Expires: timeOfMillis(listed.Expires),
		Current: listed.Current,
	}
	if listed.LastUsed != nil { // else the address is that of its making
		token.LastUsed, token.Address = timeOfMillis(*listed.LastUsed), listed.LastAddress
	}
	return token
}

// ChangeToken implements Tokens. Not found can mean an ID here: whether the call
// is offered, ListTokens tells.
func (d dnanexusServer) ChangeToken(ctx context.Context, id string, change TokenChange) error {
	request := dnanexus.UpdateAuthTokenRequest{Signature: id, Label: change.Name}
	if change.Expires != nil {
		expires := change.Expires.UnixMilli()
		request.Expires = &expires
	}
	err := d.client.UpdateAuthToken(ctx, request)
	if answer, ok := errors.AsType[*dnanexus.Error](err); ok && answer.Type == dnanexus.TypeInvalidState {
		return Answer{Type: answer.Type, Message: answer.Message}.as(ErrTokenEnded).Wrap(err)
	}
	return Explain(err)
}

// RevokeToken implements Tokens.
func (d dnanexusServer) RevokeToken(ctx context.Context, id string) error {
	return Explain(d.client.DestroyAuthToken(ctx, id))
}
