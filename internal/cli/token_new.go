package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
)

// tokenNewOptions are the flags of token new.
type tokenNewOptions struct {
	name    string
	expires string
	scope   scopeOptions
	user    string
	out     string
	reauth  reauthOptions
}

func (a *app) tokenNewCommand() *cobra.Command {
	var o tokenNewOptions
	cmd := &cobra.Command{
		Use:   "new [NAME]",
		Short: "Make an API token",
		Long: `Make an API token and print it, alone on a line of standard output, or write it
to the file of --out. It is not shown again: whoever holds it acts as you,
within its scope, until it ends.

Without --project and --level it reaches everything that you reach. --project
names a project by ID or name, and perhaps a level: VIEW, UPLOAD, CONTRIBUTE or
ADMINISTER. One without a level gets that of --level, else VIEW. --level alone
is for all projects; so is --project '*=LEVEL', beside others that are named. A
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
		Example: `  ` + a.Program + ` token new ci --project "Exome 2026=VIEW" --expires 90d --out ci.token
  ` + a.Program + ` token new --level VIEW --no-phi --expires 2026-12-31 | ssh host ` + a.Program + ` login --token -
  ` + a.Program + ` token new nightly --password-stdin --json < password.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.name = args[0]
			}
			if err := refuseEmpty(cmd.Flags(), "out", "level", "expires", "user"); err != nil {
				return err
			}
			return a.newToken(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.expires, "expires", "", "`TIME` at which it ends: 90d or a date (default: what the platform takes, 30 days)")
	flags.StringArrayVar(&o.scope.projects, "project", nil, "reach this `PROJECT[=LEVEL]` and no others; can be repeated")
	flags.StringVar(&o.scope.level, "level", "", "`LEVEL` on the projects that have none, or on all")
	flags.BoolVar(&o.scope.noPHI, "no-phi", false, "leave out the data of projects with protected health information")
	flags.StringVar(&o.user, "user", "", "make it for this `USER`, where the platform lets you")
	bindOut(flags, &o.out)
	o.reauth.bind(flags)
	return cmd
}

func bindOut(flags *pflag.FlagSet, out *string) {
	flags.StringVar(out, "out", "", "write the token to this new `FILE`, which only you can read")
}

// refuseEmpty finds flags with an empty value, mostly that of a variable which is
// not set. Without the flag, a token would reach further, last longer or be
// printed.
func refuseEmpty(flags *pflag.FlagSet, names ...string) error {
	for _, name := range names {
		if flag := flags.Lookup(name); flag.Changed && flag.Value.String() == "" {
			return refusal.Usagef("--%s is empty: give a value, or leave it out", name)
		}
	}
	return nil
}

// newToken checks everything that can be checked, and opens the file, before a
// token is made.
func (a *app) newToken(ctx context.Context, o tokenNewOptions) error {
	expires, err := readExpires(o.expires, a.Now())
	if err != nil {
		return err
	}
	if _, err := o.scope.wishes(); err != nil {
		return err
	}
	return a.atTokenDesk(ctx, func(d *tokenDesk) error {
		reached, err := d.reachOf(ctx, d.in, o.scope)
		if err != nil {
			return err
		}
		order := platform.TokenOrder{Name: o.name, Scope: reached.scope, Expires: expires, User: o.user}
		return d.issue(ctx, reached, o.out, func() (minted, error) {
			return d.mint(ctx, order, func(call func(platform.Credentials) error) error {
				return d.proving(ctx, d.in.account, o.reauth, call)
			})
		}, tokenNewJSON{Name: o.name})
	})
}

// issue makes a token and hands it over. What comes of it is told before the
// token is printed, so that it stands last.
func (d *tokenDesk) issue(ctx context.Context, reached reach, out string, mint func() (minted, error), told tokenNewJSON) error {
	file, err := d.placeForToken(out)
	if err != nil {
		return err
	}
	phi := d.phiOf(ctx, reached)
	made, err := mint()
	if err != nil {
		return file.drop(err)
	}
	told.ID, told.Scope, told.Expires, told.PHIProjects = made.ID, scopeJSONOf(reached.scope), orNull(made.Expires), phi
	d.noteMade(ctx, made, told.Name)
	d.describe(told, made)
	if err := d.handOver(file, made, told); err != nil {
		return d.takeBack(ctx, made, file.drop(err))
	}
	return nil
}

// minted is a token that was just made.
type minted struct {
	platform.NewToken
	dependent bool // it was made with a token and nothing else
	shortened bool // it ends before it was asked to
}

// mint makes the token with as many proofs as it takes. The answer is awaited
// also after Ctrl-C, for a while: a token that nobody knows of would live on.
func (d *tokenDesk) mint(ctx context.Context, order platform.TokenOrder, prove func(func(platform.Credentials) error) error) (made minted, err error) {
	err = prove(func(person platform.Credentials) (err error) {
		patient, cancel := outlasting(ctx, revokeTime)
		defer cancel()
		order.Credentials = person
		made.NewToken, err = d.NewToken(patient, order)
		if err != nil && patient.Err() != nil {
			d.term.Warn("the server did not answer in time, and may have made the token: see %s token list", d.Program)
		}
		made.shortened = !made.Expires.IsZero() && made.Expires.Add(time.Minute).Before(order.Expires)
		made.dependent = person.Password.IsZero() && d.in.account.Kind == session.Token
		return err
	})
	if err == nil && ctx.Err() != nil {
		err = d.takeBack(ctx, made, ctx.Err())
	}
	return made, err
}

// outlasting is a context that ends a while after another one.
func outlasting(ctx context.Context, while time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(while, cancel) })
	return longer, func() { stop(); cancel() }
}

// takeBack revokes a token that can't be handed over. It answers the cause.
func (d *tokenDesk) takeBack(ctx context.Context, made minted, cause error) error {
	if err := d.end(ctx, made); err != nil {
		d.term.Warn("the token was made, and could not be revoked (%s); run %s token revoke %s", err, d.Program, made.ID)
		return cause
	}
	_ = d.book.ForgetToken(context.WithoutCancel(ctx), d.in.account.Server, made.ID) // it is no secret
	d.term.Warn("the token was made, and is revoked again")
	return cause
}

// end revokes a token that was made here, also after Ctrl-C. Where the caller
// can't, because its own token is narrow or has ended meanwhile, the new token
// ends itself.
func (d *tokenDesk) end(ctx context.Context, made minted) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	defer cancel()
	if d.RevokeToken(bounded, made.ID) == nil {
		return nil
	}
	itself, err := d.connectTo(d.in.account, session.Credential{Token: made.Secret, Type: made.TokenType})
	if err != nil {
		return err
	}
	return signOut(context.WithoutCancel(ctx), itself, revokeTime)
}

// noteMade remembers the token for platforms that can't list it.
func (d *tokenDesk) noteMade(ctx context.Context, made minted, name string) {
	err := d.book.NoteToken(context.WithoutCancel(ctx), session.MadeToken{
		Server: d.in.account.Server, User: d.in.account.User, ID: made.ID, Name: name, Created: d.Now().UTC(), Expires: made.Expires,
	})
	if err != nil {
		d.term.Warn("the token could not be noted here: %s", err)
	}
}

// phiOf finds the PHI projects that a token will reach; nil: that is not known.
func (d *tokenDesk) phiOf(ctx context.Context, reached reach) []projectJSON {
	list := []projectJSON{}
	if !d.in.kind().HasProjects() {
		return list // no projects, no PHI
	}
	projects, err := phiReached(ctx, d.in.Platform, reached)
	if err != nil {
		d.term.Warn("whether it reaches PHI projects could not be found out: %s", err)
		return nil
	}
	for _, p := range projects {
		list = append(list, projectJSON{ID: p.ID, Name: p.Name})
	}
	return list
}

// describe tells a person what they hold.
func (d *tokenDesk) describe(told tokenNewJSON, made minted) {
	d.term.Message("Made the token %s of %s at %s; it ends %s",
		tokenText(platform.Token{ID: made.ID, Name: told.Name}), d.in.account.User, d.in.account.Host, endsText(made.Expires, d.Now()))
	if len(told.PHIProjects) > 0 && !d.settings.JSON {
		d.term.Warn("it reaches the data of PHI projects: %s; --no-phi leaves them out", someNames(told.PHIProjects))
	}
	d.term.Message("Whoever holds it acts as you within its scope. It is not shown again.")
	switch {
	case made.dependent:
		d.term.Message("It was made with another token, and ends with that one at the latest")
	case made.shortened:
		d.term.Warn("the server lets it last no longer")
	}
}

// tokenNewJSON is what token new and token rotate print with --json.
type tokenNewJSON struct {
	Token       *string       `json:"token"` // null: it is in the file
	File        *string       `json:"file"`
	ID          string        `json:"id"`
	Name        string        `json:"name"`
	Scope       scopeJSON     `json:"scope"`
	Expires     *time.Time    `json:"expires"`
	PHIProjects []projectJSON `json:"phiProjects"` // null: not known
	Replaces    *replacedJSON `json:"replaces,omitempty"`
}

// replacedJSON is the token that a new one takes the place of.
type replacedJSON struct {
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
}

type projectJSON struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type scopeJSON struct {
	Full         bool              `json:"full"`
	Projects     map[string]string `json:"projects"` // null where it is full
	PHIAccess    bool              `json:"phiAccess"`
	ExcludedOrgs []string          `json:"excludedOrgs,omitempty"`
}

func scopeJSONOf(scope platform.Scope) scopeJSON {
	return scopeJSON{Full: scope.Full, Projects: scope.Projects, PHIAccess: !scope.NoPHI, ExcludedOrgs: scope.WithoutOrgs}
}
