package signin

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/cli/browsersignin"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/webbrowser"
	"github.com/dxauth/dxauth/pkg/httpcall"
)

// withBrowser signs in in a browser, and stores the session.
func (o loginOptions) withBrowser(ctx context.Context, t connect.Target) error {
	if err := o.browserDialogue().CanRun(); err != nil {
		return err
	}
	store, err := o.openStore(ctx, t)
	if err != nil {
		return err
	}
	if t, err = o.withType(ctx, t); err != nil {
		return err
	}
	return o.inBrowser(ctx, t, store)
}

func (o loginOptions) browserDialogue() browsersignin.Dialogue {
	return browsersignin.Dialogue{Console: o.Console, Flags: o.browser, Browser: webbrowser.New(o.getenv), NoInput: o.settings.NoInput()}
}

// inBrowser signs in once the store is selected and the type of the platform is known.
func (o loginOptions) inBrowser(ctx context.Context, t connect.Target, store storeChoice) error {
	server, err := o.client.Servers.TokenServer(ctx, t)
	if errors.Is(err, platform.ErrNotOffered) {
		return o.withPastedToken(ctx, t, store)
	}
	if err != nil {
		return err
	}
	result, err := o.browserDialogue().SignIn(ctx, server)
	if err != nil {
		return err
	}
	account := o.sessionAccount(t, store, result)
	account.InBrowser = true
	return o.keep(ctx, t, store, account, result)
}

// offerBrowser asks a user whose account has no password whether to go on in the browser.
func (o loginOptions) offerBrowser(ctx context.Context, t connect.Target, store storeChoice, refused error) error {
	o.Notice("%s", refused)
	yes, err := o.Confirm(ctx, "Log in in the browser instead?")
	switch {
	case err != nil:
		return err
	case !yes:
		return refused
	}
	if o.timeout != "" {
		o.Warn("--timeout does not apply: the server sets the expiry of a session of the browser")
	}
	return o.inBrowser(ctx, t, store)
}

// withPastedToken asks for a token that the user makes on the web page of a platform which
// signs nobody's program in.
func (o loginOptions) withPastedToken(ctx context.Context, t connect.Target, store storeChoice) error {
	p, err := o.client.Servers.Connect(t, session.Credential{})
	if err != nil {
		return err
	}
	page := p.TokenPage()
	if o.CanAsk() != nil {
		return refusal.New(refusal.Denied, "%s signs programs in with a password or a token, not in the browser", t.API.Name()).
			WithHint("make a token at " + page.URL + " (" + page.Place + "), and run " + o.Program + " login --token -")
	}
	o.Notice("%s signs programs in with a password or a token, not in the browser. Sign in to its web page, make a token there (%s) and paste it here:",
		t.API.Name(), page.Place)
	o.Notice("  %s", page.URL)
	token, err := o.Secret(ctx, "Token: ")
	if err != nil {
		return err
	}
	if err := httpcall.ValidToken(token); err != nil {
		return refusal.New(refusal.WrongCredentials, "%s", err).Wrap(err).WithHint("nothing was sent or stored; copy the token again")
	}
	return o.storeToken(ctx, t, store, token)
}
