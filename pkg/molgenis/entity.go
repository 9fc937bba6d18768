package molgenis

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// MaxPage is the largest page of a list, in items. The platform gives up to twice as
// many; each page costs it a look at all of them, and an answer has to stay small
// enough to be read.
const MaxPage = 5000

// Tokens returns a page of the tokens that the account may see, from item number
// start on, the first of which is 0.
func (c *Client) Tokens(ctx context.Context, start int) (Collection[TokenItem], error) {
	query := url.Values{"num": {strconv.Itoa(MaxPage)}, "start": {strconv.Itoa(start)}}
	return read[Collection[TokenItem]](ctx, c, get(RouteV2+EntityToken+"?"+query.Encode()))
}

// Token returns the token with an ID.
func (c *Client) Token(ctx context.Context, id string) (TokenItem, error) {
	return read[TokenItem](ctx, c, get(RouteV2+EntityToken+"/"+url.PathEscape(id)))
}

// NewToken makes a token and returns its ID.
func (c *Client) NewToken(ctx context.Context, token NewToken) (id string, err error) {
	r, err := inJSON(http.MethodPost, RouteV1+EntityToken, token, once)
	if err != nil {
		return "", err
	}
	answer, err := c.accepted(ctx, r)
	if err != nil {
		return "", err
	}
	location, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || !strings.Contains(location.Path, EntityToken+"/") {
		return "", httpcall.Incomplete(c.config.Server, RouteV1+EntityToken, "Location")
	}
	return path.Base(location.Path), nil
}

// SetToken sets one attribute of a token.
func (c *Client) SetToken(ctx context.Context, id, attribute string, value any) error {
	return c.set(ctx, EntityToken, id, attribute, value)
}

// DeleteToken ends a token.
func (c *Client) DeleteToken(ctx context.Context, id string) error {
	route := RouteV1 + EntityToken + "/" + url.PathEscape(id)
	_, err := c.accepted(ctx, request{method: http.MethodDelete, route: route, tries: ending})
	return err
}

// User returns the account with a name. It returns ErrNotFound if there is none.
func (c *Client) User(ctx context.Context, username string) (UserItem, error) {
	query := url.Values{"q": {"username==" + quoted(username)}}
	found, err := read[Collection[UserItem]](ctx, c, get(RouteV2+EntityUser+"?"+query.Encode()))
	if err != nil {
		return UserItem{}, err
	}
	for _, user := range found.Items {
		if user.Username == username {
			return user, nil
		}
	}
	return UserItem{}, &Error{Status: http.StatusOK, Kind: ErrNotFound, Message: "this account can see no user " + strconv.Quote(username)}
}

// SetUser sets one attribute of an account.
func (c *Client) SetUser(ctx context.Context, id, attribute string, value any) error {
	return c.set(ctx, EntityUser, id, attribute, value)
}

func (c *Client) set(ctx context.Context, entity, id, attribute string, value any) error {
	body, err := httpcall.Encode(value)
	if err != nil {
		return err
	}
	route := RouteV1 + entity + "/" + url.PathEscape(id) + "/" + attribute
	_, err = c.accepted(ctx, request{method: http.MethodPut, route: route, body: body, contentType: "application/json", tries: once})
	return err
}

// quoted writes a value of RSQL.
func quoted(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
}
