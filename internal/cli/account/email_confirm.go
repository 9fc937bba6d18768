package account

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// confirmEmailOptions are the flags of account confirm-email, and what it uses.
type confirmEmailOptions struct {
	*kit.Console
	codeStdin bool
	send      bool // have a new code sent, and read none
}

func confirmEmailCommand(env kit.Env) *cobra.Command {
	var o confirmEmailOptions
	cmd := &cobra.Command{
		Use:   "confirm-email",
		Short: "Confirm the e-mail address with a code",
		Long: `Confirm that the e-mail address of the account is yours, with the code that was
sent to it. Then an account at an OpenID provider with the same address can be
linked. --send has the server send a new code, which replaces the earlier one.
Where the server sends no e-mails, an administrator makes a code with
"` + env.Program + ` admin user verify-email --code".`,
		Example: `  ` + env.Program + ` account confirm-email
  ` + env.Program + ` account confirm-email --send
  ` + env.Program + ` account confirm-email --code-stdin < code`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if o.send && o.codeStdin {
				return refusal.Usagef("--send and --code-stdin exclude each other")
			}
			o.Console = inv.ConsoleReading(o.codeStdin)
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.codeStdin, "code-stdin", false, "read the code from standard input")
	cmd.Flags().BoolVar(&o.send, "send", false, "have a new code sent to the address")
	return cmd
}

// sentJSON is what account confirm-email --send prints with --json.
type sentJSON struct {
	Sent bool `json:"sent"`
}

func (o confirmEmailOptions) sendCode(ctx context.Context, accounts *dnanexus.Client) error {
	if err := offered(accounts.SendEmailCode(ctx)); err != nil {
		return err
	}
	o.Message("A new code is on its way to your e-mail address; give it with %s account confirm-email", o.Program)
	return o.AnswerJSON(sentJSON{true})
}

// offered returns the error of a call that only servers of dxauth have.
func offered(err error) error {
	if err = platform.Explain(err); errors.Is(err, platform.ErrNotFound) {
		return platform.ErrNotOffered
	}
	return err
}

func (o confirmEmailOptions) run(ctx context.Context, in kit.SignedIn) error {
	accounts, err := in.Accounts()
	if err != nil {
		return err
	}
	if o.send {
		return o.sendCode(ctx, accounts)
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
