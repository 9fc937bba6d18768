package run

import (
	"context"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
)

// execOptions are the flags of exec, and what it uses.
type execOptions struct {
	*kit.Console
	client         *kit.Client
	stdin          *os.File
	stdout, stderr io.Writer
	isNested       bool // exec is running around this command

	command []string
	scope   []string // P or P=LEVEL; none: the credential as it is
	ttl     string   // empty: the usual
}

// Exec returns the command exec.
func Exec(env kit.Env) *cobra.Command {
	var o execOptions
	cmd := &cobra.Command{
		Use:   "exec [--] COMMAND [ARGUMENT...]",
		Short: "Run a command with the credential in its environment",
		Long: `Run COMMAND with the server, the credential and the project in its environment,
where dx and programs like it look for them. No other process gets them, and
nothing of them is on a command line.

While the command runs, the session is in use and does not end by itself. What
Ctrl-C does is the command's business; the exit code is the command's, 126 when
it can't be run and 127 when there is none of that name.

The command finds in its environment:

  DX_SECURITY_CONTEXT, DX_API_TOKEN         the credential
  DX_APISERVER_PROTOCOL, _HOST, _PORT       the server
  DX_AUTHSERVER_HOST, _PORT                 where the server is on this machine
  DX_PROJECT_CONTEXT_ID, _NAME, DX_CLI_WD   the project, if one is selected
  DX_USERNAME                               the user
  DXAUTH_TOKEN_EXPIRES                      when the credential ends (RFC 3339),
                                            if that is known

On MOLGENIS it finds MOLGENIS_URL and MOLGENIS_TOKEN, and for this program
DXAUTH_SERVER, DXAUTH_TYPE and DXAUTH_TOKEN. The token is made for the command
and revoked when it has ended; where nothing is left to revoke it, it ends after
--ttl, 2 hours if nothing is said. EMX2 gives one for half an hour. A classic
server that makes tokens for administrators only gets the command the token of
your session.

With --scope the credential is not yours: it is a token that reaches the given
projects only, VIEW where no level is given, and '*=LEVEL' for all others. It is
made for this command without a question, also where you are signed in with a
token, and revoked when the command has ended. Where nothing is left to revoke
it, it ends after --ttl, which is a day at the most.`,
		Example: `  ` + env.Program + ` exec -- dx ls
  ` + env.Program + ` exec --scope "Exome 2026=CONTRIBUTE" --scope "Reference Genomes" --ttl 2h -- ./pipeline.sh
  ` + env.Program + ` --account bob@api.dnanexus.com exec -- ./upload.sh`,
		Args: cobra.MinimumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.command = inv.Console(), args
			o.stdin, o.stdout, o.stderr = inv.Stdin, inv.Stdout, inv.Stderr
			o.client, o.isNested = inv.Client(o.Console), inv.Getenv(kit.ExecVariable) != ""
			return o.run(ctx)
		}),
	}
	cmd.Flags().StringArrayVar(&o.scope, "scope", nil, "give the command a token for this `PROJECT[=LEVEL]` only; can be repeated")
	cmd.Flags().StringVar(&o.ttl, "ttl", "", "`TIME` after which its token ends at the latest (default "+usualTTL+", on MOLGENIS "+scriptTTL+")")
	cmd.Flags().SetInterspersed(false) // what follows the command's name is its own
	return cmd
}

// usualTTL is how long a narrowed token is good: that is its end where this
// program is killed before it can revoke it.
const usualTTL = "1h"

// longestTTL is the most for which a server narrows a credential. Beyond that it
// would be a token of its own, which outlives the session that it came from.
const longestTTL = 24 * time.Hour

// check reads what can be read before anything is asked.
func (o execOptions) check() error {
	if err := (apitoken.ScopeFlags{Projects: o.scope}).Check(); err != nil {
		return err
	}
	_, err := o.lifetime(usualTTL)
	return err
}

// lifetime is how long a token of the command is good.
func (o execOptions) lifetime(usual string) (time.Duration, error) {
	ttl := o.ttl
	if ttl == "" {
		ttl = usual
	}
	life, err := kit.ReadSpan("--ttl", ttl, o.Now())
	switch {
	case err != nil:
		return 0, err
	case life <= 0:
		return 0, refusal.Usagef("--ttl %s: the token would end at once", ttl)
	case life > longestTTL:
		return 0, refusal.Usagef("--ttl %s: a day is the most", ttl)
	}
	return life, nil
}

// run finds the credential, makes a narrower one where that is wanted, and runs
// the command with it.
func (o execOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.isNested {
		return refusal.New(refusal.Usage, "exec is running around this command and can't be nested (%s is set)", kit.ExecVariable).
			WithHint("the credential is in the environment already: run the command as it is")
	}
	in, err := o.client.Active(ctx)
	if err != nil {
		return err
	}
	if o.ttl != "" && len(o.scope) == 0 && in.ScriptTokens() == nil {
		return refusal.Usagef("--ttl goes with --scope")
	}
	alive := newKeepalive(o.Console, o.client, in)
	if err := alive.begin(ctx); err != nil {
		return err
	}
	granted, err := o.grant(ctx, alive.in)
	if err != nil {
		return o.client.OrEnded(ctx, alive.in, err)
	}
	defer granted.end()
	return o.runChild(ctx, granted, alive)
}

// runChild leaves the context that ends with Ctrl-C behind as soon as there is a
// child: the end is the child's business then.
func (o execOptions) runChild(ctx context.Context, granted grant, alive *keepalive) error {
	cmd := exec.Command(o.command[0], o.command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = o.stdin, o.stdout, o.stderr
	var err error
	if cmd.Env, err = granted.environ(cmd.Environ(), o.client.Accounts); err != nil {
		return err
	}
	running, err := child.Start(ctx, cmd)
	if err != nil {
		return err
	}
	stop := alive.keep(context.WithoutCancel(ctx))
	code, err := running.Wait()
	stop()
	if err != nil || code == 0 {
		return err
	}
	return &refusal.ExitError{Code: code}
}
