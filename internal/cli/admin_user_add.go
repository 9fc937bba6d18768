package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// userAddOptions are the flags of admin user add.
type userAddOptions struct {
	user         dnanexus.NewUserRequest
	codeLifetime string
	fromStdin    bool
}

func (a *app) adminUserAddCommand() *cobra.Command {
	var o userAddOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an account",
		Long: `Make an account. Its owner sets the password with the code that is printed: hand
it on, and let them run "` + a.Program + ` account activate". With --password-stdin the
account has that password at once.

With --org the account belongs to that org: it becomes a member, and the admins
of the org can lock the account. They can make such accounts, too, where an
administrator has allowed it to the org.`,
		Example: `  ` + a.Program + ` admin user add bob --email bob@example.org --first Bob
  ` + a.Program + ` admin user add bob --email bob@example.org --first Bob --org genomics`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.user.Username = args[0]
			return a.addUser(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	bindPerson(flags, &o.user.Email, &o.user.First, &o.user.Last)
	flags.StringVar(&o.user.Middle, "middle", "", "middle `NAME`")
	flags.StringVar(&o.user.ProvisioningOrg, "org", "", "`ORG` that the account belongs to, by handle or ID")
	flags.StringVar(&o.user.BillTo, "bill-to", "", "`ORG` that pays for the user's projects, by handle or ID")
	flags.StringVar(&o.codeLifetime, "code-lifetime", "", "`TIME` for which the code is good, at most 30d (default 7d)")
	flags.BoolVar(&o.fromStdin, "password-stdin", false, "read the password of the account from standard input")
	return cmd
}

// maxCodeLifetime is the most that the platform takes.
const maxCodeLifetime = 30 * 24 * time.Hour

func (a *app) addUser(ctx context.Context, o userAddOptions) error {
	if err := o.read(a.Now()); err != nil {
		return err
	}
	password, err := a.firstPassword(o)
	if err != nil {
		return err
	}
	return a.withAccounts(ctx, func(in signedIn, accounts *dnanexus.Client) error {
		activation, err := accounts.NewUser(ctx, o.user)
		if err != nil {
			return err
		}
		if err := joinOrg(ctx, accounts, o.user); err != nil {
			a.term.Warn("the account is made, but it is not a member of %s: %s", o.user.ProvisioningOrg, platform.Explain(err))
		}
		if !password.IsZero() {
			return a.activateFor(ctx, accounts, o.user.Username, activation, password)
		}
		return a.handOn(in, o.user.Username, activation)
	})
}

// read checks the flags, and completes the request with what they say.
func (o *userAddOptions) read(now time.Time) error {
	if o.user.Email == "" || o.user.First == "" && o.user.Last == "" {
		return refusal.New(refusal.Usage, "an account needs an e-mail address and a name").
			WithHint("give --email, and --first or --last")
	}
	if o.codeLifetime != "" {
		lifetime, err := readSpan("--code-lifetime", o.codeLifetime, now)
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
			*org = orgID(*org)
		}
	}
	return nil
}

// firstPassword reads the password of a new account, and refuses what the server
// would refuse after the account is there. The zero secret means that the owner
// sets it.
func (a *app) firstPassword(o userAddOptions) (secret.Text, error) {
	if !o.fromStdin {
		return secret.Text{}, nil
	}
	lines, err := a.secretLines(1)
	if err != nil {
		return secret.Text{}, err
	}
	if lines[0] == "" {
		return secret.Text{}, refusal.New(refusal.InputRequired, "--password-stdin: standard input has no password").
			WithHint("pipe the password into the command")
	}
	wanted := credentials.NewPassword{Text: secret.New(lines[0]), Names: []string{o.user.Username, o.user.First, o.user.Last, o.user.Email}}
	if err := wanted.Check(); err != nil {
		return secret.Text{}, refusal.Usagef("the password on standard input: %s", err)
	}
	return wanted.Text, nil
}

func joinOrg(ctx context.Context, orgs *dnanexus.Client, user dnanexus.NewUserRequest) error {
	if user.ProvisioningOrg == "" {
		return nil
	}
	return invite(ctx, orgs, user.ProvisioningOrg, user.Username, dnanexus.OrgMember)
}

// activateFor sets the first password on behalf of the account's owner.
func (a *app) activateFor(ctx context.Context, accounts *dnanexus.Client, name string, activation dnanexus.NewUserResponse, password secret.Text) error {
	if activation.ActivationCode.Text().IsZero() {
		return refusal.New(refusal.Denied, "the account %s is made; the platform lets its owner alone set the password", name)
	}
	request := dnanexus.ActivateUserRequest{Code: activation.ActivationCode, Password: password.OnWire()}
	user, err := accounts.ActivateUser(ctx, request)
	if err != nil {
		return err
	}
	a.term.Message("The account %s is made and has its password", user.Username)
	return a.answerJSON(newUserJSON{User: user.Username, UserID: user.ID})
}

// newUserJSON is what admin user add and admin user code print with --json.
type newUserJSON struct {
	User    string     `json:"user"`
	UserID  string     `json:"userId,omitempty"`  // absent where the account was named by its e-mail address
	Code    string     `json:"code,omitempty"`    // for account activate
	Expires *time.Time `json:"expires,omitempty"` // of the code
}

// handOn prints the code, on standard output because it is what was asked for.
func (a *app) handOn(in signedIn, name string, activation dnanexus.NewUserResponse) error {
	code, expires := activation.ActivationCode.Text(), fromMillis(activation.ActivationExpires)
	if code.IsZero() {
		a.term.Message("The account %s is made; the platform sends an e-mail to its owner", name)
	}
	if a.settings.JSON {
		return a.printJSON(newUserJSON{
			User: name, UserID: userIDOf(name), Code: code.Reveal(), Expires: orNull(expires),
		})
	}
	if code.IsZero() {
		return nil
	}
	a.term.Paragraph("%s has no password yet. Hand the code on; it works once, until %s, with:", name, timeText(expires))
	a.term.Message("  %s account activate --server %s", a.Program, in.account.Server)
	return a.term.Printf("%s\n", code.Reveal())
}

// userIDOf returns the ID of a user; empty where only the e-mail address is known.
func userIDOf(name string) string {
	if strings.Contains(name, "@") {
		return ""
	}
	return userRef(name)
}

func (a *app) adminUserCodeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "code USER",
		Short: "Make another code for an account without a password",
		Long: `Make another code with which the owner of a new account sets the password. The
one before is not good any more.`,
		Example: `  ` + a.Program + ` admin user code bob`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccounts(cmd.Context(), func(in signedIn, accounts *dnanexus.Client) error {
				activation, err := accounts.ResendActivation(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.handOn(in, args[0], activation)
			})
		},
	}
}
