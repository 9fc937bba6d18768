package kit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/failure"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Client acts for an account: it selects the account, connects to its platform,
// and updates the local record of the session from the server's responses.
type Client struct {
	Accounts *Accounts
	Servers  *connect.Servers
	console  *Console
	username string // of a credential in the environment, if it is set
}

// Servers returns the servers of the settings.
func (inv Invocation) Servers(console *Console) *connect.Servers {
	return connect.New(connect.Config{Settings: inv.Settings, Version: inv.Version, Now: inv.Now, Terminal: console.Terminal})
}

// Client returns the client of a command.
func (inv Invocation) Client(console *Console) *Client {
	return &Client{
		Accounts: inv.Accounts(console), Servers: inv.Servers(console), console: console, username: inv.Settings.Username,
	}
}

// Do runs a command's work for the selected account. It records the use of the
// session, and erases a stored credential that the server no longer accepts.
func (c *Client) Do(ctx context.Context, work func(context.Context, SignedIn) error) error {
	in, err := c.Active(ctx)
	if err != nil {
		return err
	}
	if err := c.OrEnded(ctx, in, platform.Explain(work(ctx, in))); err != nil || !in.Stored {
		return err
	}
	c.WarnBeforeEnd(in.Account, lastMinutes)
	// The work is done: an error here would make a script repeat it.
	if err := c.Accounts.Touch(ctx, in.Account, in.Credential); err != nil {
		c.console.Warn("cannot record the use of the session: %s", err)
	}
	return nil
}

// WithOrgs is [Client.Do] for work on orgs.
func (c *Client) WithOrgs(ctx context.Context, work func(context.Context, *dnanexus.Client) error) error {
	return c.Do(ctx, func(ctx context.Context, in SignedIn) error {
		orgs, err := in.Orgs()
		if err != nil {
			return err
		}
		return work(ctx, orgs)
	})
}

// Active returns the account that a command acts for, connected: that of the
// environment's credential, otherwise the one that the settings name, otherwise
// the current one.
func (c *Client) Active(ctx context.Context) (SignedIn, error) {
	chosen, err := c.choose(ctx)
	switch {
	case err != nil:
		return SignedIn{}, err
	case !chosen.isStored:
		return c.connectEnv(ctx, chosen.variable)
	}
	in, err := c.open(ctx, chosen)
	if err == nil {
		in.Platform, err = c.Servers.ConnectTo(in.Account, in.Credential)
	}
	return in, err
}

// ActiveOffline is Active without a connection.
func (c *Client) ActiveOffline(ctx context.Context) (SignedIn, error) {
	chosen, err := c.choose(ctx)
	switch {
	case err != nil:
		return SignedIn{}, err
	case !chosen.isStored:
		in, _, err := c.fromEnv(chosen.variable)
		return in, err
	default:
		return c.open(ctx, chosen)
	}
}

// Noted is ActiveOffline without the credential: it opens no store.
func (c *Client) Noted(ctx context.Context) (SignedIn, error) {
	chosen, err := c.choose(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if !chosen.isStored {
		in, _, err := c.fromEnv(chosen.variable)
		return in, err
	}
	return chosen.signedIn(), c.Accounts.CheckIdle()
}

// choice is what a command acts for.
type choice struct {
	isStored bool
	account  session.Account      // if it is stored
	variable config.EnvCredential // of the environment; zero: none, or not that of the account
}

func (c choice) signedIn() SignedIn {
	return SignedIn{Account: c.account, Source: c.account.Store, Stored: true, Variable: c.variable.Origin}
}

// choose returns the credential of the environment, or the account to which it
// belongs, or the account that the settings name.
func (c *Client) choose(ctx context.Context) (choice, error) {
	found, isSet, err := c.Accounts.FromEnvironment(ctx)
	if err != nil {
		return choice{}, err
	}
	if !isSet {
		account, err := c.Accounts.Wanted()
		return choice{isStored: true, account: account}, err
	}
	own, isOwn := c.Accounts.Own(found)
	switch {
	case !isOwn:
		return choice{variable: found}, nil
	case own.IsCurrent:
		return choice{isStored: true, account: own.Account, variable: found}, nil
	}
	c.Accounts.warnFormer(found.Origin, own.Account)
	return choice{isStored: true, account: own.Account}, nil
}

// open returns an account with its credential, from its store unless a variable has it.
func (c *Client) open(ctx context.Context, chosen choice) (SignedIn, error) {
	if err := c.Accounts.CheckIdle(); err != nil {
		return SignedIn{}, err
	}
	in := chosen.signedIn()
	in.Credential = session.Credential{Token: chosen.variable.Token, Type: chosen.variable.Type}
	if chosen.variable.Token.IsZero() {
		var err error
		if in.Credential, err = c.Accounts.Credential(ctx, in.Account); err != nil {
			return SignedIn{}, c.explainMissing(ctx, in.Account, err)
		}
	}
	if reason := c.Accounts.EndReason(in.Account); reason != "" {
		in.Platform, _ = c.Servers.ConnectTo(in.Account, in.Credential) // it is erased here even if that fails
		return in, c.LogOutExpired(ctx, in, reason)
	}
	return in, nil
}

// connectEnv connects with a credential of the environment.
func (c *Client) connectEnv(ctx context.Context, found config.EnvCredential) (SignedIn, error) {
	in, t, err := c.fromEnv(found)
	if err != nil {
		return in, err
	}
	if t, err = c.Servers.WithType(ctx, t); err != nil {
		return in, err
	}
	in.Account.Type, in.Account.AuthServer = string(t.Type), t.Auth.URL()
	in.Platform, err = c.Servers.Connect(t, in.Credential)
	return in, err
}

// fromEnv returns what is known about a credential of the environment without a
// request to a server.
func (c *Client) fromEnv(found config.EnvCredential) (SignedIn, connect.Target, error) {
	t, err := c.Servers.Target()
	if err != nil {
		return SignedIn{}, t, err
	}
	t.Type = c.knownType(t, found.Origin)
	if t, err = c.Servers.Checked(t); err != nil {
		return SignedIn{}, t, err
	}
	in := SignedIn{
		Credential: session.Credential{Token: found.Token, Type: found.Type}, Source: found.Origin,
		Account: session.Account{
			Server: t.API.URL(), Host: t.API.Name(), AuthServer: t.Auth.URL(), Type: string(t.Type),
			User: c.username, Kind: session.Token, Project: c.Accounts.ProjectAt(t.API.URL()),
		},
	}
	return in, t, nil
}

// knownType returns the type of the platform for a credential of the
// environment, as far as it is known without a request: a variable of dx is for
// a platform of DNAnexus, and a login has noted the type of its server.
func (c *Client) knownType(t connect.Target, variable string) platform.Type {
	switch {
	case t.Type.IsKnown():
		return t.Type
	case strings.HasPrefix(variable, "DX_"):
		return platform.TypeDNAnexus
	}
	account, err := c.Accounts.Find(session.Choice{Server: t.API.URL()})
	if err != nil {
		return platform.TypeUnknown
	}
	return platform.Type(account.Type)
}

// explainMissing explains a credential that can't be read. If that is because the
// session has ended, it erases what is left.
func (c *Client) explainMissing(ctx context.Context, account session.Account, unread error) error {
	reason := c.Accounts.EndReasonUnread(account, unread)
	if reason == "" {
		return unread
	}
	if err := c.Accounts.ForgetUnread(ctx, account, unread); err != nil {
		c.console.Warn("%s", err)
	}
	return c.sessionEnded(account, reason, c.Accounts.IdleLimit(account))
}

// expiredSignOutTime limits how long a command waits for the server to end a
// session that has expired anyway.
const expiredSignOutTime = 2 * time.Second

// LogOutExpired ends a session that has expired by the local clock: it erases the
// credential, then tries to end the session on the server, unless a command that
// exec runs still uses it.
func (c *Client) LogOutExpired(ctx context.Context, in SignedIn, reason string) error {
	if err := c.Accounts.ForgetIf(ctx, in.Account, in.Credential); err != nil {
		c.console.Warn("%s", err)
	}
	if !c.endExpired(ctx, in) {
		_ = c.Accounts.NoteOpen(ctx, in.Credential.Signature()) // the server may have an idle limit, too
	}
	return c.sessionEnded(in.Account, reason, c.Accounts.IdleLimit(in.Account))
}

// endExpired tries to end an expired session on the server, and reports whether it has
// ended there.
func (c *Client) endExpired(ctx context.Context, in SignedIn) bool {
	if in.Platform == nil || c.Accounts.InUse(in.Credential.Signature()) {
		return false
	}
	err := connect.SignOut(ctx, in, expiredSignOutTime)
	return err == nil || errors.Is(err, platform.ErrSignedOut)
}

// OrEnded calls Ended if the error is that the server no longer accepts the
// credential, and returns other errors unchanged.
func (c *Client) OrEnded(ctx context.Context, in SignedIn, err error) error {
	if errors.Is(err, platform.ErrSignedOut) {
		return c.Ended(ctx, in, err)
	}
	return err
}

// Ended erases a credential that the server no longer accepts, and returns the
// error that says so.
func (c *Client) Ended(ctx context.Context, in SignedIn, signedOut error) error {
	if !in.Stored {
		return refusal.New(refusal.SessionEnded, "%s does not accept the token in %s", in.Account.Host, in.Source).
			WithHint(c.replaceHint(in.Source))
	}
	if err := c.Accounts.ForgetIf(ctx, in.Account, in.Credential); err != nil {
		c.console.Warn("%s", err)
	}
	return c.sessionEnded(in.Account, string(platform.EndReason(signedOut)), in.Account.Idle())
}

// replaceHint says what to do about a variable whose token a server refuses. That of dx
// is usually one that env exported.
func (c *Client) replaceHint(variable string) string {
	if variable == "DX_SECURITY_CONTEXT" {
		return `run eval "$(` + c.console.Program + ` env --unset)" and log in, or put another token into ` + variable
	}
	return "put another token into " + variable + ", or unset it and log in"
}

func (c *Client) sessionEnded(account session.Account, reason string, limit time.Duration) error {
	hint := failure.LoginHint(c.console.Program)
	if account.InBrowser {
		hint += " --sso"
	}
	return refusal.New(refusal.SessionEnded, "%s", endText(account, reason, limit)).WithHint(hint)
}

// endText says how a session ended; limit is the idle limit that applied.
func endText(account session.Account, reason string, limit time.Duration) string {
	switch reason {
	case "idle":
		return fmt.Sprintf("logged out of %s after %s of inactivity", account.Host, duration.Format(limit))
	case "":
		return fmt.Sprintf("logged out: %s no longer accepts the %s of %s", account.Host, account.Kind, account.User)
	default:
		return fmt.Sprintf("logged out: the %s of %s at %s has ended (%s)", account.Kind, account.User, account.Host, reason)
	}
}

// lastMinutes is how long before the end of a session every command warns of it.
const lastMinutes = 5 * time.Minute

// WarnBeforeEnd warns the user at a terminal if the session ends within a time
// although it is in use.
func (c *Client) WarnBeforeEnd(account session.Account, within time.Duration) {
	left := account.Expires.Sub(c.console.Now())
	if account.Expires.IsZero() || left >= within || !c.console.IsTerminal() {
		return
	}
	c.console.Warn("the %s ends in %s; log in again with %s login", account.Kind, duration.Format(left.Round(time.Second)), c.console.Program)
}

// Discard ends a session that is not used; otherwise it would live until it expires.
func (c *Client) Discard(ctx context.Context, in SignedIn, credential session.Credential) {
	if p, err := c.Servers.ConnectTo(in.Account, credential); err == nil {
		_ = connect.SignOut(context.WithoutCancel(ctx), p, connect.RevokeTime)
	}
}
