package platform

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/browserlogin"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/oauth"
	"github.com/dxauth/dxauth/pkg/secret"
)

// TokenServer is the part of a server that gives a credential without a password: to a
// user who signs in in a browser, and to a CI job with an ID token. Servers of dxauth
// have it, whichever type they are of.
type TokenServer struct {
	kind   Type
	access Access
	server *oauth.Server
}

// FindTokenServer returns ErrNotOffered for a server that has none.
func FindTokenServer(ctx context.Context, kind Type, access Access) (*TokenServer, error) {
	access.Token, access.TokenType = secret.Text{}, ""
	server, err := oauth.Discover(ctx, oauth.Config{
		Server: access.AuthServer, UserAgent: access.UserAgent, HTTP: access.HTTP, Trace: access.Trace, Waiting: access.Wait,
	})
	switch {
	case errors.Is(err, oauth.ErrNotOffered):
		return nil, ErrNotOffered
	case err != nil:
		return nil, Explain(err)
	default:
		return &TokenServer{kind: kind, access: access, server: server}, nil
	}
}

// Audience is what an ID token must be made for.
func (s *TokenServer) Audience() string { return s.server.Metadata().Issuer }

// SignInHere signs in with a browser on this machine. It calls show with the address to
// open.
func (s *TokenServer) SignInHere(ctx context.Context, show func(address string) error) (SignInResult, error) {
	token, err := s.flow().Loopback(ctx, show)
	return s.verified(ctx, token, err)
}

// SignInAnywhere signs in with a browser on any machine. It calls show with the code.
func (s *TokenServer) SignInAnywhere(ctx context.Context, show func(browserlogin.Prompt) error) (SignInResult, error) {
	token, err := s.flow().Device(ctx, show)
	return s.verified(ctx, token, err)
}

func (s *TokenServer) flow() browserlogin.Flow {
	return browserlogin.Flow{Server: s.server, Random: s.access.Random, Now: s.access.Now, After: time.After}
}

// ExchangeIDToken returns a token for the ID token of a CI job. It returns ErrNotOffered
// from a server that exchanges none.
func (s *TokenServer) ExchangeIDToken(ctx context.Context, request oauth.ExchangeRequest) (SignInResult, error) {
	token, err := s.server.ExchangeIDToken(ctx, request)
	if errors.Is(err, oauth.ErrNotOffered) {
		return SignInResult{}, ErrNotOffered
	}
	return s.verified(ctx, token, err)
}

// verified asks the server whose token it is. One that does not work is revoked: nobody
// would ever use it.
func (s *TokenServer) verified(ctx context.Context, token oauth.TokenResponse, err error) (SignInResult, error) {
	if err != nil {
		return SignInResult{}, Explain(err)
	}
	access := s.access
	access.Token, access.TokenType = token.AccessToken.Text(), s.kind.TokenType()
	p := Connect(s.kind, access)
	holder, err := p.Verify(ctx)
	if err != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
		defer cancel()
		_ = p.SignOut(bounded) // the first error says what is wrong
		return SignInResult{}, err
	}
	result := SignInResult{
		Token: access.Token, TokenType: access.TokenType, User: holder.User,
		Expires: timeOfMillis(token.Expires), Idle: durationOf(token.IdleTimeout, time.Millisecond),
	}
	if result.Expires.IsZero() {
		result.Expires = holder.Expires
	}
	return result, nil
}

// revokeTime is how long revoking a token that does not work may take.
const revokeTime = 5 * time.Second

// explainOAuth returns the refusal for an error of package oauth, or nil for another error.
func explainOAuth(err error) *refusal.Error {
	if wrong, ok := errors.AsType[*oauth.IssuerError](err); ok {
		return refusal.New(refusal.Network, "%s", wrong).
			WithHint("give that address with --server; if it is wrong, the server's administrator has to correct it")
	}
	if wrong, ok := errors.AsType[*oauth.EndpointError](err); ok {
		return refusal.New(refusal.Network, "%s", wrong)
	}
	refused, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		return nil
	}
	said := Answer{Type: refused.Code, Message: refused.Description}
	if refused.Code == oauth.TemporarilyUnavailable {
		return refusal.New(refusal.Unavailable, "%s", refused).With(said)
	}
	return refusal.New(refusal.Denied, "%s", refused).With(said)
}

// TokenPage says where the web page of a platform makes tokens.
type TokenPage struct {
	URL   string
	Place string // on that page
}

// TokenPage returns where people make a token for a program that can't sign them in.
func (p *Platform) TokenPage() TokenPage {
	const profile = "My Profile > API Tokens"
	switch {
	case p.kind == TypeMOLGENIS:
		return TokenPage{p.server + "/", "the entity Token in the data explorer, which administrators see"}
	case p.kind == TypeEMX2:
		return TokenPage{p.server + "/", "your name > Manage tokens"}
	case p.server == "https://api.dnanexus.com":
		return TokenPage{"https://platform.dnanexus.com/", profile}
	case p.server == "https://stagingapi.dnanexus.com":
		return TokenPage{"https://staging.dnanexus.com/", profile}
	default:
		return TokenPage{p.server + "/", profile}
	}
}
