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

// SaveToken stores a verified token as the credential of its account, and ends a
// session that it replaces.
func (c *Client) SaveToken(ctx context.Context, t Target, holder platform.Holder, store credstore.Store, credential session.Credential) (session.Account, error) {
	account := NewAccount(t, holder.User, store)
	account.Kind, account.Created, account.Expires = session.Token, c.console.Now().UTC(), holder.Expires
	replaced, err := c.Accounts.Save(ctx, account, credential)
	if err != nil {
		return session.Account{}, err
	}
	c.EndReplaced(ctx, t, replaced)
	return account, nil
}

// EndReplaced ends the session that a new login replaced, if any. If a command
// that exec runs uses it, exec ends it with the command.
func (c *Client) EndReplaced(ctx context.Context, t Target, replaced *session.Replaced) {
	switch {
	case replaced == nil:
	case replaced.InUse:
		c.console.Message("Your previous session at %s ends when the command that %s exec is running with it ends", t.API.Name(), c.console.Program)
	default:
		_ = c.Servers.Revoke(ctx, t, replaced.Credential) // usually it has expired
	}
}
