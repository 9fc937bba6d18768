package dnanexus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// DefaultTokenType is the authorization scheme of a token whose type is not
// known.
const DefaultTokenType = "Bearer"

// Config says which platform a [Client] speaks to, and as whom.
type Config struct {
	APIServer  string // base URL, "https://api.dnanexus.com"
	AuthServer string // base URL, "https://auth.dnanexus.com"
	UserAgent  string

	Token     secret.Text // zero: anonymous, no Authorization header is sent
	TokenType string      // authorization scheme, sent unchanged; "": DefaultTokenType

	HTTP  *http.Client            // nil: [httpcall.NewHTTPClient]; its redirect policy is not used
	Trace func(httpcall.Exchange) // nil: none; called after each try of each call

	Waiting func(httpcall.Pause) // nil: none; called before a pause that the server asks for
}

// Client calls the two servers of one platform. It may be used by several
// goroutines at once.
//
// Calls that only read are tried up to three times where the server is
// overloaded, away behind its proxy, or closes the connection before it responds.
// Calls that make or change something are sent once, above all a sign-in;
// ending a token, which may safely be done twice, is sent up to twice.
//
// A call returns an [*Error] if the platform refuses it, an
// [*httpcall.UnexpectedAnswerError] for a response that is not of the protocol, a
// [*httpcall.RedirectError], an [*httpcall.UnreachableError] if there is no whole
// answer, an error that wraps [httpcall.ErrAnswerTooLarge] or
// [httpcall.ErrInvalidToken], or one that wraps [context.Canceled] if the caller
// gave up. None of them shows a secret of the request.
type Client struct{ config Config }

// New returns a client. Nothing is sent and no address is looked at before the
// first call.
func New(config Config) *Client {
	if config.HTTP == nil {
		config.HTTP = httpcall.NewHTTPClient(httpcall.ClientConfig{})
	}
	return &Client{config: config}
}

// WithToken returns a client for the same platform and over the same
// connections, which signs its calls with the given token. The zero token
// makes it anonymous.
func (c *Client) WithToken(token secret.Text, tokenType string) *Client {
	config := c.config
	config.Token, config.TokenType = token, tokenType
	return &Client{config: config}
}

// NewAuthToken signs in, or makes a token. It is sent once: each
// try counts against the account's lock-out, and each success makes a token.
// Calls /system/newAuthToken.
func (c *Client) NewAuthToken(ctx context.Context, request NewAuthTokenRequest) (NewAuthTokenResponse, error) {
	answer, err := post[NewAuthTokenResponse](ctx, c, c.config.AuthServer, RouteNewAuthToken, request)
	if err != nil {
		return NewAuthTokenResponse{}, err
	}
	if httpcall.ValidToken(answer.AccessToken.Text()) != nil {
		return NewAuthTokenResponse{}, httpcall.Incomplete(c.config.AuthServer, RouteNewAuthToken, "access_token")
	}
	return answer, nil
}

// DestroyAuthToken ends the token with the given [Signature]. Calls
// /system/destroyAuthToken.
func (c *Client) DestroyAuthToken(ctx context.Context, signature string) error {
	request := DestroyAuthTokenRequest{TokenSignature: signature}
	_, err := post[json.RawMessage](ctx, c, c.config.AuthServer, RouteDestroyAuthToken, request)
	return err
}

// UserInfo returns the user of the client's token, as the auth server knows it. Calls
// /system/getUserInfo.
func (c *Client) UserInfo(ctx context.Context) (UserInfo, error) {
	info, err := post[UserInfo](ctx, c, c.config.AuthServer, RouteGetUserInfo, Empty{})
	if err == nil && info.Username == "" {
		return UserInfo{}, httpcall.Incomplete(c.config.AuthServer, RouteGetUserInfo, "username")
	}
	return info, err
}

// WhoAmI returns the user of the client's token, as the API server knows it. Calls
// /system/whoami.
func (c *Client) WhoAmI(ctx context.Context, request WhoAmIRequest) (WhoAmI, error) {
	who, err := post[WhoAmI](ctx, c, c.config.APIServer, RouteWhoAmI, request)
	if err == nil && who.ID == "" {
		return WhoAmI{}, httpcall.Incomplete(c.config.APIServer, RouteWhoAmI, "id")
	}
	return who, err
}

// Greet asks for the platform's announcements. They are a courtesy, so it is
// sent once. Calls /system/greet.
func (c *Client) Greet(ctx context.Context, request GreetRequest) (Greeting, error) {
	return post[Greeting](ctx, c, c.config.APIServer, RouteGreet, request)
}

// DescribeUser describes the user with the given ID. Calls /user-xxxx/describe.
func (c *Client) DescribeUser(ctx context.Context, id string) (UserDescription, error) {
	return callEntity[UserDescription](ctx, c, id, "describe", Empty{})
}

// Call calls any route of the API server, as `dx api RESOURCE METHOD` does: the
// resource is an entity ID or a class ("system"). An empty body is sent as an
// empty object. Methods that are known to read are repeated like the typed
// calls; all others are sent once.
func (c *Client) Call(ctx context.Context, resource, method string, body json.RawMessage) (json.RawMessage, error) {
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	return callEntity[json.RawMessage](ctx, c, resource, method, body)
}

// callEntity calls a method of one entity on the API server.
func callEntity[Out any](ctx context.Context, c *Client, resource, method string, in any) (Out, error) {
	route, err := entityRoute(resource, method)
	if err != nil {
		var none Out
		return none, err
	}
	return post[Out](ctx, c, c.config.APIServer, route, in)
}

// ErrInvalidRoute is wrapped by the error of a call to what can't be a route.
// Nothing was sent.
var ErrInvalidRoute = errors.New("no such route")

// entityRoute joins a resource and a method to a route. What could change the
// meaning of the path is refused, not escaped: no name of the platform has it.
func entityRoute(resource, method string) (string, error) {
	if !isName(resource) {
		return "", fmt.Errorf("%w: %q is not the name of a resource: only letters, digits and -_. are allowed", ErrInvalidRoute, resource)
	}
	if !isName(method) {
		return "", fmt.Errorf("%w: %q is not the name of a method: only letters, digits and -_. are allowed", ErrInvalidRoute, method)
	}
	return "/" + resource + "/" + method, nil
}

// isName reports whether s is one harmless segment of a path.
func isName(s string) bool {
	const allowed = digits + letters + "-_."
	onlyDots := strings.Trim(s, ".") == ""
	return !onlyDots && strings.Trim(s, allowed) == ""
}

// Signature returns the lower-case hexadecimal sha256 of a token, by which the
// auth server knows it.
func Signature(token secret.Text) string {
	return token.SHA256()
}
