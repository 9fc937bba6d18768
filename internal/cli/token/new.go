package token

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
)

// newOptions are the flags of token new, and what it uses.
type newOptions struct {
	issueFlags
	name  string
	scope apitoken.ScopeFlags
	user  string
}

func newCommand(env kit.Env) *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new [NAME]",
		Short: "Make an API token",
		Long: `Make an API token and print it, alone on a line of standard output, or write it
to the file of --out. It is not shown again: whoever holds it acts as you,
within its scope, until it ends.

Without --project and --level it reaches everything that you reach. --project
names a project by ID or name, and perhaps a level: VIEW, UPLOAD, CONTRIBUTE or
ADMINISTER. Projects without a level use --level, or VIEW. --level alone is for
all projects; so is --project '*=LEVEL', beside others that are named. A
token never reaches further than you do yourself.

The server wants the password, and a code where the account has two-factor
authentication, unless the last sign-in is a few minutes old, or the token is
for some projects and at most a day. A token that is made while you are logged
in with another one ends with that one at the latest.

With --json, one object is printed:

  token        the token; null with --out
  file         the file of --out, or null
  id           its signature, by which the other commands know it
  name         "" without one
  scope        {"full", "projects": {ID or "*": LEVEL}, "phiAccess"}
  expires      in RFC 3339; null where the platform does not say
  phiProjects  [{"id", "name"}]: the PHI projects whose data it reaches; null
               where that could not be found out`,
		Example: `  ` + env.Program + ` token new ci --project "Exome 2026=VIEW" --expires 90d --out ci.token
  ` + env.Program + ` token new --level VIEW --no-phi --expires 2026-12-31 | ssh host ` + env.Program + ` login --token -
  ` + env.Program + ` token new nightly --password-stdin --json < password.txt`,
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.scope.Projects, "project", nil, "reach this `PROJECT[=LEVEL]` and no others; can be repeated")
	flags.StringVar(&o.scope.Level, "level", "", "`LEVEL` on the projects that have none, or on all")
	flags.BoolVar(&o.scope.NoPHI, "no-phi", false, "leave out the data of projects with protected health information")
	flags.StringVar(&o.user, "user", "", "make it for this `USER`, where the platform lets you")
	o.bind(flags, "`TIME` at which it ends: 90d or a date (default: what the platform takes, 30 days)")
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		if len(args) == 1 {
			o.name = args[0]
		}
		if err := o.start(inv, flags, "level", "user"); err != nil {
			return err
		}
		if err := o.scope.Check(); err != nil {
			return err
		}
		return withTokens(ctx, inv, o.Console, o.run)
	})
	return cmd
}

func (o *newOptions) run(ctx context.Context, tokens tokenClient) error {
	reach, err := o.scope.LookUp(ctx, tokens.In, o.Program)
	if err != nil {
		return err
	}
	return tokens.issue(ctx, issue{
		order: platform.TokenOrder{Name: o.name, Scope: reach.Scope, Expires: o.until, User: o.user},
		prove: func(ctx context.Context, call func(platform.Credentials) error) error {
			return o.reauth.IfAsked(ctx, tokens.In.Account, call)
		},
		reach: reach,
		out:   o.out,
	})
}
