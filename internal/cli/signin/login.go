package signin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/citoken"
	"github.com/dxauth/dxauth/internal/cli/browsersignin"
	"github.com/dxauth/dxauth/internal/cli/connect"
	"github.com/dxauth/dxauth/internal/cli/keyless"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/projectpick"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// loginOptions are the flags of login, and what it uses.
type loginOptions struct {
	*kit.Console
	client   *kit.Client
	picker   projectpick.Picker
	settings config.Settings
	getenv   func(string) string

	browser              browsersignin.Flags
	idToken              keyless.Flags
	token, tokenFile     string
	exchanged            bool // the token was made in exchange for an ID token
	tookVariable         bool // the token is that of a variable, which later commands use, too
	username             string
	passwordStdin        bool
	seal                 bool
	noProjects           bool
	project              string
	timeout              string
	host, port, protocol string
	staging              bool
}

// Login returns the command login.
func Login(env kit.Env) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Log in with a password, in the browser or with a token",
		Long: `Log in, and select a project to work in.

At a terminal, you are asked for user name, password and, if the account has
two-factor authentication, a verification code. With --token, the token of a CI
job or a script is checked with the server and stored.

With --sso you sign in in the browser, also through single sign-on. Over SSH,
without a display and with --device, a code is shown for a browser on any other
machine. If the platform has no such sign-in, you are asked for a token that you
make on its web page.

In a CI job, --id-token auto and --id-token-file log in without a stored secret,
where a trust rule of an org allows it ("` + env.Program + ` admin org trust --help").
The token that is stored expires within an hour. In a job with an ID token,
"` + env.Program + ` login" without a flag does the same.

The credential is stored in the system keyring or, without one, in the Linux
kernel's or in a file with a passphrase; --store selects another store ("` + env.Program + `
help stores"). A session in the keyring of Linux ends there on time, with
nothing running; --seal does that for other stores and for tokens.`,
		Example: `  ` + env.Program + ` login
  ` + env.Program + ` login --timeout 12h --noprojects
  ` + env.Program + ` login --sso
  ` + env.Program + ` login --token - --noprojects < token.txt`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.ConsoleReading(o.token == "-" || o.idToken.ReadsStdin() || o.passwordStdin || o.readsPipe(inv.Program))
			o.client = inv.Client(o.Console)
			o.picker = projectpick.Picker{Console: o.Console, Accounts: o.client.Accounts}
			o.settings, o.getenv = inv.Settings, inv.Getenv
			o.username = strings.TrimSpace(o.username) // as at the prompt
			return o.run(ctx)
		}),
	}
	kit.InsteadOfArguments(cmd, "name the user with --username, and the server with --server")
	flags := cmd.Flags()
	o.browser.Bind(flags)
	o.idToken.Bind(flags, "log in with a token of at most an hour in exchange for")
	flags.StringVar(&o.token, "token", "", "log in with this `TOKEN`; - reads it from standard input")
	flags.StringVar(&o.token, "auth-token", "", "the same, as dx calls it")
	flags.StringVar(&o.tokenFile, "token-file", "", "log in with the token in this `FILE`")
	flags.StringVar(&o.username, "username", "", "user `NAME`; - reads name, password and code from the lines of standard input")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password from standard input; a second line is the verification code")
	flags.BoolVar(&o.noProjects, "noprojects", false, "do not select a project")
	flags.StringVar(&o.project, "project", "", "select this `PROJECT`, by ID or name")
	kit.CompleteFlag(flags, "project", kit.CompleteProjects)
	flags.StringVar(&o.timeout, "timeout", "", "`TIME` until the session ends at the latest: 12h, 45m or a date (default "+defaultTimeout+")")
	flags.String("store", "", "`STORE` for the credential: auto, keyring, kernel, age, plaintext or helper:NAME")
	flags.BoolVar(&o.seal, "seal", false, "seal the credential, so that it opens only until it ends or this machine restarts")
	flags.StringVar(&o.host, "host", "", "`HOST` of the auth server, as with dx; needs --port")
	flags.StringVar(&o.port, "port", "", "`PORT` of the auth server, as with dx; needs --host")
	flags.StringVar(&o.protocol, "protocol", "https", "`PROTOCOL` of the auth server, as with dx: https or http")
	kit.CompleteValues(flags, "protocol", "https", "http")
	flags.BoolVar(&o.staging, "staging", false, "log in to the staging servers of DNAnexus")
	flags.Bool("save", true, "accepted as with dx: the session is always stored")
	for _, name := range []string{"auth-token", "host", "port", "protocol", "staging", "save"} {
		_ = flags.MarkHidden(name) // fails for unknown flags only
	}
	return cmd
}

// run checks the flags and the settings before it prompts or sends a request.
func (o loginOptions) run(ctx context.Context) error {
	expires, err := o.check(o.Now())
	if err != nil {
		return err
	}
	t, err := o.target()
	if err != nil {
		return err
	}
	switch {
	case o.browser.Wanted():
		return o.withBrowser(ctx, t)
	case o.idToken.Wanted():
		return o.withIDToken(ctx, t)
	}
	token, err := o.readToken(ctx)
	switch {
	case err != nil:
		return err
	case token.IsZero() && o.isJob():
		return o.withIDToken(ctx, t)
	case token.IsZero():
		return o.withPassword(ctx, t, expires)
	}
	o.tookVariable = !o.hasToken()
	return o.withToken(ctx, t, token)
}

// isJob reports whether nothing but an ID token of the CI system can be meant: no other
// credential is given, and none can be asked for.
func (o loginOptions) isJob() bool {
	isGiven := o.username != "" || o.passwordStdin || o.readsPipe(o.Program)
	return !isGiven && o.CanAsk() != nil && citoken.Job{Getenv: o.getenv}.Source() != ""
}

// defaultTimeout is the timeout that dx requests, and the longest on its platform.
const defaultTimeout = "18h"

// check checks the flags and returns the time of --timeout.
func (o loginOptions) check(now time.Time) (expires time.Time, err error) {
	for _, wrong := range []error{o.browser.Check(), o.idToken.Check()} {
		if wrong != nil {
			return expires, wrong
		}
	}
	switch {
	case o.token != "" && o.tokenFile != "":
		return expires, refusal.Usagef("--token and --token-file exclude each other")
	case o.browser.Wanted() && (o.hasToken() || o.username != "" || o.passwordStdin):
		return expires, refusal.Usagef("a login in the browser needs neither a token nor --username and --password-stdin")
	case o.idToken.Wanted() && (o.browser.Wanted() || o.hasToken() || o.username != "" || o.passwordStdin):
		return expires, refusal.Usagef("an ID token needs no other flag that says how to log in")
	case o.idToken.Wanted() && o.timeout != "":
		return expires, refusal.Usagef("--timeout is for a login with a password: the server sets the expiry of a token for an ID token")
	case o.browser.Wanted() && o.timeout != "":
		return expires, refusal.Usagef("--timeout is for a login with a password: the server sets the expiry of a session of the browser")
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
	return timeinput.End("--timeout", timeout, now)
}

// readsPipe reports whether a user name and a password may come from a pipe, as with
// dx. A program that is not called dx needs a flag for that: what it reads from there
// without one may be the rest of a script.
func (o loginOptions) readsPipe(program string) bool {
	return o.username == fromPipe || program == "dx" && !o.hasToken() && !o.passwordStdin
}

// fromPipe is the user name that stands for one on standard input.
const fromPipe = "-"

func (o loginOptions) hasToken() bool { return o.token != "" || o.tokenFile != "" }

// stagingServer is the API server for --staging.
const stagingServer = "https://stagingapi.dnanexus.com"

// target returns the servers to log in to. dx's --host names the auth server; if
// no API server is set, it is the one that belongs to that auth server.
func (o loginOptions) target() (connect.Target, error) {
	servers := o.client.Servers
	switch {
	case o.staging && o.settings.Origin("server").Kind == config.KindFlag:
		return connect.Target{}, refusal.Usagef("--staging and --server exclude each other")
	case o.host != "" && o.settings.Origin("auth_server").Kind == config.KindFlag:
		return connect.Target{}, refusal.Usagef("--host and --auth-server exclude each other")
	case o.protocol != "https" && o.protocol != "http":
		return connect.Target{}, refusal.Usagef("--protocol %s: must be https or http", o.protocol)
	}
	if o.staging {
		api, err := config.ParseEndpoint(stagingServer)
		return connect.Target{API: api, Auth: config.AuthServerFor(api), Type: platform.TypeDNAnexus}, err
	}
	if o.host == "" {
		return servers.Target()
	}
	auth, err := config.ParseEndpoint(o.protocol + "://" + o.host + ":" + o.port)
	if err != nil {
		return connect.Target{}, refusal.AsUsage(err)
	}
	if !o.settings.IsSet("server") {
		return servers.Checked(connect.Target{API: config.APIServerFor(auth), Auth: auth, Type: platform.TypeDNAnexus})
	}
	server, err := o.settings.Server()
	if err != nil {
		return connect.Target{}, err
	}
	api, err := config.ParseEndpoint(server)
	if err != nil {
		return connect.Target{}, refusal.AsUsage(err)
	}
	return servers.Checked(connect.Target{API: api, Auth: auth, Type: platform.TypeDNAnexus})
}

// withType detects the type of the platform, and returns an error if a flag does
// not apply to that type.
func (o loginOptions) withType(ctx context.Context, t connect.Target) (connect.Target, error) {
	t, err := o.client.Servers.WithType(ctx, t)
	switch {
	case err != nil:
		return t, err
	case o.project != "" && !t.Type.HasProjects():
		return t, refusal.Usagef("--project: %s is a %s server, which has no projects", t.API.Name(), t.Type.Name())
	case o.timeout != "" && !t.Type.TakesExpiry():
		return t, refusal.Usagef("--timeout: %s is a %s server, which sets the expiry of sessions itself", t.API.Name(), t.Type.Name())
	}
	return t, nil
}

// readToken reads the token from flags, standard input, a file or a variable. It
// returns the zero secret for a login with a password.
func (o loginOptions) readToken(ctx context.Context) (secret.Text, error) {
	token, err := o.findToken(ctx)
	if err != nil || token.IsZero() {
		return secret.Text{}, err
	}
	if err := httpcall.ValidToken(token); err != nil {
		return secret.Text{}, refusal.New(refusal.WrongCredentials, "%s", err).Wrap(err).
			WithHint("nothing was sent or stored; check where the token comes from")
	}
	return token, nil
}

func (o loginOptions) findToken(ctx context.Context) (secret.Text, error) {
	switch {
	case o.token == "-":
		token, err := o.SecretInput(ctx, "Token")
		if err == nil && token == "" {
			err = refusal.New(refusal.InputRequired, "--token -: standard input has no token").WithHint("pipe the token into the command")
		}
		return secret.New(token), err
	case o.token != "":
		o.Warn("a token on the command line can be seen by others on this machine and stays in the shell's history; use --token - or --token-file")
		return secret.New(o.token), nil
	case o.tokenFile != "":
		token, err := config.ReadTokenFile(ctx, o.tokenFile)
		if err != nil {
			return secret.Text{}, refusal.Usagef("--token-file: %s", err).Wrap(err)
		}
		return token, nil
	case o.username != "" || o.passwordStdin:
		return secret.Text{}, nil
	}
	return o.tokenFromVariable(ctx)
}

// tokenFromVariable reads the token from dxauth's variables only: those of dx hold
// a credential that is already signed in.
func (o loginOptions) tokenFromVariable(ctx context.Context) (secret.Text, error) {
	getOwn := func(name string) string {
		if strings.HasPrefix(name, "DXAUTH_") {
			return o.getenv(name)
		}
		return ""
	}
	found, ok, err := config.CredentialFromEnv(ctx, getOwn)
	if err != nil || !ok {
		return secret.Text{}, config.Wrong(err)
	}
	return found.Token, nil
}

// withToken stores a token only after the server has accepted it.
func (o loginOptions) withToken(ctx context.Context, t connect.Target, token secret.Text) error {
	store, err := o.openStore(ctx, t)
	if err != nil {
		return err
	}
	if t, err = o.withType(ctx, t); err != nil {
		return err
	}
	return o.storeToken(ctx, t, store, token)
}

// storeToken is withToken once the store is selected and the type of the platform is
// known.
func (o loginOptions) storeToken(ctx context.Context, t connect.Target, store storeChoice, token secret.Text) error {
	credential := session.Credential{Token: token, Type: t.Type.TokenType()}
	p, holder, err := o.client.Servers.VerifyToken(ctx, t, credential)
	if err != nil {
		return err
	}
	account := o.client.TokenAccount(t, holder, store)
	account.AlwaysSeal = o.seal
	if err := o.client.SaveToken(ctx, t, account, credential); err != nil {
		return err
	}
	return o.finish(ctx, p, account, store.reason)
}
