package servecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/certificate"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/syntax"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	listen          string
	storeFlags      storeFlags
	store           chosenStore
	keyFile         string
	restoreTokens   bool
	choseTokens     bool // restoreTokens was given
	platform        string
	basePath        string
	fixture         string
	insecureFixture bool
	insecureHTTP    bool
	tlsCert, tlsKey string
	idleTimeout     time.Duration
	sessionMax      time.Duration
	auditAge        time.Duration
	twoFactor       string
	signUp          string
	protocols       []string
	hosts           []string
	trustedProxies  []string
	corsOrigins     []string
	publicAddress   string // empty: that of the listener
	urlFile         string
	log             string
	oidc            oidcFlags
	smtp            smtpFlags
	observe         observeFlags
}

// newServe returns the command serve.
func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference server",
		Long: `Run the reference server: a platform that speaks the protocols of DNAnexus and
of MOLGENIS, in this process, over the same accounts and tokens.

When it is ready it prints one line "listening on URL" on stderr. With
--fixture it has the users, orgs, projects and tokens of a YAML file, or with
--fixture demo those of the built-in demo, and prints who can log in ("dxauth
help fixtures" describes the format). Without users, it prints on stderr how to
make the first administrator.
On a copy that "dxauth serve backup" made, sessions and one-time codes end at the
first start, recovery codes included. API tokens that were revoked since the
copy was made are in it, too: give --restore-tokens to keep its API tokens, or
--restore-tokens=false to end all of them.
With --store postgres://HOST/DATABASE any number of servers share a store: give
each a copy of the same --key-file. An empty database gets its tables at the
first start; later versions need "dxauth serve migrate". A password is in the
file that PGPASSFILE or PGSERVICEFILE names, or in the URL of --store-url-file.
Off this machine, sslmode=verify-full is the default. With several hosts in the
URL, the one that takes writes is used.
With --tls-cert and --tls-key it serves https. Both files may be replaced while
it runs: new connections get the new certificate once both belong together.
With --oidc-config, or --oidc-issuer for one, users sign in with OpenID
providers; give --url, to which they lead back.
With --smtp and --smtp-from, users get codes and notices by e-mail, and nobody
else gets the codes; who signs up activates the account with one. Off this
machine the mail server has to speak TLS.
With --base-path /molgenis, everything is below that path, and the rest is not
found. A proxy in front has to pass the path on unchanged, and the Host header:
for nginx, "location /molgenis/ { proxy_pass http://127.0.0.1:8080;
proxy_set_header Host $http_host; }".
On Ctrl-C or SIGTERM it answers the requests that it accepted, and ends.`,
		Example: `  dxauth serve --fixture demo
  dxauth serve --listen 127.0.0.1:0 --url-file url --fixture lab.yaml
  dxauth serve --store sqlite:platform.db
  dxauth serve --store postgres://db.example.org/dxauth --key-file dxauth.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.choseTokens = cmd.Flags().Changed("restore-tokens")
			return o.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 picks a free one")
	o.storeFlags.add(cmd, "`STORE` of the data: memory, sqlite:FILE or postgres://HOST/DATABASE (default memory)")
	flags.StringVar(&o.keyFile, "key-file", "", "`FILE` with the key that seals secrets in the store; PostgreSQL needs one (default for sqlite: the name of the store with .key added)")
	flags.BoolVar(&o.restoreTokens, "restore-tokens", false, "keep the API tokens of a store that is at an earlier time, even those revoked since")
	flags.StringVar(&o.platform, "type", refserver.TypeDNAnexus, "which platform to report to clients: "+strings.Join(refserver.Types(), ", "))
	flags.StringVar(&o.basePath, "base-path", "", "`PATH` below which everything is served, for a MOLGENIS that shares its host behind a proxy")
	flags.StringVar(&o.fixture, "fixture", "", "YAML `FILE` with users, orgs, projects and tokens, or \"demo\"")
	flags.BoolVar(&o.insecureFixture, "insecure-fixture", false, "allow a fixture although others can reach the server")
	flags.BoolVar(&o.insecureHTTP, "insecure-http", false, "allow plain http although others can reach the server")
	flags.StringVar(&o.tlsCert, "tls-cert", "", "PEM `FILE` with the certificate chain")
	flags.StringVar(&o.tlsKey, "tls-key", "", "PEM `FILE` with the certificate's key, which only its owner may read")
	durationVar(flags, &o.idleTimeout, "idle-timeout", 15*time.Minute, "end a session after this time without use")
	durationVar(flags, &o.sessionMax, "session-max", defaultSessionMax, "end a session after this time, even if it is used; API tokens are not affected")
	durationVar(flags, &o.auditAge, "audit-age", 0, "remove rows of the audit log that are older than this `DURATION`; 0 keeps them")
	flags.StringVar(&o.signUp, "signup", string(identity.SignUpClosed), "who can sign up by the forms of MOLGENIS: closed (no one), moderated (after an administrator's approval) or open")
	flags.StringVar(&o.twoFactor, "two-factor", string(identity.FactorsEnabled), "two-factor authentication: disabled, enabled (optional) or enforced (for all users)")
	flags.StringSliceVar(&o.protocols, "protocols", nil, "over which `PROTOCOLS` users can change their account: dnanexus, molgenis or both (default that of --type)")
	flags.StringSliceVar(&o.hosts, "host", nil, "`NAME` that the server accepts as its host, beside localhost and addresses")
	flags.StringSliceVar(&o.trustedProxies, "trusted-proxy", nil, "`NETWORK` whose X-Forwarded-For header is trusted")
	flags.StringSliceVar(&o.corsOrigins, "cors-origin", nil, "`ORIGIN` (like https://lab.example.org) whose web pages may sign in and use tokens here; those of others are refused")
	flags.StringVar(&o.publicAddress, "url", "", "`URL` by which users and CI jobs reach the server, if it is not the one that it listens on")
	flags.StringVar(&o.urlFile, "url-file", "", "write the URL to this `FILE` when ready")
	flags.StringVar(&o.log, "log", "text", "format of the log on stderr: text, json or none")
	o.oidc.add(flags)
	o.smtp.add(flags)
	o.observe.add(flags)
	completeServe(flags)
	cmd.AddCommand(newAudit(), newBackup(), newExport(), newImport(), newMigrate())
	return cmd
}

// run serves until ctx ends.
func (o serveOptions) run(ctx context.Context, stderr io.Writer) (err error) {
	if o.store, err = o.storeFlags.choose(); err != nil {
		return err
	}
	config, err := o.config(ctx, stderr)
	if err != nil {
		return err
	}
	source, err := o.openCertificate(config.Log)
	if err != nil {
		return err
	}
	listener, err := o.openListener(source)
	if err != nil {
		return err
	}
	defer listener.Close()
	observers, err := o.observe.open(o.insecureHTTP)
	if err != nil {
		return err
	}
	defer observers.close()
	if config, err = o.withURL(listener, config); err != nil {
		return err
	}
	o.store.printWeak(stderr) // before a password is sent
	server, err := refserver.Open(ctx, config)
	if err != nil {
		return o.openFailed(config, err)
	}
	defer server.Close()
	refserver.TuneProcess()
	printCertificate(source, stderr)
	url := o.url(listener, config.BasePath)
	if err := o.printNotices(ctx, server, url, stderr); err != nil {
		return err
	}
	if o.urlFile != "" {
		if err := privatefile.Replace(o.urlFile, []byte(url+"\n")); err != nil {
			return fmt.Errorf("write the URL: %w", err)
		}
		defer os.Remove(o.urlFile)
	}
	if o.fixture == fixture.Demo {
		showDemo(stderr, *config.Fixture, url)
	}
	observers.serve(ctx, server, config.Hosts, stderr)
	fmt.Fprintf(stderr, "listening on %s\n", url)
	return server.Serve(ctx, listener)
}

// showDemo prints who can sign in to the demo, whose passwords and keys everybody knows,
// and the next command.
func showDemo(stderr io.Writer, demo fixture.File, url string) {
	printUsers(stderr, demo, func(user fixture.User) string {
		return "oathtool --totp --base32 " + user.TOTPSecret.Reveal()
	})
	fmt.Fprintf(stderr, "Log in with:\n  dxauth login --server %s --username %s\n", url, demo.Users[0].Username)
}

func (o serveOptions) printNotices(ctx context.Context, server *refserver.Server, url string, stderr io.Writer) error {
	if o.store.isMemory() {
		fmt.Fprintln(stderr, "the store is in memory: all data is lost when the server ends")
	}
	for _, warning := range server.Warnings() {
		fmt.Fprintln(stderr, "warning: "+warning)
	}
	printRestored(server.Restored(), stderr)
	invitation, needed, err := server.Invite(ctx)
	if err != nil {
		return serverFailed(err)
	}
	if !needed {
		return nil
	}
	fmt.Fprintf(stderr, "there are no users; for a trial, start with --fixture demo\n"+
		"to make the first administrator, run\n  dxauth admin bootstrap --server %s\n"+
		"and give it this code, which works once, until %s:\n  %s\n",
		url, invitation.Expires.Local().Format("2006-01-02 15:04"), invitation.Code.Reveal())
	return nil
}

// printCertificate warns about a certificate that clients may refuse; source may be
// nil.
func printCertificate(source *certificate.Source, stderr io.Writer) {
	if source == nil {
		return
	}
	for _, problem := range source.Problems() {
		fmt.Fprintln(stderr, "warning: "+problem)
	}
}

// config checks the flags and reads the fixture.
func (o serveOptions) config(ctx context.Context, stderr io.Writer) (refserver.Config, error) {
	config, err := o.checked()
	if err != nil {
		return config, err
	}
	o.store.configure(&config)
	if config.Log, err = newLog(o.log, stderr); err != nil {
		return config, err
	}
	if config.TrustedProxies, err = parseProxies(o.trustedProxies); err != nil {
		return config, err
	}
	if config.CORSOrigins, err = parseOrigins(o.corsOrigins); err != nil {
		return config, err
	}
	if config.SSO, err = o.oidc.read(ctx); err != nil {
		return config, err
	}
	if config.SMTP, err = o.smtp.read(); err != nil {
		return config, err
	}
	if o.fixture == "" {
		return config, nil
	}
	file, err := openFixture(ctx, o.fixture)
	config.Fixture = &file
	return config, err
}

// serverFailed turns an error of the server into a failure of this command. A
// refusal by the server's rules, as for a fixture, keeps its text and loses its
// code: this command itself refused nothing.
func serverFailed(err error) error {
	if invalid, ok := errors.AsType[*fixture.InvalidError](err); ok {
		return invalidFixture(invalid)
	}
	return &refusal.Error{Code: refusal.Internal, Message: err.Error(), Err: err}
}

// openFixture reads a fixture; an invalid one is a usage error.
func openFixture(ctx context.Context, name string) (fixture.File, error) {
	file, err := fixture.Open(ctx, name)
	if invalid, ok := errors.AsType[*fixture.InvalidError](err); ok {
		return file, invalidFixture(invalid)
	}
	if err != nil {
		err = &refusal.Error{Code: refusal.Usage, Message: err.Error(), Err: err}
	}
	return file, err
}

// invalidFixture reports each problem of a fixture on a line of its own, which editors
// understand.
func invalidFixture(invalid *fixture.InvalidError) error {
	return refusal.New(refusal.Usage, "the fixture is not valid").With(refusal.Listing(invalid.Problems)).Wrap(invalid).
		WithHint("dxauth help fixtures describes the format")
}

// checked returns the configuration that the flags give, or a usage error.
func (o serveOptions) checked() (refserver.Config, error) {
	err := errors.Join(checkType(o.platform), checkSessionTime("--idle-timeout", o.idleTimeout), checkSessionTime("--session-max", o.sessionMax), checkAuditAge(o.auditAge))
	switch {
	case err != nil:
		return refserver.Config{}, err
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return refserver.Config{}, refusal.Usagef("--tls-cert and --tls-key go together")
	case o.keyFile != "" && o.store.isMemory():
		return refserver.Config{}, refusal.Usagef("--key-file is for a store in sqlite or PostgreSQL: a store in memory has a key of its own")
	case o.keyFile == "" && o.store.database != nil:
		return refserver.Config{}, refusal.Usagef("PostgreSQL needs a key file: all servers of a database use a copy of the same key").WithHint("give --key-file FILE")
	}
	basePath, err := o.parseBasePath()
	if err != nil {
		return refserver.Config{}, err
	}
	twoFactor, err := twoFactorMode(o.twoFactor)
	if err != nil {
		return refserver.Config{}, err
	}
	if err := o.checkProtocols(); err != nil {
		return refserver.Config{}, err
	}
	signUp, err := signUpMode(o.signUp)
	return refserver.Config{Type: o.platform, BasePath: basePath, KeyFile: o.keyFile, RestoreTokens: o.tokenChoice(), IdleTimeout: o.idleTimeout, SessionMax: o.sessionMax, AuditAge: o.auditAge, Hosts: o.hosts, TwoFactor: twoFactor, SignUp: signUp, Protocols: o.protocols}, err
}

// parseBasePath refuses paths that the client refuses in the address of a server.
func (o serveOptions) parseBasePath() (web.BasePath, error) {
	path, err := syntax.BasePath(o.basePath)
	if err != nil {
		return "", refusal.Usagef("--base-path %q: a base path %s", o.basePath, err)
	}
	if _, page, found := syntax.CutPage(path); found {
		return "", refusal.Usagef("--base-path %s: must not end in %s, which is a page or an API of the server", o.basePath, page)
	}
	if path != "" && o.platform == refserver.TypeDNAnexus {
		return "", refusal.Usagef("--base-path %s: the clients of DNAnexus know no path", o.basePath).
			WithHint("give --type molgenis or --type emx2")
	}
	return web.BasePath(path), nil
}

// checkProtocols refuses a list without the protocol of --type: users could not change
// their accounts at all.
func (o serveOptions) checkProtocols() error {
	for _, name := range o.protocols {
		if !slices.Contains(refserver.Protocols(), name) {
			return refusal.Usagef("--protocols %s: must be %s", name, strings.Join(refserver.Protocols(), " or "))
		}
	}
	if own := refserver.ProtocolOf(o.platform); len(o.protocols) > 0 && !slices.Contains(o.protocols, own) {
		return refusal.Usagef("--protocols %s: must include %s, the protocol of --type %s", strings.Join(o.protocols, ","), own, o.platform)
	}
	return nil
}

// defaultSessionMax is the longest session on the platform of DNAnexus.
const defaultSessionMax = 18 * time.Hour

// checkSessionTime checks a flag that limits sessions.
func checkSessionTime(flag string, limit time.Duration) error {
	if limit < time.Second || limit > 30*24*time.Hour {
		return refusal.Usagef("%s %s: must be between 1s and 720h", flag, limit)
	}
	return nil
}

// durationVar binds a flag that reads a duration as the settings do.
func durationVar(flags *pflag.FlagSet, d *time.Duration, name string, usual time.Duration, usage string) {
	*d = usual
	flags.Var((*duration.Value)(d), name, usage)
}

// checkType reads the flag of serve and sandbox.
func checkType(name string) error {
	if slices.Contains(refserver.Types(), name) {
		return nil
	}
	return refusal.Usagef("--type %s: must be one of %s", name, strings.Join(refserver.Types(), ", "))
}

// signUpMode reads the flag of serve.
func signUpMode(name string) (identity.SignUpMode, error) {
	mode, err := identity.ParseSignUpMode(name)
	if err != nil {
		return "", refusal.Usagef("--signup %s: must be closed, moderated or open", name)
	}
	return mode, nil
}

// twoFactorMode reads the flag of serve and sandbox.
func twoFactorMode(name string) (identity.FactorMode, error) {
	mode, err := identity.ParseFactorMode(name)
	if err != nil {
		return "", refusal.Usagef("--two-factor %s: must be disabled, enabled or enforced", name)
	}
	return mode, nil
}

func newLog(format string, w io.Writer) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	case "none":
		return slog.New(slog.DiscardHandler), nil
	default:
		return nil, refusal.Usagef("--log %s: must be text, json or none", format)
	}
}

func parseProxies(networks []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, network := range networks {
		if address, err := netip.ParseAddr(network); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, refusal.Usagef("--trusted-proxy %s: not an address or a network like 10.0.0.0/8", network)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func parseOrigins(texts []string) ([]web.Origin, error) {
	var origins []web.Origin
	for _, text := range texts {
		origin, err := web.ParseOrigin(text)
		if err != nil {
			return nil, refusal.Usagef("--cors-origin %s: not an origin like https://lab.example.org", text)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}
