package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/enroll"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// passwordLogin is a login by password in progress.
type passwordLogin struct {
	*credentials.Dialogue
	options  loginOptions
	target   connect.Target
	platform *platform.Platform // nil until the first attempt
}

// withPassword signs in, and stores the session.
func (o loginOptions) withPassword(ctx context.Context, t connect.Target, expires time.Time) error {
	username := o.username
	if username == fromPipe {
		username = ""
	}
	l := &passwordLogin{Dialogue: credentials.ForLogin(o.Console, t.Auth.URL(), username, expires), options: o, target: t}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	store, err := o.openStore(ctx, t)
	if err != nil {
		return err
	}
	result, enrolled, err := l.signInAndEnroll(ctx)
	if errors.Is(err, platform.ErrSSORequired) && !l.Scripted {
		return o.offerBrowser(ctx, l.target, store, err)
	}
	if err != nil {
		return l.withAccountHint(ctx, err)
	}
	account := o.sessionAccount(l.target, store, result)
	o.warnIfShortened(expires, account)
	if left := result.RecoveryCodesLeft; left != nil {
		o.Message("%s; %s 2fa recovery-codes --new makes new ones", enroll.LeftText(*left), o.Program)
	}
	if err := o.keep(ctx, l.target, store, account, result); err != nil || enrolled == nil {
		return err
	}
	enrolled.OfferToClear(ctx)
	return nil
}

// warnIfShortened warns that the session ends earlier than --timeout asked.
func (o loginOptions) warnIfShortened(asked time.Time, account session.Account) {
	const tolerance = time.Minute
	if o.timeout != "" && !account.Expires.IsZero() && asked.Sub(account.Expires) > tolerance {
		o.Warn("--timeout %s was shortened to %s by the server", o.timeout, duration.Format(format.RoundLeft(account.Expires.Sub(o.Now()))))
	}
}

// prepare checks that all input is given or can be asked for.
func (l *passwordLogin) prepare(ctx context.Context) error {
	o := l.options
	if o.passwordStdin && o.username != fromPipe {
		if o.username == "" {
			return refusal.New(refusal.InputRequired, "--password-stdin needs --username NAME")
		}
		return l.ReadStdin(ctx)
	}
	if err := l.offerUser(); err != nil {
		return err
	}
	if o.readsPipe(o.Program) && !l.StdinIsTerminal() {
		return l.readPipe(ctx)
	}
	if err := l.CanAsk(); err != nil {
		return kit.CannotAsk("prompt for a password", err).WithHint(o.missing())
	}
	return nil
}

func (l *passwordLogin) readPipe(ctx context.Context) error {
	err := l.ReadPipe(ctx)
	if errors.Is(err, credentials.ErrNoLines) {
		return kit.CannotAsk("prompt for a password", err).WithHint(l.options.missing())
	}
	return err
}

// offerUser sets the default of the prompt for the user name.
func (l *passwordLogin) offerUser() (err error) {
	offered := l.options.settings.Username
	if offered == "" {
		offered, err = l.options.client.Accounts.LastUser(l.target.API.URL())
	}
	l.Offer(offered)
	return err
}

// missing names the flags that replace the prompts.
func (o loginOptions) missing() string {
	if o.username != "" && o.username != fromPipe {
		return "give the password with --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"
	}
	return "give --username NAME and --password-stdin, or a token with --token -, --token-file FILE or DXAUTH_TOKEN"
}

// signInAndEnroll signs in, and sets up an authenticator if the server requires
// it.
func (l *passwordLogin) signInAndEnroll(ctx context.Context) (platform.SignInResult, *enroll.Enrollment, error) {
	result, err := l.signIn(ctx)
	if !errors.Is(err, platform.ErrEnrollmentRequired) {
		return result, nil, err
	}
	ticket, _ := refusal.DetailsOf[platform.Ticket](err)
	enrolled, err := l.enroll(ctx, ticket.Secret)
	if err != nil {
		return result, nil, err
	}
	if enrolled.Result() == nil { // the server requires a sign-in with a code of the new authenticator
		l.AboutCode = "Type the next code of the app: each one is accepted once"
		result, err = l.signIn(ctx)
		return result, enrolled, err
	}
	result = *enrolled.Result()
	result.User.Name = l.Credentials.Username
	return result, enrolled, nil
}

func (l *passwordLogin) signIn(ctx context.Context) (result platform.SignInResult, err error) {
	l.Message("Acquiring credentials from %s", l.target.Auth.URL())
	err = l.Prove(ctx, func(given platform.Credentials) (err error) {
		if err := l.connect(ctx); err != nil {
			return err
		}
		result, err = l.platform.SignIn(ctx, given)
		return err
	})
	return result, err
}

// connect detects the type of the platform and connects to it, once the user has
// entered the credentials.
func (l *passwordLogin) connect(ctx context.Context) (err error) {
	if l.platform != nil {
		return nil
	}
	if l.target, err = l.options.withType(ctx, l.target); err != nil {
		return err
	}
	l.platform, err = l.options.client.Servers.Connect(l.target, session.Credential{})
	return err
}

// enroll sets up an authenticator, because the server requires it.
func (l *passwordLogin) enroll(ctx context.Context, ticket secret.Text) (*enroll.Enrollment, error) {
	host, username := l.target.Auth.URL(), l.Credentials.Username
	server, err := l.platform.TwoFactor()
	if err != nil || l.Scripted {
		return nil, refusal.New(refusal.Denied, "%s requires two-factor authentication, and %s has none yet", host, username).
			WithHint("log in at a terminal once to set it up, or with an API token")
	}
	e := &enroll.Enrollment{
		Console: l.Console, Server: server, Account: username, Ticket: ticket, Options: enroll.Options{QR: "auto"},
		Before: "Nothing has changed: you are not logged in, and two-factor authentication is off",
	}
	l.Notice("%s requires two-factor authentication. Set it up now; you need an authenticator app on a phone or a computer.", host)
	return e, e.Run(ctx, func(ctx context.Context) (platform.Enrollment, error) {
		return server.BeginTwoFactor(ctx, platform.Credentials{}, ticket)
	})
}

// accountHintTime limits the wait for the platform's hint how to get an account.
const accountHintTime = 2 * time.Second

// withAccountHint adds to the error for a wrong user name or password what to check, and
// how to get an account if the platform says so. Neither tells whether there is such a user.
func (l *passwordLogin) withAccountHint(ctx context.Context, err error) error {
	if l.platform == nil || !errors.Is(err, platform.ErrWrongPassword) {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, accountHintTime)
	defer cancel()
	hint := fmt.Sprintf("check the %s, the password and the server: %s (%s)",
		l.target.Type.AboutUserName(), l.target.API.Name(), l.options.serverOrigin())
	if account := l.platform.AccountHint(bounded); account != "" {
		hint += "; " + account
	}
	return refusal.New(refusal.WrongCredentials, "%s", err).WithHint(hint).Wrap(err)
}

// serverOrigin says what names the server of the login.
func (o loginOptions) serverOrigin() string {
	origin := o.settings.Origin("server")
	switch {
	case o.staging:
		return "flag --staging"
	case o.host != "":
		return "flag --host"
	case origin.Kind == config.KindDefault:
		return "the default; --server names another"
	default:
		return origin.String()
	}
}
