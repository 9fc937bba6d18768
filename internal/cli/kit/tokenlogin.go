package kit

import (
	"context"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// TokenAccount returns the account to store for the user of a verified token.
func (c *Client) TokenAccount(t connect.Target, holder platform.Holder, store credstore.Store) session.Account {
	account := connect.NewAccount(t, holder.User, store)
	account.Kind, account.Created, account.Expires = session.Token, c.console.Now().UTC(), holder.Expires
	return account
}

// SaveToken stores a verified token as the credential of its account, and ends a
// session that it replaces.
func (c *Client) SaveToken(ctx context.Context, t connect.Target, account session.Account, credential session.Credential) error {
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
func (c *Client) EndReplaced(ctx context.Context, t connect.Target, current session.Credential, replaced []session.Replaced) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), connect.RevokeTime)
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
