package account

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// confirmEmailOptions are the flags of account confirm-email, and what it uses.
type confirmEmailOptions struct {
	*kit.Console
	codeStdin bool
}

func confirmEmailCommand(env kit.Env) *cobra.Command {
	var o confirmEmailOptions
	cmd := &cobra.Command{
		Use:   "confirm-email",
		Short: "Confirm the e-mail address with a code",
		Long: `Confirm that the e-mail address of the account is yours, with the code that was
sent to it. Then an account at an OpenID provider with the same address can be
linked. An administrator makes a code with
"` + env.Program + ` admin user verify-email --code".`,
		Example: `  ` + env.Program + ` account confirm-email
  ` + env.Program + ` account confirm-email --code-stdin < code`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o.Console = inv.ConsoleReading(o.codeStdin)
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.codeStdin, "code-stdin", false, "read the code from standard input")
	return cmd
}

func (o confirmEmailOptions) run(ctx context.Context, in kit.SignedIn) error {
	accounts, err := in.Accounts()
	if err != nil {
		return err
	}
	code, err := o.code(ctx)
	if err != nil {
		return err
	}
	if err := accounts.ConfirmEmail(ctx, code); err != nil {
		return err
	}
	o.Message("The e-mail address of %s is confirmed", kit.Whose(in.Account))
	return o.AnswerJSON(changedJSON{Changed: []string{"email"}})
}

// code reads the code from standard input, or asks for it.
func (o confirmEmailOptions) code(ctx context.Context) (secret.Text, error) {
	if !o.codeStdin {
		if err := o.CanAsk(); err != nil {
			return secret.Text{}, kit.CannotAsk("prompt for a code", err).WithHint("give it with --code-stdin")
		}
		code, err := o.Secret(ctx, "Code: ")
		return secret.New(strings.TrimSpace(code.Reveal())), err
	}
	lines, err := o.SecretLines(ctx, "Code")
	if err != nil {
		return secret.Text{}, err
	}
	code := strings.TrimSpace(lines[0])
	if code == "" {
		return secret.Text{}, refusal.New(refusal.InputRequired, "--code-stdin: standard input has no code").WithHint("pipe the code into the command")
	}
	return secret.New(code), nil
}
