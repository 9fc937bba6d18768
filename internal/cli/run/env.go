package run

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// envOptions are the flags of env, and what it uses.
type envOptions struct {
	*kit.Console
	client  *kit.Client
	named   bool // the settings name an account
	bash    bool
	fish    bool
	power   bool
	unset   bool
	dxFlags bool
	token   bool
	asJSON  bool // asked for by the flag: the setting leaves scripts as they are
}

// Env returns the command env.
func Env(env kit.Env) *cobra.Command {
	var o envOptions
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Show the environment, or export it for another client",
		Long: `Show the server, the project and the user that commands work with. The token is
masked. If you are not logged in, the token is PUBLIC, as with dx.

With --bash, print shell commands that set the environment, token included, for
dx and programs like it, in bash, zsh and other POSIX shells; with --fish and
--powershell in theirs. With --dx-flags, print the same as flags for dx. Other
users of this machine can see flags, but not variables. Clients of MOLGENIS use
MOLGENIS_URL and MOLGENIS_TOKEN.

` + env.Program + ` itself recognizes the token of an account that is logged in
here, also one of an earlier session, and goes on to act for the account:
select, status and logout work as before. A project that was exported does not
override the one that you select later; for other programs, export again.

--unset prints commands that unset all of these variables except DX_CA_CERT.
--token prints the token alone, into a pipe or a file.`,
		Example: `  eval "$(` + env.Program + ` env --bash)"
  eval "$(` + env.Program + ` env --unset)"
  ` + env.Program + ` env --fish | source
  ` + env.Program + ` env --powershell | Out-String | Invoke-Expression`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.Console()
			o.client, o.named = inv.Client(o.Console), inv.Settings.IsSet("account")
			o.asJSON = o.JSON && inv.Settings.Origin("json").Kind == config.KindFlag
			return o.run(ctx)
		}),
	}
	kit.InsteadOfArguments(cmd, "name the shell with --bash, --fish or --powershell")
	flags := cmd.Flags()
	flags.BoolVar(&o.bash, "bash", false, "print commands for a POSIX shell to evaluate, with the token in plain text")
	flags.BoolVar(&o.fish, "fish", false, "print commands for fish, with the token in plain text")
	flags.BoolVar(&o.power, "powershell", false, "print commands for PowerShell, with the token in plain text")
	flags.BoolVar(&o.unset, "unset", false, "print commands that unset the variables, for a POSIX shell unless another is named")
	flags.BoolVar(&o.dxFlags, "dx-flags", false, "print flags for dx, with the token in plain text")
	flags.BoolVar(&o.token, "token", false, "print the token, unless standard output is a terminal")
	return cmd
}

// check returns an error for flags that exclude each other.
func (o envOptions) check() error {
	count := 0
	for _, isSet := range []bool{o.bash, o.fish, o.power, o.dxFlags, o.token, o.asJSON} {
		if isSet {
			count++
		}
	}
	switch {
	case count > 1:
		return refusal.Usagef("--bash, --fish, --powershell, --dx-flags, --token and --json exclude each other")
	case o.unset && (o.dxFlags || o.token || o.asJSON):
		return refusal.Usagef("--unset goes with --bash, --fish and --powershell only")
	case o.token && o.StdoutIsTerminal():
		return refusal.Usagef("--token does not print the token on a terminal").WithHint("pipe it into a program, or use --bash")
	}
	return nil
}

// shell returns the shell that a flag names; false: none.
func (o envOptions) shell() (shell, bool) {
	switch {
	case o.fish:
		return fishShell(), true
	case o.power:
		return powerShell(), true
	default:
		return posixShell(), o.bash || o.unset
	}
}

// run shows what is known on this machine and sends no request.
func (o envOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	shell, forShell := o.shell()
	if o.unset {
		return o.Print(shell.script(nil, exportable()))
	}
	in, err := o.client.ActiveOffline(ctx)
	isPublic := errors.Is(err, session.ErrNotSignedIn) && !o.named && !o.token
	if isPublic {
		in, err = o.public(err)
	}
	if err != nil {
		return err
	}
	e, err := newEnvironment(in, o.client.Accounts.Project(in.Account))
	if err != nil {
		return err
	}
	write := o.format
	if forShell {
		write = o.script(shell)
	}
	text, err := write(e)
	if err != nil {
		return err
	}
	if isPublic {
		o.Message("You are not logged in; run %s login", o.Program)
	}
	return o.Print(text)
}

// script returns what writes commands for a shell.
func (o envOptions) script(shell shell) func(environment) (string, error) {
	return func(e environment) (_ string, err error) {
		if _, err := o.client.Servers.RootCAs(); err != nil {
			return "", err
		}
		if e.caFile, err = o.client.Servers.CAFile(); err != nil {
			return "", err
		}
		set, unset, err := e.client().shellVariables()
		return shell.script(set, unset), err
	}
}

// public returns what dx works with if no user is logged in. On a MOLGENIS server the
// error stays that of the login that is missing.
func (o envOptions) public(notSignedIn error) (kit.SignedIn, error) {
	t, err := o.client.Servers.Target()
	if err != nil {
		return kit.SignedIn{}, err
	}
	if t.Type.IsKnown() && !t.Type.ForDX() {
		return kit.SignedIn{}, notSignedIn
	}
	return kit.SignedIn{
		Credential: session.Credential{Token: secret.New(dnanexus.Public), Type: dnanexus.DefaultTokenType},
		Account: session.Account{
			Server: t.API.URL(), AuthServer: t.Auth.URL(), Type: string(platform.TypeDNAnexus), Project: o.client.Accounts.ProjectAt(t.API.URL()),
		},
	}, nil
}

func (o envOptions) format(e environment) (string, error) {
	switch client := e.client(); {
	case o.token:
		_, err := client.variables() // not every credential is a token that others can use
		return e.credential.Token.Reveal() + "\n", err
	case o.dxFlags:
		return client.dxFlags()
	case o.JSON:
		return e.json()
	default:
		return client.table(), nil
	}
}
