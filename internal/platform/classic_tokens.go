package platform

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// usualTokenLife is that of a token for which no end was asked: the platform's
// own default is none.
const usualTokenLife = 30 * 24 * time.Hour

// NewToken implements Tokens. The client draws the value, as MOLGENIS has it.
// Where the user is known, the token is made in a sign-in of its own.
func (c *classicServer) NewToken(ctx context.Context, order TokenOrder) (NewToken, error) {
	if err := fullOnly(order.Scope); err != nil {
		return NewToken{}, err
	}
	if order.Credentials.Password.IsZero() {
		return c.makeWholeToken(ctx, order)
	}
	who, err := c.Whoami(ctx)
	if err != nil {
		return NewToken{}, err
	}
	order.Credentials.Username = who.Name
	result, err := c.SignIn(ctx, order.Credentials)
	if err != nil {
		return NewToken{}, err
	}
	fresh := c.client.WithCredential(result.Token, result.TokenType)
	defer func() { _ = fresh.Logout(context.WithoutCancel(ctx)) }() // no longer needed; it would expire anyway
	return c.makeToken(ctx, fresh, order)
}

// makeWholeToken makes a token without asking who is there. Where the last
// sign-in is a while ago, dxauth's own server gives one for a day that reaches
// less. That is not what was ordered, so it is ended again.
func (c *classicServer) makeWholeToken(ctx context.Context, order TokenOrder) (NewToken, error) {
	if order.Expires.IsZero() {
		order.Expires = c.now().Add(usualTokenLife)
	}
	made, err := c.makeToken(ctx, c.client, order)
	if err != nil || !made.Expires.Before(order.Expires.Add(-time.Minute)) {
		return made, err
	}
	if err := c.client.DeleteToken(context.WithoutCancel(ctx), made.ID); err != nil {
		return NewToken{}, Explain(err)
	}
	return NewToken{}, ErrReauthenticate
}

func (c *classicServer) makeToken(ctx context.Context, client *molgenis.Client, order TokenOrder) (NewToken, error) {
	owner, err := c.owner(ctx, client, order.User)
	if err != nil {
		return NewToken{}, err
	}
	value, err := c.drawToken()
	if err != nil {
		return NewToken{}, err
	}
	if order.Expires.IsZero() {
		order.Expires = c.now().Add(usualTokenLife)
	}
	end := onClassicWire(order.Expires)
	id, err := client.NewToken(ctx, molgenis.NewToken{User: owner, Token: value.OnWire(), Description: order.Name, ExpirationDate: &end})
	if err != nil {
		return NewToken{}, c.noTokens(ctx, err)
	}
	made := NewToken{Secret: value, TokenType: molgenis.CredentialToken, ID: id, Expires: order.Expires}
	// The server may have a limit of its own. That the token is there matters more.
	if item, err := client.Token(ctx, id); err == nil && item.ExpirationDate != nil {
		made.Expires = fromClassicWire(*item.ExpirationDate)
	}
	return made, nil
}

// owner is the ID of whom a token is for; an empty name is one's own.
func (c *classicServer) owner(ctx context.Context, client *molgenis.Client, name string) (string, error) {
	if name == "" {
		who, err := client.Context(ctx)
		if err != nil {
			return "", Explain(err)
		}
		name = who.Username
	}
	user, err := client.User(ctx, name)
	return user.ID, c.noTokens(ctx, err)
}

// noTokens says why a classic platform refuses what has to do with tokens.
func (c *classicServer) noTokens(ctx context.Context, err error) error {
	explained := c.denied(ctx, err)
	if said, ok := refusal.DetailsOf[Answer](explained); ok && isDenied(err) {
		said.Message = "on this MOLGENIS only an administrator makes, lists and revokes tokens: " + said.Message
		return said.plain(refusal.Denied).Wrap(err)
	}
	if reauthentication(err) {
		return ErrReauthenticate
	}
	return explained
}

// reauthentication is true where dxauth's own server wants a sign-in of the last
// minutes for a token. No other refuses so.
func reauthentication(err error) bool {
	answer, ok := errors.AsType[*molgenis.Error](err)
	return ok && answer.Status == http.StatusUnauthorized && answer.Code == molgenis.CodeReauthenticate
}

// drawToken gives 32 lower-case hexadecimal digits, as the platform's own are.
func (c *classicServer) drawToken() (secret.Text, error) {
	value := make([]byte, 16)
	if _, err := io.ReadFull(c.random, value); err != nil {
		return secret.Text{}, fmt.Errorf("draw a token: %w", err)
	}
	return secret.New(hex.EncodeToString(value)), nil
}

// ListTokens implements Tokens. An administrator is shown the tokens of
// everybody; only one's own are passed on.
func (c *classicServer) ListTokens(ctx context.Context, query TokenQuery, cursor json.RawMessage) ([]Token, json.RawMessage, error) {
	start := 0
	if cursor != nil {
		if err := json.Unmarshal(cursor, &start); err != nil {
			return nil, nil, fmt.Errorf("cursor of a list of tokens: %w", err)
		}
	}
	who, err := c.Whoami(ctx)
	if err != nil {
		return nil, nil, err
	}
	list, err := c.client.Tokens(ctx, start)
	if err != nil {
		return nil, nil, c.noTokens(ctx, err)
	}
	var page []Token
	for _, item := range list.Items {
		token := c.tokenOf(item)
		isOwn := item.User != nil && item.User.Username == who.Name
		isOver := !token.Expires.IsZero() && !token.Expires.After(c.now())
		if isOwn && isOver == query.Expired && query.fits(token) {
			page = append(page, token)
		}
	}
	if end := start + len(list.Items); len(list.Items) > 0 && end < list.Total {
		return page, json.RawMessage(strconv.Itoa(end)), nil
	}
	return page, nil, nil
}

// tokenOf reads a row. Real servers show the value of a token, by which the one
// in use is known; dxauth's own has the signature as the ID.
func (c *classicServer) tokenOf(item molgenis.TokenItem) Token {
	token := Token{
		ID: item.ID, Name: item.Description, Scope: Scope{Full: true}, Created: fromClassicWire(item.CreationDate),
		UseUnknown: true,
	}
	if item.Narrow {
		token.Scope = Scope{} // how narrow, the platform has no words for
	}
	isShown := item.Token != nil && item.Token.Text().Equal(c.token)
	token.Current = isShown || item.ID == dnanexus.Signature(c.token)
	if item.ExpirationDate != nil {
		token.Expires = fromClassicWire(*item.ExpirationDate)
	}
	return token
}

// ChangeToken implements Tokens. The platform would also lengthen a token.
func (c *classicServer) ChangeToken(ctx context.Context, id string, change TokenChange) error {
	item, err := c.client.Token(ctx, id)
	if err != nil {
		return c.noTokens(ctx, err)
	}
	before := c.tokenOf(item)
	if change.Expires != nil && !before.Expires.IsZero() && change.Expires.After(before.Expires) {
		return refusal.New(refusal.Usage, "a token can only be made to end earlier")
	}
	if change.Expires != nil {
		if err := c.client.SetToken(ctx, id, "expirationDate", onClassicWire(*change.Expires)); err != nil {
			return c.noTokens(ctx, err)
		}
	}
	if change.Name != nil {
		err = c.client.SetToken(ctx, id, "description", *change.Name)
	}
	return c.noTokens(ctx, err)
}

// RevokeToken implements Tokens.
func (c *classicServer) RevokeToken(ctx context.Context, id string) error {
	return c.noTokens(ctx, c.client.DeleteToken(ctx, id))
}

// classicTime is how the platform writes a time.
const classicTime = "2006-01-02T15:04:05Z07:00"

func onClassicWire(at time.Time) string { return at.UTC().Format(classicTime) }

// fromClassicWire gives the zero time for what is not a time.
func fromClassicWire(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999Z0700", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
