package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// verifyOptions are the flags of admin user verify-email, and what it uses.
type verifyOptions struct {
	*kit.Console
	user     string
	makeCode bool
}

func userVerifyCommand(env kit.Env) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify-email USER",
		Short: "Note that an e-mail address is the user's",
		Long: `Note that the e-mail address of an account is its user's. Only then can the user
link an account at an OpenID provider by this address. With --code, print a code
instead: send it to the address, and its user confirms the address with
"` + env.Program + ` account confirm-email".`,
		Example: `  ` + env.Program + ` admin user verify-email bob
  ` + env.Program + ` admin user verify-email bob --code`,
		Args: cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.user = inv.Console(), args[0]
			return withAccounts(ctx, inv.Client(o.Console), o.run)
		}),
	}
	cmd.Flags().BoolVar(&o.makeCode, "code", false, "print a code for the user instead")
	return cmd
}

// emailCodeJSON is what admin user verify-email prints with --json.
type emailCodeJSON struct {
	User    string         `json:"user"`
	Email   string         `json:"email"`   // to which the code has to be sent; empty without --code
	Code    *string        `json:"code"`    // null: the address is verified, or the server sent the code
	Expires *format.Millis `json:"expires"` // when the code expires; null: there is none
}

func (o verifyOptions) run(ctx context.Context, _ kit.SignedIn, accounts *dnanexus.Client) error {
	if !o.makeCode {
		if err := accounts.VerifyEmail(ctx, o.user); err != nil {
			return err
		}
		o.Message("The e-mail address of %s is verified", o.user)
		return o.AnswerJSON(emailCodeJSON{User: o.user})
	}
	made, err := accounts.NewEmailCode(ctx, o.user)
	if err != nil {
		return err
	}
	code, expires := made.Code.Text(), format.FromMillis(made.Expires)
	if code.IsZero() {
		o.Message("The platform sends a code to %s; it works once, until %s", made.Email, format.TimeText(expires))
		return o.AnswerJSON(emailCodeJSON{User: o.user, Email: made.Email, Expires: format.OrNull(expires)})
	}
	if o.JSON {
		return o.PrintJSON(emailCodeJSON{User: o.user, Email: made.Email, Code: new(code.Reveal()), Expires: format.OrNull(expires)})
	}
	o.Paragraph("Send this code to %s, and to nobody else. It works once, until %s, with:", made.Email, format.TimeText(expires))
	o.Message("  %s account confirm-email", o.Program)
	return o.Printf("%s\n", code.Reveal())
}
