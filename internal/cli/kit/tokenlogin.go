package kit

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// NewAccount returns the account to store for a user who signs in to a server.
func NewAccount(t Target, user platform.User, store credstore.Store) session.Account {
	return session.Account{
		Server: t.API.URL(), Host: t.API.Name(), AuthServer: t.Auth.URL(), Type: string(t.Type),
		User: t.Type.UserName(user), UserID: user.ID, Store: store.Name(),
	}
}

// VerifyToken asks the server who holds a token, before it is stored.
func (s *Servers) VerifyToken(ctx context.Context, t Target, credential session.Credential) (*platform.Platform, platform.Holder, error) {
	p, err := s.Connect(t, credential)
	if err != nil {
		return nil, platform.Holder{}, err
	}
	holder, err := p.Verify(ctx)
	if err != nil {
		return nil, holder, badToken(t, err)
	}
	return p, holder, nil
}

// badToken explains that the server rejected a token, which was not stored.
func badToken(t Target, err error) error {
	if !errors.Is(err, platform.ErrSignedOut) {
		return err
	}
	because := ""
	if reason := platform.EndReason(err); reason != "" {
		because = " (" + string(reason) + ")"
	}
	return refusal.New(refusal.WrongCredentials, "%s does not accept the token%s", t.API.Name(), because).Wrap(err).
		WithHint("nothing was stored; check the token and the server, or make a new token")
}

// TokenAccount returns the account to store for the user of a verified token.
func (c *Client) TokenAccount(t Target, holder platform.Holder, store credstore.Store) session.Account {
	account := NewAccount(t, holder.User, store)
	account.Kind, account.Created, account.Expires = session.Token, c.console.Now().UTC(), holder.Expires
	return account
}

// SaveToken stores a verified token as the credential of its account, and ends a
// session that it replaces.
func (c *Client) SaveToken(ctx context.Context, t Target, account session.Account, credential session.Credential) error {
	replaced, err := c.Accounts.Save(ctx, account, credential)
	if err != nil {
		return err
	}
	c.EndReplaced(ctx, t, credential, replaced)
	return nil
}

// EndReplaced ends the sessions that a new login replaced. If a command that exec runs
// uses one, exec ends it with the command. One that can't be read any more is ended by
// its signature, with the new credential.
func (c *Client) EndReplaced(ctx context.Context, t Target, current session.Credential, replaced []session.Replaced) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), RevokeTime)
	defer cancel()
	for _, previous := range replaced {
		switch {
		case previous.InUse:
			c.console.Message("Your previous session at %s ends when the command that %s exec is running with it ends", t.API.Name(), c.console.Program)
		case previous.Token.IsZero():
			if p, err := c.Servers.Connect(t, current); err == nil {
				_ = p.SignOutOther(bounded, previous.Signature) // usually it has expired
			}
		default:
			_ = c.Servers.Revoke(bounded, t, previous.Credential) // the same
		}
	}
}
