package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// signedIn is the account that a command acts for.
type signedIn struct {
	account    session.Account
	credential session.Credential
	source     string // a variable, or the name of the store
	stored     bool
	*platform.Platform
}

// active finds whom a command acts for: the environment's credential, else the
// account that was asked for, else the current one.
func (a *app) active(ctx context.Context) (signedIn, error) {
	return a.activeWith(ctx, a.activeFromEnv)
}

// activeUnasked is active without a question to any server. A credential of the
// environment is not connected then.
func (a *app) activeUnasked(ctx context.Context) (signedIn, error) {
	return a.activeWith(ctx, func(_ context.Context, found config.EnvCredential) (signedIn, error) {
		in, _, err := a.ofEnv(found)
		return in, err
	})
}

func (a *app) activeWith(ctx context.Context, ofEnv func(context.Context, config.EnvCredential) (signedIn, error)) (signedIn, error) {
	fromEnv, found, err := a.fromEnvironment()
	if err != nil {
		return signedIn{}, err
	}
	if found {
		return ofEnv(ctx, fromEnv)
	}
	account, err := a.wantedAccount()
	if err != nil {
		return signedIn{}, err
	}
	credential, err := a.book.Credential(ctx, account)
	if err != nil {
		return signedIn{}, a.goneByItself(ctx, account, err)
	}
	in := signedIn{account: account, credential: credential, source: account.Store, stored: true}
	if in.Platform, err = a.connectTo(account, credential); err != nil {
		return in, err
	}
	if reason := account.Over(a.Now(), a.idleLimit(account)); reason != "" {
		return in, a.logOutOver(ctx, in, reason)
	}
	return in, nil
}

// idleLimit is the server's limit, or a shorter one from the settings.
func (a *app) idleLimit(account session.Account) time.Duration { return a.book.IdleLimit(account) }

// farewellTime bounds how long a session that is over anyway keeps a command
// waiting.
const farewellTime = 2 * time.Second

// logOutOver ends a session whose time is over by what is known here: erased
// first, then ended on the server, where that is possible.
func (a *app) logOutOver(ctx context.Context, in signedIn, reason string) error {
	if err := a.book.ForgetIf(ctx, in.account, in.credential); err != nil {
		a.term.Warn("%s", err)
	}
	_ = signOut(ctx, in, farewellTime) // most often it has ended there, too
	return refusal.New(refusal.SessionEnded, "%s", endText(in.account, reason, a.idleLimit(in.account))).
		WithHint(a.loginHint())
}

// kernelTick is how much earlier than it was told the kernel may end a key,
// because it counts in whole seconds.
const kernelTick = time.Second

// goneByItself explains a credential that its store has ended: the kernel's
// keyring does that when the time is over.
func (a *app) goneByItself(ctx context.Context, account session.Account, err error) error {
	reason := account.Over(a.Now().Add(kernelTick), a.idleLimit(account))
	if !errors.Is(err, session.ErrNotSignedIn) || reason == "" {
		return err
	}
	if err := a.book.ForgetIf(ctx, account, session.Credential{}); err != nil {
		a.term.Warn("%s", err)
	}
	return refusal.New(refusal.SessionEnded, "%s", endText(account, reason, a.idleLimit(account))).
		WithHint(a.loginHint())
}

// fromEnvironment is the credential of the environment, if a command acts with
// it: an account that the call names goes before it.
func (a *app) fromEnvironment() (credential config.EnvCredential, found bool, err error) {
	credential, found, err = config.CredentialFromEnv(a.Getenv)
	return credential, found && !a.accountNamed(), usageError(err)
}

// wantedAccount is the account that the settings name, else the current one.
func (a *app) wantedAccount() (session.Account, error) {
	return a.book.Find(session.Choice{Account: a.settings.Account, Server: a.settings.Server})
}

// accountNamed reports whether this call names an account. One in the settings
// file stands behind a credential of the environment.
func (a *app) accountNamed() bool {
	kind := a.settings.Origin("account").Kind
	return kind == config.KindFlag || kind == config.KindEnvironment
}

func (a *app) activeFromEnv(ctx context.Context, found config.EnvCredential) (signedIn, error) {
	in, t, err := a.ofEnv(found)
	if err != nil {
		return in, err
	}
	if t, err = a.settled(ctx, t); err != nil {
		return in, err
	}
	in.account.Type, in.account.AuthServer = string(t.kind), t.auth.URL()
	in.Platform, err = a.connect(t, in.credential)
	return in, err
}

// ofEnv is what is known of a credential of the environment without a question.
func (a *app) ofEnv(found config.EnvCredential) (signedIn, target, error) {
	t, err := a.target()
	if err != nil {
		return signedIn{}, t, err
	}
	t.kind = a.unaskedType(t, found.Origin)
	in := signedIn{
		credential: session.Credential{Token: found.Token, Type: found.Type}, source: found.Origin,
		account: session.Account{
			Server: t.api.URL(), Host: t.api.Host(), AuthServer: t.auth.URL(), Type: string(t.kind),
			User: a.settings.Username, Kind: session.Token,
		},
	}
	return in, t, nil
}

// asSignedIn runs a command's work for the active account. A use is noted, and
// a stored credential that the server does not take any more is erased.
func (a *app) asSignedIn(ctx context.Context, work func(signedIn) error) error {
	in, err := a.active(ctx)
	if err != nil {
		return err
	}
	if err := a.orEnded(ctx, in, platform.Explain(work(in))); err != nil || !in.stored {
		return err
	}
	a.warnBeforeEnd(in.account, lastMinutes)
	// What was asked for is done: a failure here would make a script do it again.
	if err := a.book.Touch(ctx, in.account); err != nil {
		a.term.Warn("the use of the session could not be noted: %s", err)
	}
	return nil
}

// lastMinutes is when every command says that the session will end.
const lastMinutes = 5 * time.Minute

// warnBeforeEnd tells a person that the session ends although it is used.
func (a *app) warnBeforeEnd(account session.Account, within time.Duration) {
	left := account.Expires.Sub(a.Now())
	if account.Expires.IsZero() || left >= within || !a.term.IsTerminal() {
		return
	}
	a.term.Warn("the %s ends in %s; log in again with %s login", account.Kind, duration.Format(left.Round(time.Second)), a.Program)
}

// orEnded is ended for the error of a server that does not take the credential
// any more; other errors stay what they are.
func (a *app) orEnded(ctx context.Context, in signedIn, err error) error {
	if errors.Is(err, platform.ErrSignedOut) {
		return a.ended(ctx, in, err)
	}
	return err
}

// ended erases what the server does not take any more and says so.
func (a *app) ended(ctx context.Context, in signedIn, signedOut error) error {
	if !in.stored {
		return refusal.New(refusal.SessionEnded, "%s does not accept the token in %s", in.account.Host, in.source).
			WithHint("put another token into " + in.source + ", or unset it and log in")
	}
	if err := a.book.ForgetIf(ctx, in.account, in.credential); err != nil {
		a.term.Warn("%s", err)
	}
	return refusal.New(refusal.SessionEnded, "%s", endText(in.account, string(platform.EndReason(signedOut)), in.account.Idle())).
		WithHint(a.loginHint())
}

// endText says how a session ended; limit is the idle limit that was heeded.
func endText(account session.Account, reason string, limit time.Duration) string {
	switch reason {
	case "idle":
		return fmt.Sprintf("logged out of %s after %s of inactivity", account.Host, duration.Format(limit))
	case "":
		return fmt.Sprintf("logged out: %s does not accept the %s of %s any more", account.Host, account.Kind, account.User)
	default:
		return fmt.Sprintf("logged out: the %s of %s at %s has ended (%s)", account.Kind, account.User, account.Host, reason)
	}
}

// project is the project of the environment, else the one that was selected;
// nil: none.
func (a *app) project(in signedIn) *session.Project {
	if a.settings.Project == "" {
		return in.account.Project
	}
	if selected := in.account.Project; selected != nil && selected.ID == a.settings.Project {
		return selected
	}
	return &session.Project{ID: a.settings.Project, Folder: "/"}
}
