package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

// passwordOptions are the flags of account password, and what it uses.
type passwordOptions struct {
	*kit.Console
	passwordStdin bool
}

func passwordCommand(env kit.Env) *cobra.Command {
	var o passwordOptions
	cmd := &cobra.Command{
		Use:   "password",
		Short: "Change the password",
		Long: `Change the password. You are asked for the current one, then for the new one
twice, and for a verification code if the account has two-factor authentication.
Other sessions of the account end; API tokens stay valid.

A password has 8 to 128 characters of any script. Several words that do not
belong together are easy to remember and hard to guess.

Scripts give the current password, the new one and, if needed, a verification
code as three lines of standard input.`,
		Example: `  ` + env.Program + ` account password
  printf '%s\n' "$OLD" "$NEW" | ` + env.Program + ` account password --password-stdin`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.ConsoleReading(o.passwordStdin)
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.passwordStdin, "password-stdin", false, "read both passwords from standard input, a line each; a third line is the verification code")
	return cmd
}

func (o passwordOptions) run(ctx context.Context, in kit.SignedIn) error {
	settings, err := in.Settings()
	if err != nil {
		return err
	}
	c, err := o.change(ctx, in.Account, settings)
	if err != nil {
		return err
	}
	profile, err := settings.Profile(ctx)
	if err != nil {
		return err
	}
	c.wanted.Names = []string{profile.Name, profile.First, profile.Last, profile.Email}
	if c.Scripted {
		c.wanted.Current = c.Credentials.Password
		if err := c.wanted.Check(); err != nil {
			return refusal.Usagef("the second line of standard input: %s", err)
		}
	}
	if err := c.Prove(ctx, func(given platform.Credentials) error { return c.try(ctx, given) }); err != nil {
		return err
	}
	o.Paragraph("The password of %s is changed."+kit.OthersEnded, kit.Whose(in.Account))
	return o.AnswerJSON(changedJSON{Changed: []string{"password"}})
}

// passwordChange is a change of the password in progress.
type passwordChange struct {
	*credentials.Dialogue
	settings platform.Settings
	wanted   credentials.NewPassword
}

// change reads the passwords from standard input, or checks that they can be
// asked for.
func (o passwordOptions) change(ctx context.Context, account session.Account, settings platform.Settings) (*passwordChange, error) {
	c := &passwordChange{settings: settings}
	if !o.passwordStdin {
		d, err := credentials.Reauth{Console: o.Console}.Dialogue(ctx, account)
		if err != nil {
			return nil, err
		}
		d.Prompt = "Current password: "
		c.Dialogue = d
		return c, nil
	}
	lines, err := o.SecretLines(ctx, "Current password", "New password", "Verification code, if the account needs one")
	if err != nil {
		return nil, err
	}
	if lines[0] == "" || lines[1] == "" {
		return nil, refusal.New(refusal.InputRequired, "--password-stdin: standard input has no two passwords").
			WithHint("pipe the current password and the new one into the command, a line each")
	}
	c.wanted.Text = secret.New(lines[1])
	c.Dialogue = credentials.ForAccount(o.Console, account)
	c.CodeLine = "third"
	return c, c.Take(lines[0], lines[2])
}

// try makes the call. It asks for the new password once the current one is known,
// and asks again if the server refuses it.
func (c *passwordChange) try(ctx context.Context, given platform.Credentials) error {
	c.wanted.Current = given.Password
	for {
		if err := c.wanted.Ask(ctx, c.Console); err != nil {
			return err
		}
		err := c.settings.ChangePassword(ctx, given, c.wanted.Text)
		said, refused := refusal.DetailsOf[platform.Answer](err)
		if c.Scripted || !refused || refusal.ReasonOf(err) != "" {
			return err
		}
		c.Notice("%s", said.Message)
		c.wanted.Text = secret.Text{}
	}
}
