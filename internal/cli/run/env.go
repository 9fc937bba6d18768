package run

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
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
	dxFlags bool
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
dx and programs like it; with --dx-flags, print the same as flags for dx. Other
users of this machine can see flags, but not variables. Clients of MOLGENIS use
MOLGENIS_URL and MOLGENIS_TOKEN.`,
		Example: `  eval "$(` + env.Program + ` env --bash)"`,
		Args:    cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if o.bash && o.dxFlags {
				return refusal.Usagef("--bash and --dx-flags exclude each other")
			}
			o.Console = inv.Console()
			o.client, o.named = inv.Client(o.Console), inv.Settings.IsSet("account")
			return o.run(ctx)
		}),
	}
	cmd.Flags().BoolVar(&o.bash, "bash", false, "print commands for a shell to evaluate, with the token in plain text")
	cmd.Flags().BoolVar(&o.dxFlags, "dx-flags", false, "print flags for dx, with the token in plain text")
	return cmd
}

// run shows what is known on this machine and sends no request.
func (o envOptions) run(ctx context.Context) error {
	in, err := o.client.ActiveOffline(ctx)
	if errors.Is(err, session.ErrNotSignedIn) && !o.named {
		in, err = o.public(err)
	}
	if err != nil {
		return err
	}
	e, err := newEnvironment(in, o.client.Accounts.Project(in.Account))
	if err != nil {
		return err
	}
	if o.bash {
		if _, err := o.client.Servers.RootCAs(); err != nil {
			return err
		}
		if e.caFile, err = o.client.Servers.CAFile(); err != nil {
			return err
		}
	}
	text, err := o.format(e)
	if err != nil {
		return err
	}
	return o.Print(text)
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
	o.Message("You are not logged in; run %s login", o.Program)
	return kit.SignedIn{
		Credential: session.Credential{Token: secret.New(dnanexus.Public), Type: dnanexus.DefaultTokenType},
		Account: session.Account{
			Server: t.API.URL(), AuthServer: t.Auth.URL(), Type: string(platform.TypeDNAnexus), Project: o.client.Accounts.ProjectAt(t.API.URL()),
		},
	}, nil
}

func (o envOptions) format(e environment) (string, error) {
	switch client := e.client(); {
	case o.bash:
		return client.bash()
	case o.dxFlags:
		return client.dxFlags()
	case o.JSON:
		return e.json()
	default:
		return client.table(), nil
	}
}
