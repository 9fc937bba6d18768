package dnanexus

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// apiVersion is what every client sends as DNAnexus-API.
const apiVersion = "1.0.0"

// post calls one route with in as its body and reads the response into an Out.
func post[Out any](ctx context.Context, c *Client, base, route string, in any) (Out, error) {
	var none Out
	call, err := c.newCall(base, route, in)
	if err != nil {
		return none, err
	}
	answer, err := c.sender().Send(ctx, call)
	if err != nil {
		return none, err
	}
	if err := failureOf(answer); err != nil {
		return none, err
	}
	return decode[Out](answer, base, route)
}

func (c *Client) sender() httpcall.Sender {
	sender := httpcall.Sender{HTTP: c.config.HTTP, Trace: c.config.Trace, Waiting: c.config.Waiting, Credential: c.config.Token}
	if c.config.Token.Reveal() == Public {
		sender.Credential = secret.Text{} // not a secret, and a word that occurs in texts
	}
	return sender
}

// newCall builds a call with the headers that platforms expect.
func (c *Client) newCall(base, route string, in any) (httpcall.Call, error) {
	body, err := httpcall.Encode(in)
	if err != nil {
		return httpcall.Call{}, fmt.Errorf("body of the call to %s: %w", route, err)
	}
	header, err := c.header()
	return httpcall.Call{
		Method: http.MethodPost, Server: base, Route: route, Header: header, Body: body, Tries: triesOf(route), Private: carriesCredential(route),
	}, err
}

func (c *Client) header() (http.Header, error) {
	header := http.Header{}
	header.Set("User-Agent", c.config.UserAgent)
	header.Set("DNAnexus-API", apiVersion)
	header.Set("Content-Type", "application/json")
	if c.config.Token.IsZero() {
		return header, nil
	}
	authorization, err := c.authorization()
	header.Set("Authorization", authorization)
	return header, err
}

// authorization returns the value of the Authorization header.
func (c *Client) authorization() (string, error) {
	if err := httpcall.ValidToken(c.config.Token); err != nil {
		return "", err
	}
	scheme := c.config.TokenType
	if scheme == "" {
		scheme = DefaultTokenType
	}
	if !isName(scheme) {
		return "", fmt.Errorf("%w: its type is not one word of letters and digits", httpcall.ErrInvalidToken)
	}
	return scheme + " " + c.config.Token.Reveal(), nil
}

// triesOf returns how often a call may be sent in all. Only routes that are
// known to change nothing are repeated, and the end of a token, which may
// happen twice.
func triesOf(route string) int {
	const reading = 3
	method := path.Base(route)
	switch {
	case strings.HasPrefix(method, "find"):
		return reading
	case method == "whoami", method == "describe", method == "listFolder", method == "getUserInfo", method == "resolveDataObjects",
		method == "listSessions", method == "listAuthTokens", method == "listTrustRules":
		return reading
	case route == RouteTwoFactorStatus:
		return reading
	case route == RouteDestroyAuthToken:
		return 2
	default:
		return 1
	}
}

// carriesCredential reports whether the request of a route or its response may hold a
// password, a code, a ticket or a token. It errs to the safe side: all that is about
// accounts counts.
func carriesCredential(route string) bool {
	if strings.HasPrefix(route, "/account/") || strings.HasPrefix(route, "/admin/") {
		return true
	}
	method := strings.ToLower(path.Base(route))
	for _, word := range []string{"token", "mfa", "email", "password", "lockuseraccount", "trustrule"} {
		if strings.Contains(method, word) {
			return true
		}
	}
	return route == RouteNewUser || route == RouteHeaders
}
