package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func (a *app) accountPasswordCommand() *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "password",
		Short: "Change the password",
		Long: `Change the password: the present one, then the new one twice, and a verification
code where the account has two-factor authentication. Other sessions of the
account end; API tokens go on.

A password has 8 to 128 characters of any script. Several words that do not
belong together are easy to remember and hard to guess.

Scripts give the present password, the new one and, where it is needed, a code
as three lines of standard input.`,
		Example: `  ` + a.Program + ` account password
  printf '%s\n' "$OLD" "$NEW" | ` + a.Program + ` account password --password-stdin`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.changePassword(cmd.Context(), fromStdin) },
	}
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, "read both passwords from standard input, a line each; a third line is the verification code")
	return cmd
}

// passwordChange is a change of the password while it goes on.
type passwordChange struct {
	*dialogue
	settings platform.Settings
	wanted   newPassword
}

func (a *app) changePassword(ctx context.Context, fromStdin bool) error {
	return a.withSettings(ctx, func(in signedIn, settings platform.Settings) error {
		c, err := a.passwordChange(in, settings, fromStdin)
		if err != nil {
			return err
		}
		profile, err := settings.Profile(ctx)
		if err != nil {
			return err
		}
		c.wanted.names = []string{profile.Name, profile.First, profile.Last, profile.Email}
		if c.scripted {
			c.wanted.present = c.person.Password
			if err := c.wanted.check(); err != nil {
				return refusal.Usagef("the second line of standard input: %s", err)
			}
		}
		if err := c.prove(ctx, func(person platform.Credentials) error { return c.try(ctx, person) }); err != nil {
			return err
		}
		a.term.Paragraph("The password of %s is changed."+othersEnded, whose(in.account))
		return a.answerJSON(changedJSON{Changed: []string{"password"}})
	})
}

// passwordChange finds out whether the passwords are there or can be asked for.
func (a *app) passwordChange(in signedIn, settings platform.Settings, fromStdin bool) (*passwordChange, error) {
	c := &passwordChange{settings: settings}
	if !fromStdin {
		d, err := a.reauthentication(in.account, reauthOptions{})
		if err != nil {
			return nil, err
		}
		d.prompt = "Present password: "
		c.dialogue = d
		return c, nil
	}
	lines, err := a.secretLines(3)
	if err != nil {
		return nil, err
	}
	if lines[0] == "" || lines[1] == "" {
		return nil, refusal.New(refusal.InputRequired, "--password-stdin: standard input has no two passwords").
			WithHint("pipe the present password and the new one into the command, a line each")
	}
	c.wanted.text = secret.New(lines[1])
	c.dialogue = a.dialogueOf(in.account)
	c.codeLine = "third"
	return c, c.script(lines[0], lines[2])
}

// try makes the call, with a new password that is asked for once the present one
// is known. One that the server does not want is asked for again.
func (c *passwordChange) try(ctx context.Context, person platform.Credentials) error {
	c.wanted.present = person.Password
	for {
		if err := c.choose(ctx, &c.wanted); err != nil {
			return err
		}
		err := c.settings.ChangePassword(ctx, person, c.wanted.text)
		var refused *platform.RefusedError
		if c.scripted || !errors.As(err, &refused) || refused.Kind != nil {
			return err
		}
		c.term.Message("%s", refused.Message)
		c.wanted.text = secret.Text{}
	}
}
