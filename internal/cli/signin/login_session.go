package signin

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/keyless"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// storeChoice is the store of a login, and why it was selected.
type storeChoice struct {
	credstore.Store
	reason string
}

// openStore selects the store, and checks that the credential can be sealed there if a
// flag asks for it.
func (o loginOptions) openStore(ctx context.Context, t connect.Target) (storeChoice, error) {
	store, reason, err := o.client.Accounts.OpenStore(ctx, t)
	chosen := storeChoice{store, reason}
	if err != nil || !o.seal {
		return chosen, err
	}
	return chosen, o.client.Accounts.RequireSeal(store.Name())
}

// sessionAccount returns the account to store for a new session.
func (o loginOptions) sessionAccount(t connect.Target, store storeChoice, result platform.SignInResult) session.Account {
	account := connect.NewAccount(t, result.User, store)
	account.Kind, account.Created, account.Expires = session.Interactive, o.Now().UTC(), result.Expires
	idle := result.Idle
	if idle == 0 {
		idle = session.DefaultIdle
	}
	account.IdleSeconds, account.AlwaysSeal = int64(idle/time.Second), o.seal
	return account
}

// keep stores a new session, selects a project and reports the login.
func (o loginOptions) keep(ctx context.Context, t connect.Target, store storeChoice, account session.Account, result platform.SignInResult) error {
	credential := session.Credential{Token: result.Token, Type: result.TokenType}
	if err := o.saveOrRevoke(ctx, t, account, credential); err != nil {
		return err
	}
	p, err := o.client.Servers.Connect(t, credential)
	if err != nil {
		return err
	}
	return o.finish(ctx, p, account, store.reason)
}

// saveOrRevoke stores a new session, or revokes it if that fails, so that no
// session remains on the server that the user can't see here.
func (o loginOptions) saveOrRevoke(ctx context.Context, t connect.Target, account session.Account, credential session.Credential) error {
	replaced, err := o.client.Accounts.Save(ctx, account, credential)
	if err != nil {
		o.Warn("the session could not be stored; ending it on the server")
		return errors.Join(err, o.client.Servers.Revoke(ctx, t, credential))
	}
	o.client.EndReplaced(ctx, t, credential, replaced)
	return nil
}

// withIDToken logs a CI job in with its ID token.
func (o loginOptions) withIDToken(ctx context.Context, t connect.Target) error {
	store, err := o.openStore(ctx, t)
	if err != nil {
		return err
	}
	if t, err = o.withType(ctx, t); err != nil {
		return err
	}
	result, err := keyless.Exchange{Console: o.Console, Flags: o.idToken, Servers: o.client.Servers, Getenv: o.getenv}.SignIn(ctx, t)
	if err != nil {
		return err
	}
	account := o.client.TokenAccount(t, platform.Holder{User: result.User, Expires: result.Expires}, store)
	account.AlwaysSeal, o.exchanged = o.seal, true
	return o.keep(ctx, t, store, account, result)
}
