// Package apitoken makes API tokens for the commands that need one, and formats
// tokens for messages.
//
// It promises that no token is left behind by accident: after Ctrl-C the client
// still waits a while for the server's response, and a token that can't be handed
// over is revoked, if necessary with its own authority.
package apitoken

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// Client makes and revokes API tokens of an account.
type Client struct {
	*kit.Console
	Accounts *kit.Accounts
	Servers  *connect.Servers
	In       kit.SignedIn
}

// New returns the client for an account.
func New(console *kit.Console, client *kit.Client, in kit.SignedIn) Client {
	return Client{Console: console, Accounts: client.Accounts, Servers: client.Servers, In: in}
}

// Made is a token that was just made.
type Made struct {
	platform.NewToken
	Dependent bool // made with another token and no password: it ends with that token
	Shortened bool // it ends earlier than requested
}

// Prove makes a call with the credentials that the server requires for it.
type Prove func(ctx context.Context, call func(platform.Credentials) error) error

// WithoutProof makes a call without credentials.
func WithoutProof(_ context.Context, call func(platform.Credentials) error) error {
	return call(platform.Credentials{})
}

// Make makes a token. If ctx ends in the meantime, the token is revoked.
func (c Client) Make(ctx context.Context, order platform.TokenOrder, prove Prove) (made Made, err error) {
	err = prove(ctx, func(credentials platform.Credentials) (err error) {
		made, err = c.order(ctx, order, credentials)
		return err
	})
	if err == nil && ctx.Err() != nil {
		err = c.TakeBack(ctx, made, ctx.Err())
	}
	return made, err
}

// order asks the server for a token. It waits for the response for a while after
// Ctrl-C: otherwise a token could remain that the user does not know about.
func (c Client) order(ctx context.Context, order platform.TokenOrder, credentials platform.Credentials) (Made, error) {
	patient, cancel := outlasting(ctx, connect.RevokeTime)
	defer cancel()
	order.Credentials = credentials
	made, err := c.In.NewToken(patient, order)
	if err != nil && patient.Err() != nil {
		c.Warn("the server did not answer in time, and may have made the token: see %s token list", c.Program)
	}
	return Made{
		NewToken:  made,
		Shortened: !made.Expires.IsZero() && made.Expires.Add(time.Minute).Before(order.Expires),
		Dependent: credentials.Password.IsZero() && c.In.Account.Kind == session.Token,
	}, err
}

// outlasting returns a context that ends a while after ctx.
func outlasting(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(while, cancel) })
	return longer, func() { stop(); cancel() }
}

// TakeBack revokes a token that can't be handed over, and returns the cause.
func (c Client) TakeBack(ctx context.Context, made Made, cause error) error {
	if err := c.End(ctx, made); err != nil {
		c.Warn("the token was made but could not be revoked (%s); run %s token revoke %s", err, c.Program, made.ID)
		return cause
	}
	_ = c.Accounts.ForgetToken(context.WithoutCancel(ctx), c.In.Account.Server, made.ID) // a leftover entry holds no secret
	c.Warn("the token was made and then revoked")
	return cause
}

// End revokes a token that was made here, also after Ctrl-C. If the credential in
// use can't, because its scope is too small or it has ended, End uses the new token
// itself.
func (c Client) End(ctx context.Context, made Made) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), connect.RevokeTime)
	defer cancel()
	if c.In.RevokeToken(bounded, made.ID) == nil {
		return nil
	}
	itself, err := c.Servers.ConnectTo(c.In.Account, session.Credential{Token: made.Secret, Type: made.TokenType})
	if err != nil {
		return err
	}
	return connect.SignOut(context.WithoutCancel(ctx), itself, connect.RevokeTime)
}
