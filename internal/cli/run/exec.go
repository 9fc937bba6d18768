package run

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/keyless"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/runtimefolder"
)

// execOptions are the flags of exec, and what it uses.
type execOptions struct {
	*kit.Console
	client         *kit.Client
	stdin          *os.File
	stdout, stderr io.Writer
	getenv         func(string) string

	command []string
	idToken keyless.Flags
	scope   []string // P or P=LEVEL; empty: the user's own credential
	ttl     string   // empty: the default
	keep    bool     // the token lives until its end, for programs that detach
}

// Exec returns the command exec.
func Exec(env kit.Env) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [--] COMMAND [ARGUMENT...]",
		Short: "Run a command with the credential in its environment",
		Long: `Run COMMAND with the server, the credential and the project in its environment,
where dx and programs like it look for them. No other process gets them, and
they never appear on a command line.

While the command runs, its session does not become idle on the server. Here,
only your own commands count as use: after the idle limit without one you are
logged out, and the session ends with the command. A login does not end it
earlier. The command handles Ctrl-C. The exit code is the command's, or 126 if
it can't be run and 127 if it is not found.

The command finds in its environment:

  DX_SECURITY_CONTEXT, DX_API_TOKEN         the credential
  DX_APISERVER_PROTOCOL, _HOST, _PORT       the server
  DX_AUTHSERVER_HOST, _PORT                 the auth server, if on this machine
  DX_PROJECT_CONTEXT_ID, _NAME              the project, if one is selected
  DX_CLI_WD                                 its selected folder
  DX_USERNAME                               the user
  DXAUTH_TOKEN_EXPIRES                      when the credential ends (RFC 3339),
                                            if that is known
  DX_USER_CONF_DIR                          a private folder: dx writes the
                                            credential into it in plain text

With --ca-cert, DX_CA_CERT names a file with this and the system's authorities.
So do SSL_CERT_FILE, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, AWS_CA_BUNDLE and
NODE_EXTRA_CA_CERTS, unless you have set them yourself.

The private folder is removed when the command ends, or by the next exec if
dxauth was killed. A project or folder that dx selected there stays selected,
except with --scope.

On MOLGENIS it finds MOLGENIS_URL and MOLGENIS_TOKEN, and for this program
DXAUTH_SERVER, DXAUTH_TYPE and DXAUTH_TOKEN. The token is made for the command
and revoked when the command ends; if dxauth is killed before that, the token
expires after --ttl, by default 2 hours. Tokens of EMX2 last half an hour. If a
classic server makes tokens for administrators only, the command gets the token
of your session.

With --scope the command does not get your own credential but a token that
reaches only the given projects, with VIEW if no level is given; '*=LEVEL'
stands for all other projects. The token is made without a prompt, even if you
are logged in with a token, and revoked when the command ends. If dxauth is
killed before that, the token expires after --ttl, at most a day.

In a CI job, --id-token auto and --id-token-file need no login: the job's ID
token is exchanged for a token of at most an hour, which is stored nowhere and
revoked when the command ends ("` + env.Program + ` admin org trust --help").`,
		Example: `  ` + env.Program + ` exec -- dx ls
  ` + env.Program + ` exec --scope "Exome 2026=CONTRIBUTE" --scope "Reference Genomes" --ttl 2h -- ./pipeline.sh
  ` + env.Program + ` exec --id-token auto --trust-org genomics -- dx upload results.vcf
  ` + env.Program + ` --account bob@api.dnanexus.com exec -- ./upload.sh`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.command = inv.Console(), args
			o.stdin, o.stdout, o.stderr = inv.Stdin, inv.Stdout, inv.Stderr
			o.client, o.getenv = inv.Client(o.Console), inv.Getenv
			return o.run(ctx)
		}),
	}
	cmd.Flags().StringArrayVar(&o.scope, "scope", nil, "give the command a token for this `PROJECT[=LEVEL]` only; can be repeated")
	kit.CompleteFlag(cmd.Flags(), "scope", kit.CompleteScope)
	cmd.Flags().StringVar(&o.ttl, "ttl", "", "`TIME` after which its token expires (default "+usualTTL+", on MOLGENIS "+scriptTTL+")")
	cmd.Flags().BoolVar(&o.keep, "keep-token", false, "let that token live until --ttl, for a command that detaches")
	o.idToken.Bind(cmd.Flags(), "run the command with a token in exchange for")
	cmd.Flags().SetInterspersed(false) // flags after the command's name belong to the command
	return kit.CompleteArgs(cmd, kit.CompletePrograms)
}

// usualTTL is the default lifetime of a token with a smaller scope. It matters if
// this program is killed before it can revoke the token.
const usualTTL = "1h"

// longestTTL is the longest lifetime of a token that a server makes from a
// credential without a password.
const longestTTL = 24 * time.Hour

// check checks the flags before anything is sent.
func (o execOptions) check() error {
	if err := (tokenscope.Flags{Projects: o.scope}).Check(); err != nil {
		return err
	}
	if err := o.checkIDToken(); err != nil {
		return err
	}
	if o.keep && len(o.scope) == 0 {
		return refusal.Usagef("--keep-token requires --scope")
	}
	_, err := o.lifetime(usualTTL)
	return err
}

// lifetime returns how long a token of the command is valid.
func (o execOptions) lifetime(usual string) (time.Duration, error) {
	ttl := o.ttl
	if ttl == "" {
		ttl = usual
	}
	life, err := timeinput.Span("--ttl", ttl, o.Now())
	switch {
	case err != nil:
		return 0, err
	case life <= 0:
		return 0, refusal.Usagef("--ttl %s: must be more than 0", ttl)
	case life > longestTTL:
		return 0, refusal.Usagef("--ttl %s: must be at most 1d", ttl)
	}
	return life, nil
}

// run finds the credential, makes one with a smaller scope if --scope is given, and
// runs the command with it. A command that does not exist needs neither.
func (o execOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.getenv(kit.ExecVariable) != "" {
		return refusal.New(refusal.Usage, "exec can't run inside exec (%s is set)", kit.ExecVariable).
			WithHint("run the command directly: the credential is already in the environment")
	}
	if err := child.Find(o.command[0]); err != nil {
		return err
	}
	in, end, err := o.signedIn(ctx)
	if err != nil {
		return err
	}
	defer end()
	if o.ttl != "" && len(o.scope) == 0 && (in.ScriptTokens() == nil || o.idToken.Wanted()) {
		return refusal.Usagef("--ttl requires --scope")
	}
	private := o.newPrivateFolder()
	defer private.remove()
	alive := newKeepalive(o.Console, o.client, in)
	defer alive.end(ctx)
	if err := alive.begin(ctx); err != nil {
		return err
	}
	granted, err := o.grant(ctx, alive.in)
	if err != nil {
		return o.client.OrEnded(ctx, alive.in, err)
	}
	defer granted.end()
	return o.runChild(ctx, granted, alive, private)
}

// runChild runs the command with a private folder in place of dx's own, into which dx
// writes the credential in plain text. A project that the command selects there is
// selected here, too.
func (o execOptions) runChild(ctx context.Context, granted grant, alive *keepalive, private privateFolder) error {
	folder, err := private.wait()
	if err != nil {
		return refusal.New(refusal.Internal, "%s", err).Wrap(err).
			WithHint("the folder for temporary files, which TMPDIR names on Unix, has to be writable and have room")
	}
	defer private.remove() // before the session and the token of the command are ended, which may take long
	cmd, err := o.childCommand(granted, folder.Path())
	if err != nil {
		return err
	}
	code, err := o.wait(ctx, cmd, alive)
	if err != nil {
		return err
	}
	o.keepSelection(context.WithoutCancel(ctx), alive.in, granted.project, dxFolder(folder.Path()))
	if code == 0 {
		return nil
	}
	return &refusal.ExitError{Code: code}
}

// privateFolder is a private folder that is made while the server is asked whether the
// session is valid.
type privateFolder struct {
	wait   func() (runtimefolder.Folder, error)
	remove func() // once
}

func (o execOptions) newPrivateFolder() privateFolder {
	wait := sync.OnceValues(func() (runtimefolder.Folder, error) { return runtimefolder.New(o.getenv) })
	go wait()
	return privateFolder{wait, sync.OnceFunc(func() {
		if folder, err := wait(); err == nil {
			o.remove(folder)
		}
	})}
}

// remove warns if the folder stays, because the credential may be in it.
func (o execOptions) remove(folder runtimefolder.Folder) {
	if err := folder.Remove(); err != nil {
		o.Warn("the private folder of the command could not be removed: %s; the next %s exec tries again", err, o.Program)
	}
}

// dxFolder is dx's folder in the private folder of a command.
func dxFolder(private string) string { return filepath.Join(private, "dx") }

func (o execOptions) childCommand(granted grant, private string) (*exec.Cmd, error) {
	cmd := exec.Command(o.command[0], o.command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.stdin, o.stdout, o.stderr
	file, err := o.client.Servers.CAFile()
	if err != nil {
		return nil, err
	}
	others, err := authorities{file: file, system: bundleFiles()}.variables(cmd.Environ(), private)
	if err != nil {
		return nil, err
	}
	others = append(others, variable{"DX_USER_CONF_DIR", dxFolder(private)})
	env, dropped, err := granted.environ(cmd.Environ(), o.client.Accounts, others)
	for _, name := range dropped {
		o.Warn("the command does not get %s: its value can't be that of a variable", name)
	}
	cmd.Env = env
	return cmd, errors.Join(err, os.Mkdir(dxFolder(private), 0o700))
}

// wait runs the command. It ignores the end of ctx, and with it Ctrl-C, once the command
// has started: the command then handles Ctrl-C itself.
func (o execOptions) wait(ctx context.Context, cmd *exec.Cmd, alive *keepalive) (code int, err error) {
	running, err := child.Start(ctx, cmd)
	if err != nil {
		return 0, err
	}
	showWaits := o.HideWaits()
	stop := alive.keep(context.WithoutCancel(ctx))
	code, err = running.Wait()
	stop()
	showWaits()
	return code, err
}
