package admin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// userAddOptions are the flags of admin user add, and what it uses.
type userAddOptions struct {
	*kit.Console
	user          dnanexus.NewUserRequest
	codeLifetime  string
	passwordStdin bool
	password      secret.Text // zero: the owner of the account sets it
}

func userAddCommand(env kit.Env) *cobra.Command {
	var o userAddOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an account",
		Long: `Make an account and print an activation code. Give the code to the user, who
sets a password with "` + env.Program + ` account activate". With --password-stdin the
account gets that password at once.

With --org the account belongs to that org: it becomes a member, and the admins
of the org can lock it. They can also make such accounts themselves, if an
administrator of the platform has allowed it.`,
		Example: `  ` + env.Program + ` admin user add bob --email bob@example.org --first Bob
  ` + env.Program + ` admin user add bob --email bob@example.org --first Bob --org genomics`,
		Args: cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console = inv.Console()
			o.user.Username = args[0]
			if err := o.check(); err != nil {
				return err
			}
			if err := o.readPassword(ctx); err != nil {
				return err
			}
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
	flags := cmd.Flags()
	bindUser(flags, &o.user.Email, &o.user.First, &o.user.Last)
	flags.StringVar(&o.user.Middle, "middle", "", "middle `NAME`")
	flags.StringVar(&o.user.ProvisioningOrg, "org", "", "`ORG` that the account belongs to, by handle or ID")
	flags.StringVar(&o.user.BillTo, "bill-to", "", "`ORG` that pays for the user's projects, by handle or ID")
	kit.CompleteFlag(flags, "org", kit.CompleteOrgs)
	kit.CompleteFlag(flags, "bill-to", kit.CompleteOrgs)
	flags.StringVar(&o.codeLifetime, "code-lifetime", "", "`TIME` for which the code is valid, at most 30d (default 7d)")
	flags.BoolVar(&o.passwordStdin, "password-stdin", false, "read the password of the account from standard input")
	return cmd
}

// maxCodeLifetime is the longest lifetime that the platform accepts.
const maxCodeLifetime = 30 * 24 * time.Hour

// check checks the flags and completes the request from them.
func (o *userAddOptions) check() error {
	if o.user.Email == "" || o.user.First == "" && o.user.Last == "" {
		return refusal.New(refusal.Usage, "an account needs an e-mail address and a name").
			WithHint("give --email, and --first or --last")
	}
	if o.codeLifetime != "" {
		lifetime, err := timeinput.Span("--code-lifetime", o.codeLifetime, o.Now())
		if err != nil {
			return err
		}
		if lifetime == 0 || lifetime > maxCodeLifetime {
			return refusal.Usagef("--code-lifetime %s: must be up to 30d", o.codeLifetime)
		}
		o.user.TokenDuration = lifetime.Milliseconds()
	}
	for _, org := range []*string{&o.user.ProvisioningOrg, &o.user.BillTo} {
		if *org != "" {
			*org = kit.OrgID(*org)
		}
	}
	return nil
}

// readPassword reads the password of a new account and checks it before the
// account is made.
func (o *userAddOptions) readPassword(ctx context.Context) error {
	if !o.passwordStdin {
		return nil
	}
	lines, err := o.SecretLines(ctx, "Password of the new account")
	if err != nil {
		return err
	}
	if lines[0] == "" {
		return refusal.New(refusal.InputRequired, "--password-stdin: standard input has no password").
			WithHint("pipe the password into the command")
	}
	wanted := credentials.NewPassword{
		Text:  secret.New(lines[0]),
		Names: []string{o.user.Username, o.user.First, o.user.Last, o.user.Email},
	}
	if err := wanted.Check(); err != nil {
		return refusal.Usagef("the password on standard input: %s", err)
	}
	o.password = wanted.Text
	return nil
}

func (o *userAddOptions) run(ctx context.Context, in kit.SignedIn, accounts *dnanexus.Client) error {
	made, err := accounts.NewUser(ctx, o.user)
	if err != nil {
		return err
	}
	if org := o.user.ProvisioningOrg; org != "" {
		if err := invite(ctx, accounts, org, o.user.Username, dnanexus.OrgMember); err != nil {
			o.Warn("made the account, but could not add it to %s: %s", org, platform.Explain(err))
		}
	}
	if !o.password.IsZero() {
		return o.activate(ctx, accounts, made)
	}
	return handOn(o.Console, in, o.user.Username, made)
}

// activate sets the first password on behalf of the account's owner.
func (o *userAddOptions) activate(ctx context.Context, accounts *dnanexus.Client, made dnanexus.NewUserResponse) error {
	if made.ActivationCode.Text().IsZero() {
		return refusal.New(refusal.Denied, "made the account %s, but on this platform only its owner can set the password", o.user.Username)
	}
	request := dnanexus.ActivateUserRequest{Code: made.ActivationCode, Password: o.password.OnWire()}
	user, err := accounts.ActivateUser(ctx, request)
	if err != nil {
		return err
	}
	o.Message("Made the account %s with its password", user.Username)
	return o.AnswerJSON(newUserJSON{User: user.Username, UserID: user.ID})
}

// newUserJSON is what admin user add and admin user code print with --json.
type newUserJSON struct {
	User    string         `json:"user"`
	UserID  string         `json:"userId"`  // empty if the account was given by its e-mail address
	Code    *string        `json:"code"`    // for account activate; null: the server has sent it
	Expires *format.Millis `json:"expires"` // when the code expires; null: there is none
}

// handOn prints the activation code on standard output.
func handOn(console *kit.Console, in kit.SignedIn, name string, made dnanexus.NewUserResponse) error {
	code, expires := made.ActivationCode.Text(), format.FromMillis(made.ActivationExpires)
	if code.IsZero() {
		console.Message("Made the account %s; the platform sends an e-mail to its owner", name)
	}
	if console.JSON {
		shown := newUserJSON{User: name, UserID: userIDOf(name), Expires: format.OrNull(expires)}
		if !code.IsZero() {
			shown.Code = new(code.Reveal())
		}
		return console.PrintJSON(shown)
	}
	if code.IsZero() {
		return nil
	}
	console.Paragraph("%s has no password yet. Give the user this code; it works once, until %s, with:", name, format.TimeText(expires))
	console.Message("  %s account activate --server %s", console.Program, in.Account.Server)
	return console.Printf("%s\n", code.Reveal())
}

// userIDOf returns the ID of a user, or "" if only the e-mail address is known.
func userIDOf(name string) string {
	if strings.Contains(name, "@") {
		return ""
	}
	return userRef(name)
}
