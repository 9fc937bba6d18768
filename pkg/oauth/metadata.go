package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// RouteMetadata is where a server describes its endpoints (RFC 8414, section 3).
const RouteMetadata = "/.well-known/oauth-authorization-server"

// Metadata describes an authorization server (RFC 8414, section 2).
type Metadata struct {
	Issuer                      string `json:"issuer"`
	AuthorizationEndpoint       string `json:"authorization_endpoint,omitempty"`
	TokenEndpoint               string `json:"token_endpoint,omitempty"`
	DeviceAuthorizationEndpoint string `json:"device_authorization_endpoint,omitempty"` // RFC 8628, section 4
	RevocationEndpoint          string `json:"revocation_endpoint,omitempty"`

	ResponseTypesSupported            []string `json:"response_types_supported"`
	GrantTypesSupported               []string `json:"grant_types_supported,omitempty"`
	CodeChallengeMethodsSupported     []string `json:"code_challenge_methods_supported,omitempty"`
	TokenEndpointAuthMethodsSupported []string `json:"token_endpoint_auth_methods_supported,omitempty"`

	RevocationEndpointAuthMethodsSupported []string `json:"revocation_endpoint_auth_methods_supported,omitempty"`

	// IssInResponses says that each authorization response names the issuer (RFC 9207,
	// section 3).
	IssInResponses bool `json:"authorization_response_iss_parameter_supported,omitempty"`
}

// ErrNotOffered means that a server has no metadata, and so none of the endpoints, or does
// not list a grant.
var ErrNotOffered = errors.New("the server has no such OAuth 2.0 endpoint")

// IssuerError means that a server says it is another one.
type IssuerError struct{ Server, Issuer string }

// Error names both addresses.
func (e *IssuerError) Error() string {
	return fmt.Sprintf("%s says that its address is %s", e.Server, e.Issuer)
}

// EndpointError means that an endpoint is missing or not below the address of its server.
type EndpointError struct {
	Server string
	Name   string // of the member of the metadata
}

// Error names the endpoint, and not the address that it has.
func (e *EndpointError) Error() string {
	return fmt.Sprintf("%s has no %s below its own address", e.Server, e.Name)
}

// Discover reads the metadata of a server. It returns ErrNotOffered if the server has
// none, and an [*IssuerError] if they are those of another server.
func Discover(ctx context.Context, config Config) (*Server, error) {
	config.Server = strings.TrimRight(config.Server, "/")
	if config.HTTP == nil {
		config.HTTP = httpcall.NewHTTPClient(httpcall.ClientConfig{})
	}
	s := &Server{config: config}
	answer, err := s.readMetadata(ctx)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(answer.Body, &s.metadata); err != nil || s.metadata.Issuer == "" {
		return nil, ErrNotOffered
	}
	if s.metadata.Issuer != config.Server {
		return nil, &IssuerError{Server: config.Server, Issuer: answer.Excerpt(s.metadata.Issuer)}
	}
	return s, nil
}

// readMetadata looks below the server's path first: a proxy in front of it may pass on
// nothing else. RFC 8414, section 3.1, puts them at the root of the host.
func (s *Server) readMetadata(ctx context.Context) (httpcall.Answer, error) {
	answer, err := s.get(ctx, s.config.Server, RouteMetadata)
	if !errors.Is(err, ErrNotOffered) {
		return answer, err
	}
	address, parseErr := url.Parse(s.config.Server)
	if parseErr != nil || address.Path == "" {
		return answer, err
	}
	return s.get(ctx, address.Scheme+"://"+address.Host, RouteMetadata+address.EscapedPath())
}

// get returns ErrNotOffered for a response that says that nothing is there. A server that
// is overloaded, or away behind its proxy, does not say so.
func (s *Server) get(ctx context.Context, server, route string) (httpcall.Answer, error) {
	header := http.Header{"User-Agent": {s.config.UserAgent}, "Accept": {"application/json"}}
	answer, err := s.sender().Send(ctx, httpcall.Call{Method: http.MethodGet, Server: server, Route: route, Header: header, Tries: readingTries})
	switch {
	case err != nil:
		return answer, err
	case answer.Status == http.StatusOK:
		return answer, nil
	case answer.Status == http.StatusTooManyRequests, answer.Status >= http.StatusInternalServerError:
		return answer, refusalOf(answer)
	default:
		return answer, ErrNotOffered
	}
}

// readingTries is how often a call that only reads may be sent in all.
const readingTries = 3

// routeOf returns the part of an endpoint that follows the server's address.
func (s *Server) routeOf(name, endpoint string) (string, error) {
	route, isBelow := strings.CutPrefix(endpoint, s.metadata.Issuer)
	address, err := url.Parse(endpoint)
	if err != nil || !isBelow || !strings.HasPrefix(route, "/") || address.Fragment != "" || strings.Contains(address.Path, "..") {
		return "", &EndpointError{Server: s.config.Server, Name: name}
	}
	return route, nil
}
