package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/credstore"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// loginOptions are the flags of login.
type loginOptions struct {
	token, tokenFile     string
	username             string
	passwordStdin        bool
	noProjects           bool
	project              string
	timeout              string
	host, port, protocol string
	staging              bool
}

func (a *app) loginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in with a password or a token",
		Long: `Log in, and select a project to work in.

At a terminal, user name, password and, where the account has two-factor
authentication, a verification code are asked for. With --token the token of a
CI job or a script is checked with the server and stored.

The credential goes to the system's keyring, or, where there is none, to the
Linux kernel's or a file with a passphrase; --store names another place ("` + a.Program + `
help stores").`,
		Example: `  ` + a.Program + ` login
  ` + a.Program + ` login --timeout 12h --noprojects
  ` + a.Program + ` login --token - --noprojects < token.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.login(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.token, "token", "", "log in with this `TOKEN`; - reads it from standard input")
	flags.StringVar(&o.token, "auth-token", "", "the same, as dx calls it")
	flags.StringVar(&o.tokenFile, "token-file", "", "log in with the token in this `FILE`")
	flags.StringVar(&o.username, "username", "", "user `NAME`")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
	flags.BoolVar(&o.noProjects, "noprojects", false, "do not select a project")
	flags.StringVar(&o.project, "project", "", "select this `PROJECT`, by ID or name")
	flags.StringVar(&o.timeout, "timeout", "", "`TIME` until the session ends at the latest: 12h, 30d or a date (default 30d)")
	flags.String("store", "", "`STORE` for the credential: auto, keyring, kernel, age, plaintext or helper:NAME")
	flags.StringVar(&o.host, "host", "", "`HOST` of the auth server, as with dx; needs --port")
	flags.StringVar(&o.port, "port", "", "`PORT` of the auth server, as with dx; needs --host")
	flags.StringVar(&o.protocol, "protocol", "https", "`PROTOCOL` of the auth server, as with dx: https or http")
	flags.BoolVar(&o.staging, "staging", false, "log in to the staging servers of DNAnexus")
	flags.Bool("save", true, "accepted as with dx: the session is always stored")
	for _, name := range []string{"auth-token", "host", "port", "protocol", "staging", "save"} {
		_ = flags.MarkHidden(name) // fails for unknown flags only
	}
	return cmd
}

// defaultTimeout is what dx asks for.
const defaultTimeout = "30d"

// login checks everything that can be checked before it asks or sends anything.
func (a *app) login(ctx context.Context, o loginOptions) error {
	expires, err := o.check(a.Now())
	if err != nil {
		return err
	}
	t, err := a.loginTarget(o)
	if err != nil {
		return err
	}
	a.term = a.terminal(o.token == "-" || o.passwordStdin)
	token, err := a.loginToken(o)
	if err != nil {
		return err
	}
	if token.IsZero() {
		return a.loginWithPassword(ctx, t, o, expires)
	}
	return a.loginWithToken(ctx, t, o, token)
}

// check finds wrong flags and reads the timeout.
func (o loginOptions) check(now time.Time) (expires time.Time, err error) {
	switch {
	case o.token != "" && o.tokenFile != "":
		return expires, refusal.Usagef("--token and --token-file exclude each other")
	case o.hasToken() && (o.username != "" || o.passwordStdin):
		return expires, refusal.Usagef("a token needs neither --username nor --password-stdin")
	case o.hasToken() && o.timeout != "":
		return expires, refusal.Usagef("--timeout is for a login with a password: a token has its own expiry")
	case o.noProjects && o.project != "":
		return expires, refusal.Usagef("--noprojects and --project exclude each other")
	case (o.host == "") != (o.port == ""):
		return expires, refusal.Usagef("--host and --port go together")
	case o.staging && o.host != "":
		return expires, refusal.Usagef("--staging and --host exclude each other")
	}
	timeout := o.timeout
	if timeout == "" {
		timeout = defaultTimeout
	}
	expires, err = dnanexus.ParseExpiry(timeout, now)
	if err != nil {
		return expires, refusal.Usagef("--timeout: %s", err)
	}
	return expires, nil
}

func (o loginOptions) hasToken() bool { return o.token != "" || o.tokenFile != "" }

// stagingServer is where --staging goes.
const stagingServer = "https://stagingapi.dnanexus.com"

// loginTarget finds the servers. dx's --host names the auth server; where no
// API server was set, it is the one that belongs to it.
func (a *app) loginTarget(o loginOptions) (target, error) {
	switch {
	case o.staging && a.settings.Origin("server").Kind == config.KindFlag:
		return target{}, refusal.Usagef("--staging and --server exclude each other")
	case o.host != "" && a.settings.Origin("auth_server").Kind == config.KindFlag:
		return target{}, refusal.Usagef("--host and --auth-server exclude each other")
	}
	if o.staging {
		api, err := config.ParseEndpoint(stagingServer)
		return target{api: api, auth: config.AuthServerFor(api), kind: platform.TypeDNAnexus}, err
	}
	if o.host == "" {
		return a.target()
	}
	auth, err := config.ParseEndpoint(o.protocol + "://" + o.host + ":" + o.port)
	if err != nil {
		return target{}, usageError(err)
	}
	if a.settings.Server == "" {
		return a.checked(target{api: config.APIServerFor(auth), auth: auth, kind: platform.TypeDNAnexus})
	}
	api, err := config.ParseEndpoint(a.settings.Server)
	if err != nil {
		return target{}, usageError(err)
	}
	return a.checked(target{api: api, auth: auth, kind: platform.TypeDNAnexus})
}

// loginToken reads the token that was handed in; the zero secret means that the
// login is by password.
func (a *app) loginToken(o loginOptions) (secret.Text, error) {
	token, err := a.readLoginToken(o)
	if err != nil || token.IsZero() {
		return secret.Text{}, err
	}
	if err := httpcall.ValidToken(token); err != nil {
		return secret.Text{}, &refusal.Error{Code: refusal.WrongCredentials, Message: err.Error(), Err: err,
			Hint: "nothing was sent or stored; check where the token comes from"}
	}
	return token, nil
}

func (a *app) readLoginToken(o loginOptions) (secret.Text, error) {
	switch {
	case o.token == "-":
		content, err := a.readAll(maxSecretInput)
		if err != nil {
			return secret.Text{}, err
		}
		token := strings.TrimSpace(string(content))
		if token == "" {
			return secret.Text{}, refusal.New(refusal.InputRequired, "--token -: standard input has no token").
				WithHint("pipe the token into the command")
		}
		return secret.New(token), nil
	case o.token != "":
		a.term.Warn("a token on the command line can be seen by others on this machine and stays in the shell's history; use --token - or --token-file")
		return secret.New(o.token), nil
	case o.tokenFile != "":
		token, err := config.ReadTokenFile(o.tokenFile)
		if err != nil {
			return secret.Text{}, refusal.Usagef("--token-file: %s", err)
		}
		return token, nil
	case o.username != "" || o.passwordStdin:
		return secret.Text{}, nil
	}
	return a.tokenFromVariable()
}

// tokenFromVariable heeds dxauth's own variables only: those of dx say who one
// is already.
func (a *app) tokenFromVariable() (secret.Text, error) {
	own := func(name string) string {
		if strings.HasPrefix(name, "DXAUTH_") {
			return a.Getenv(name)
		}
		return ""
	}
	found, ok, err := config.CredentialFromEnv(own)
	if err != nil || !ok {
		return secret.Text{}, usageError(err)
	}
	return found.Token, nil
}

// loginWithToken stores a token only after the server has accepted it.
func (a *app) loginWithToken(ctx context.Context, t target, o loginOptions, token secret.Text) error {
	store, reason, err := a.openStore(ctx, t)
	if err != nil {
		return err
	}
	if t, err = a.loginKind(ctx, t, o); err != nil {
		return err
	}
	credential := session.Credential{Token: token, Type: t.kind.TokenType()}
	p, err := a.connect(t, credential)
	if err != nil {
		return err
	}
	holder, err := p.Verify(ctx)
	if err != nil {
		return badToken(t, err)
	}
	account := newAccount(t, holder.User, store)
	account.Kind, account.Created, account.Expires = session.Token, a.Now().UTC(), holder.Expires
	replaced, err := a.book.Save(ctx, account, credential)
	if err != nil {
		return err
	}
	a.endReplaced(ctx, t, replaced)
	return a.afterLogin(ctx, p, account, o, reason)
}

// badToken tells that nothing was stored.
func badToken(t target, err error) error {
	if !errors.Is(err, platform.ErrSignedOut) {
		return err
	}
	return &refusal.Error{Code: refusal.WrongCredentials, Err: err, Hint: "nothing was stored; check the token and the server, or make a new token",
		Message: t.api.Host() + " does not accept the token" + because(string(platform.EndReason(err)))}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func newAccount(t target, user platform.User, store credstore.Store) session.Account {
	return session.Account{
		Server: t.api.URL(), Host: t.api.Host(), AuthServer: t.auth.URL(), Type: string(t.kind),
		User: t.kind.UserName(user), UserID: user.ID, Store: store.Name(),
	}
}

// saveOrRevoke stores a new session. When that fails the session must not live
// on at the server with nobody knowing of it.
func (a *app) saveOrRevoke(ctx context.Context, t target, account session.Account, credential session.Credential) error {
	replaced, err := a.book.Save(ctx, account, credential)
	if err != nil {
		a.term.Warn("the session could not be stored; ending it on the server")
		return errors.Join(err, a.revoke(ctx, t, credential))
	}
	a.endReplaced(ctx, t, replaced)
	return nil
}

// endReplaced ends the session that a new login replaced; nil for none.
func (a *app) endReplaced(ctx context.Context, t target, replaced *session.Credential) {
	if replaced != nil {
		_ = a.revoke(ctx, t, *replaced) // most often it has ended by itself
	}
}

// revokeTime bounds how long ending a token on the server may take.
const revokeTime = 5 * time.Second

// revoke ends a token on the server, also after Ctrl-C.
func (a *app) revoke(ctx context.Context, t target, credential session.Credential) error {
	p, err := a.connect(t, credential)
	if err != nil {
		return err
	}
	return signOut(context.WithoutCancel(ctx), p, revokeTime)
}
