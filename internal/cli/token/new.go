package token

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
)

// newOptions are the flags of token new, and what it uses.
type newOptions struct {
	issueFlags
	name  string
	scope tokenscope.Flags
	user  string

	interactive bool // the command asks what the token is to be
}

func newCommand(env kit.Env) *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:     "new [NAME]",
		Aliases: []string{"create"},
		Short:   "Make an API token",
		Long: `Make an API token and print it, alone on a line of standard output, or write it
to the file given with --out. It is not shown again. Anyone who has it can act
as you, within its scope, until it ends.

At a terminal without flags for them, you are asked for the name, the projects,
the level and the end. If another token has the name, you are asked whether you
want a second one; a script gets a warning.

Without --project and --level it reaches everything that you reach. --project
takes a project's ID or name, and optionally a level: VIEW, UPLOAD, CONTRIBUTE
or ADMINISTER. Projects without a level use --level, or VIEW. --level alone
applies to all projects; --project '*=LEVEL' applies to all projects not given
otherwise. A token never reaches more than you do yourself.

The server requires your password, and a code if the account has two-factor
authentication, unless you logged in within the last few minutes. The token
outlives the session. One that you make while logged in with another token ends
no later than that one. For a token that ends with a command, see exec --scope.

With --json, one object is printed:

  token        the token; null with --out
  file         the file given with --out, or null
  id           its signature, which the other commands take as its ID
  name         "" without one
  scope        {"full", "projects": {ID or "*": LEVEL}, "phiAccess",
               "excludedOrgs"}
  expires      milliseconds since 1970; null if the platform does not say
  phiProjects  [{"id", "name"}]: the PHI projects whose data it reaches; null
               if that is not known
  replaces     null; with "token rotate" {"id", "expires"} of the old token`,
		Example: `  ` + env.Program + ` token new ci --project "Exome 2026=VIEW" --expires 90d --out ci.token
  ` + env.Program + ` token new --level VIEW --no-phi --expires 2026-12-31 | ssh host ` + env.Program + ` login --token -
  ` + env.Program + ` token new nightly --password-stdin --json < password.txt`,
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.scope.Projects, "project", nil, "reach only this `PROJECT[=LEVEL]`; can be repeated")
	flags.StringVar(&o.scope.Level, "level", "", "`LEVEL` for projects without one, or for all projects")
	kit.CompleteFlag(flags, "project", kit.CompleteScope)
	kit.CompleteLevels(flags, "level")
	flags.BoolVar(&o.scope.NoPHI, "no-phi", false, "exclude the data of projects with protected health information")
	flags.StringVar(&o.user, "user", "", "make it for this `USER`, if the platform allows it")
	o.bind(flags, "`TIME` at which it expires: 90d or a date (default: the platform's, 30 days)")
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		if len(args) == 1 {
			o.name = args[0]
		}
		if err := o.start(inv); err != nil {
			return err
		}
		if err := o.scope.Check(); err != nil {
			return err
		}
		o.interactive = o.asks(flags)
		return withTokens(ctx, inv, o.Console, o.run)
	})
	return cmd
}

func (o *newOptions) run(ctx context.Context, tokens tokenClient) error {
	if o.interactive {
		if err := o.ask(ctx, tokens); err != nil {
			return err
		}
	}
	reach, err := o.scope.LookUp(ctx, tokens.In, o.Program)
	if err != nil {
		return err
	}
	sameName, err := o.checkName(ctx, tokens)
	if err != nil {
		return err
	}
	if o.interactive {
		if err := o.confirmOrder(ctx, tokens, reach); err != nil {
			return err
		}
	}
	return tokens.issue(ctx, issue{
		order: platform.TokenOrder{Name: o.name, Scope: reach.Scope, Expires: o.until, User: o.user},
		prove: func(ctx context.Context, call func(platform.Credentials) error) error {
			return o.reauth.IfAsked(ctx, tokens.In.Account, call)
		},
		reach:    reach,
		out:      o.out,
		sameName: sameName,
	})
}
