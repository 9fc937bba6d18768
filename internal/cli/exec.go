package cli

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/child"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func (a *app) execCommand() *cobra.Command {
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
		Example: `  ` + a.Program + ` exec -- dx ls
  ` + a.Program + ` exec --scope "Exome 2026=CONTRIBUTE" --scope "Reference Genomes" --ttl 2h -- ./pipeline.sh
  ` + a.Program + ` --account bob@api.dnanexus.com exec -- ./upload.sh`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.exec(cmd.Context(), args, o) },
	}
	cmd.Flags().StringArrayVar(&o.scope, "scope", nil, "give the command a token for this `PROJECT[=LEVEL]` only; can be repeated")
	cmd.Flags().StringVar(&o.ttl, "ttl", "", "`TIME` after which its token ends at the latest (default "+usualTTL+", on MOLGENIS "+scriptTTL+")")
	cmd.Flags().SetInterspersed(false) // what follows the command's name is its own
	return cmd
}

// execVariable marks what runs inside of exec.
const execVariable = "DXAUTH_EXEC"

// exec finds the credential, makes a narrower one where that is wanted, and runs
// the command with it.
func (a *app) exec(ctx context.Context, command []string, o execOptions) error {
	if _, err := o.check(a.Now()); err != nil {
		return err
	}
	if a.Getenv(execVariable) != "" {
		return refusal.New(refusal.Usage, "exec is running around this command and can't be nested (%s is set)", execVariable).
			WithHint("the credential is in the environment already: run the command as it is")
	}
	in, err := a.active(ctx)
	if err != nil {
		return err
	}
	if err := o.fits(in); err != nil {
		return err
	}
	watch := a.newVigil(in)
	if err := watch.begin(ctx); err != nil {
		return err
	}
	of, revoke, err := a.credentialOfChild(ctx, watch.in, command[0], o)
	if err != nil {
		return a.orEnded(ctx, watch.in, err)
	}
	defer revoke()
	return a.runChild(ctx, command, of, watch)
}

// runChild leaves the context that ends with Ctrl-C behind as soon as there is a
// child: the end is the child's business then.
func (a *app) runChild(ctx context.Context, command []string, of signedIn, watch *vigil) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Stdin, a.Stdout, a.Stderr
	var err error
	if cmd.Env, err = a.childEnvironment(cmd.Environ(), of); err != nil {
		return err
	}
	running, err := child.Start(ctx, cmd)
	if err != nil {
		return err
	}
	stop := watch.keep(context.WithoutCancel(ctx))
	code, err := running.Wait()
	stop()
	if err != nil || code == 0 {
		return err
	}
	return &refusal.ExitError{Code: code}
}

// childEnvironment is the given environment without what this program is told
// by it, and with what the child needs to go on.
func (a *app) childEnvironment(given []string, in signedIn) ([]string, error) {
	e, err := a.environment(in)
	if err != nil {
		return nil, err
	}
	variables, err := e.variables()
	if err != nil {
		return nil, err
	}
	variables = append(variables, e.variablesOfChild()...)
	variables = append(variables, variable{execVariable, "1"})
	if end := a.earliestEnd(in); !end.IsZero() {
		variables = append(variables, variable{"DXAUTH_TOKEN_EXPIRES", end.UTC().Format(time.RFC3339)})
	}
	env := slices.DeleteFunc(slices.Clone(given), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		name = strings.ToUpper(name) // Windows does not tell the cases apart
		return staysOutside(name) || slices.ContainsFunc(variables, func(v variable) bool { return v.name == name })
	})
	for _, v := range variables {
		env = append(env, v.name+"="+v.value)
	}
	return env, nil
}

// variablesOfChild are those that a child gets beside those of a shell: for dx,
// and for this program where the platform has no variables that it heeds.
func (e environment) variablesOfChild() []variable {
	if !e.kind.ForDX() {
		return []variable{{"DXAUTH_SERVER", e.api.URL()}, {"DXAUTH_TYPE", string(e.kind)}, {"DXAUTH_TOKEN", e.credential.Token.Reveal()}}
	}
	list := []variable{{"DX_API_TOKEN", e.credential.Token.Reveal()}}
	if e.user != "" {
		list = append(list, variable{"DX_USERNAME", e.user})
	}
	if e.project != nil {
		list = append(list, variable{"DX_CLI_WD", e.project.Folder})
	}
	return list
}

// staysOutside is true for the secrets and choices of this program and of dx: a
// program in the child must not act with another credential than this one, nor
// send this one to another server.
func staysOutside(name string) bool {
	if strings.HasPrefix(name, "DXAUTH_") {
		return !slices.Contains(settingsForChild(), name)
	}
	return dnanexus.IsContextVariable(name)
}

// settingsForChild are those of our variables that choose neither a credential
// nor a server.
func settingsForChild() []string {
	return []string{
		"DXAUTH_NO_INPUT", "DXAUTH_DEBUG", "DXAUTH_CONFIG_DIR", "DXAUTH_STATE_DIR", "DXAUTH_CA_CERT", "DXAUTH_IDLE_TIMEOUT",
		"DXAUTH_SANDBOX_DIR", "DXAUTH_SANDBOX_FIXTURE",
	}
}

// earliestEnd is when the credential ends if nobody uses it any more; the zero
// time where that is not known.
func (a *app) earliestEnd(in signedIn) time.Time {
	expires, idle := in.account.Expires, a.idleDeadline(in.account)
	if expires.IsZero() || !idle.IsZero() && idle.Before(expires) {
		return idle
	}
	return expires
}
