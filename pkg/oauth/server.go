package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// ClientID is the name of dxauth among the clients of a server. It is public: there is no
// secret in a program that everybody has.
const ClientID = "dxauth-cli"

// Grant types of the token endpoint.
const (
	GrantCode     = "authorization_code"                              // RFC 6749, section 4.1.3
	GrantDevice   = "urn:ietf:params:oauth:grant-type:device_code"    // RFC 8628, section 3.4
	GrantExchange = "urn:ietf:params:oauth:grant-type:token-exchange" // RFC 8693, section 2.1
)

// TypeIDToken is the type of an OpenID Connect ID token (RFC 8693, section 3).
const TypeIDToken = "urn:ietf:params:oauth:token-type:id_token"

// Config says which server to call.
type Config struct {
	Server    string // base URL, which is also its issuer
	UserAgent string

	HTTP    *http.Client            // nil: [httpcall.NewHTTPClient]; its redirect policy is not used
	Trace   func(httpcall.Exchange) // nil: none; called after each try of each call
	Waiting func(httpcall.Pause)    // nil: none; called before a pause that the server asks for
}

// Server is an authorization server whose metadata are known. It may be used by several
// goroutines at once.
//
// Its calls return an [*Error] if the server refuses, an [*EndpointError] if it does not
// offer the call, and the errors of package httpcall.
type Server struct {
	config   Config
	metadata Metadata
}

// Metadata returns what the server says of itself.
func (s *Server) Metadata() Metadata { return s.metadata }

// AuthorizationRequest asks a user to give this program access (RFC 6749, section
// 4.1.1; RFC 7636, section 4.3).
type AuthorizationRequest struct {
	RedirectURI string
	State       secret.Text
	Verifier    secret.Text // its hash is sent here, and itself with the code
}

// AuthorizationURL returns the address to open in a browser.
func (s *Server) AuthorizationURL(request AuthorizationRequest) (string, error) {
	route, err := s.routeOf("authorization_endpoint", s.metadata.AuthorizationEndpoint)
	if err != nil {
		return "", err
	}
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {ClientID},
		"redirect_uri":          {request.RedirectURI},
		"state":                 {request.State.Reveal()},
		"code_challenge":        {Challenge(request.Verifier)},
		"code_challenge_method": {"S256"},
	}
	separator := "?"
	if strings.Contains(route, "?") { // RFC 6749, section 3.1
		separator = "&"
	}
	return s.metadata.Issuer + route + separator + query.Encode(), nil
}

// Challenge returns the challenge of a verifier (RFC 7636, section 4.2, S256).
func Challenge(verifier secret.Text) string {
	sum := sha256.Sum256([]byte(verifier.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// RedeemCode exchanges the code of an authorization response for a token (RFC 6749,
// section 4.1.3). It is sent once: a second time would end the token of the first.
func (s *Server) RedeemCode(ctx context.Context, request AuthorizationRequest, code secret.Text) (TokenResponse, error) {
	return s.token(ctx, url.Values{
		"grant_type":    {GrantCode},
		"client_id":     {ClientID},
		"code":          {code.Reveal()},
		"redirect_uri":  {request.RedirectURI},
		"code_verifier": {request.Verifier.Reveal()},
	})
}

// StartDevice asks for a code that a user approves in any browser (RFC 8628, section
// 3.1).
func (s *Server) StartDevice(ctx context.Context) (DeviceAuthorization, error) {
	route, err := s.routeOf("device_authorization_endpoint", s.metadata.DeviceAuthorizationEndpoint)
	if err != nil {
		return DeviceAuthorization{}, err
	}
	answer, err := s.post(ctx, route, url.Values{"client_id": {ClientID}})
	if err != nil {
		return DeviceAuthorization{}, err
	}
	var device DeviceAuthorization
	if err := answer.Decode(&device); err != nil {
		return DeviceAuthorization{}, err
	}
	if missing := device.missing(); missing != "" {
		return DeviceAuthorization{}, httpcall.Incomplete(s.metadata.Issuer, route, missing)
	}
	for _, address := range []string{device.VerificationURI, device.VerificationURIComplete} {
		if _, err := s.routeOf("verification_uri", address); address != "" && err != nil {
			return DeviceAuthorization{}, err // a user would take it for a page of this server
		}
	}
	return device, nil
}

// RedeemDevice asks once whether a device code is approved, and returns its token (RFC
// 8628, section 3.4). Until then it returns an [*Error] with the code [AuthorizationPending]
// or [SlowDown].
func (s *Server) RedeemDevice(ctx context.Context, code secret.Text) (TokenResponse, error) {
	return s.token(ctx, url.Values{"grant_type": {GrantDevice}, "client_id": {ClientID}, "device_code": {code.Reveal()}})
}

// ExchangeRequest asks for a token of this server in exchange for an ID token of a CI
// system (RFC 8693, section 2.1).
type ExchangeRequest struct {
	IDToken secret.Text

	// Which trust rule is meant, if several match. Both are dxauth's own.
	Org  string // ID or handle; empty: any
	Rule string // ID; empty: any
}

// ExchangeIDToken exchanges an ID token. Nothing is sent to a server that does not list the
// grant: it returns ErrNotOffered.
func (s *Server) ExchangeIDToken(ctx context.Context, request ExchangeRequest) (TokenResponse, error) {
	if !slices.Contains(s.metadata.GrantTypesSupported, GrantExchange) {
		return TokenResponse{}, ErrNotOffered
	}
	form := url.Values{
		"grant_type":         {GrantExchange},
		"client_id":          {ClientID},
		"subject_token":      {request.IDToken.Reveal()},
		"subject_token_type": {TypeIDToken},
	}
	for name, value := range map[string]string{"org": request.Org, "rule": request.Rule} {
		if value != "" {
			form.Set(name, value)
		}
	}
	return s.token(ctx, form)
}

func (s *Server) token(ctx context.Context, form url.Values) (TokenResponse, error) {
	route, err := s.routeOf("token_endpoint", s.metadata.TokenEndpoint)
	if err != nil {
		return TokenResponse{}, err
	}
	answer, err := s.post(ctx, route, form)
	if err != nil {
		return TokenResponse{}, err
	}
	var token TokenResponse
	if err := answer.Decode(&token); err != nil {
		return TokenResponse{}, err
	}
	if missing := token.missing(); missing != "" {
		return TokenResponse{}, httpcall.Incomplete(s.metadata.Issuer, route, missing)
	}
	return token, nil
}

// post sends a form once: what it holds is good for one use.
func (s *Server) post(ctx context.Context, route string, form url.Values) (httpcall.Answer, error) {
	header := http.Header{
		"User-Agent": {s.config.UserAgent}, "Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"},
	}
	answer, err := s.sender().Send(ctx, httpcall.Call{
		Method: http.MethodPost, Server: s.metadata.Issuer, Route: route, Header: header, Body: []byte(form.Encode()), Private: true,
	})
	if err != nil {
		return answer, err
	}
	if err := answer.Redirect(); err != nil {
		return answer, err
	}
	if answer.Status != http.StatusOK {
		return answer, refusalOf(answer)
	}
	return answer, nil
}

func (s *Server) sender() httpcall.Sender {
	return httpcall.Sender{HTTP: s.config.HTTP, Trace: s.config.Trace, Waiting: s.config.Waiting}
}
