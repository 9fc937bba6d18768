package molgenis

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The types of a credential. A token is the usual one; after a sign-in with a second
// factor, a classic platform gives cookies only.
const (
	CredentialToken  = "x-molgenis-token"
	CredentialCookie = "cookie"
)

// Config says which platform a [Client] speaks to, and as whom.
type Config struct {
	Server    string // base URL, "https://molgenis.example.org"
	UserAgent string

	Credential     secret.Text // zero: anonymous
	CredentialType string      // CredentialCookie; anything else: a token

	HTTP  *http.Client            // nil: [httpcall.NewHTTPClient]; its redirect policy is not used
	Trace func(httpcall.Exchange) // nil: none; called after each try of each call

	Waiting func(httpcall.Pause) // nil: none; called before a pause that the server asks for
}

// Client calls a platform of either generation. It may be used by several
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
	cookieless := *config.HTTP
	cookieless.Jar = nil // cookies go where the caller says, and nowhere else
	config.HTTP = &cookieless
	return &Client{config: config}
}

// WithCredential returns a client for the same platform and over the same
// connections with another credential; the zero one makes it anonymous.
func (c *Client) WithCredential(credential secret.Text, credentialType string) *Client {
	config := c.config
	config.Credential, config.CredentialType = credential, credentialType
	return &Client{config: config}
}

// Credential returns the client's credential.
func (c *Client) Credential() secret.Text { return c.config.Credential }

// How often a call may be sent in all.
const (
	once    = 1
	ending  = 2
	reading = 3
)

// request is a call before it has the headers that all have.
type request struct {
	method      string
	route       string // may have a query
	body        []byte // nil: none
	contentType string
	tries       int
}

func inJSON(method, route string, value any, tries int) (request, error) {
	body, err := httpcall.Encode(value)
	if err != nil {
		return request{}, fmt.Errorf("body of the call to %s: %w", route, err)
	}
	return request{method: method, route: route, body: body, contentType: "application/json", tries: tries}, nil
}

func inForm(route string, fields url.Values) request {
	return request{
		method: http.MethodPost, route: route, tries: once,
		body: []byte(fields.Encode()), contentType: "application/x-www-form-urlencoded",
	}
}

func get(route string) request { return request{method: http.MethodGet, route: route, tries: reading} }

func (c *Client) sender() httpcall.Sender {
	return httpcall.Sender{HTTP: c.config.HTTP, Trace: c.config.Trace, Waiting: c.config.Waiting, Credential: c.config.Credential}
}

// send sends a request. Any status is a response.
func (c *Client) send(ctx context.Context, r request) (httpcall.Answer, error) {
	header, err := c.header(r)
	if err != nil {
		return httpcall.Answer{}, err
	}
	return c.sender().Send(ctx, httpcall.Call{
		Method: r.method, Server: c.config.Server, Route: r.route, Header: header, Body: r.body, Tries: r.tries,
		Private: carriesCredential(r.route),
	})
}

func (c *Client) header(r request) (http.Header, error) {
	header := http.Header{}
	header.Set("User-Agent", c.config.UserAgent)
	header.Set("Accept", "application/json")
	if r.contentType != "" {
		header.Set("Content-Type", r.contentType)
	}
	if c.config.Credential.IsZero() {
		return header, nil
	}
	if err := httpcall.ValidToken(c.config.Credential); err != nil {
		return nil, err
	}
	if c.config.CredentialType == CredentialCookie {
		header.Set("Cookie", strings.ReplaceAll(c.config.Credential.Reveal(), ";", "; "))
	} else {
		header.Set(HeaderToken, c.config.Credential.Reveal())
	}
	return header, nil
}

// read sends a request and reads the JSON of a good response.
func read[Out any](ctx context.Context, c *Client, r request) (Out, error) {
	var none, out Out
	answer, err := c.accepted(ctx, r)
	if err != nil {
		return none, err
	}
	if err := answer.Decode(&out); err != nil {
		return none, err
	}
	return out, nil
}

// accepted sends a request and returns a response with a status of 2xx; any other
// is an error.
func (c *Client) accepted(ctx context.Context, r request) (httpcall.Answer, error) {
	answer, err := c.send(ctx, r)
	if err != nil {
		return answer, err
	}
	return answer, failureOf(answer)
}

// carriesCredential reports whether the request of a route or its response may hold a
// password, a code, a key or a token. It errs to the safe side: every call of GraphQL
// counts.
func carriesCredential(route string) bool {
	path, _, _ := strings.Cut(route, "?")
	for _, prefix := range []string{RouteLogin, RouteFormLogin, RouteGraphQL, "/2fa/", "/account/", "/plugin/useraccount/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return strings.Contains(path, EntityToken) || strings.HasSuffix(path, "/graphql")
}
