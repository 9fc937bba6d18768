package twofactor

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/enroll"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// recoveryCodesOptions are the flags of 2fa recovery-codes, and what it uses.
type recoveryCodesOptions struct {
	*kit.Console
	renew  bool
	file   string
	reauth credentials.Reauth
	yes    kit.Confirmation
}

func recoveryCodesCommand(env kit.Env) *cobra.Command {
	var o recoveryCodesOptions
	cmd := &cobra.Command{
		Use:   "recovery-codes",
		Short: "Count the recovery codes, or replace them",
		Long: `Show how many recovery codes are left. The server stores only hashes of them, so
it can't show them again; --new replaces them, and the old ones become invalid.
--new asks for confirmation; without a terminal, --yes is required.

With --json the new codes are printed as {"recoveryCodes": [...], "file"}.`,
		Example: `  ` + env.Program + ` 2fa recovery-codes
  ` + env.Program + ` 2fa recovery-codes --new --recovery-file codes.txt`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			if !o.renew && (o.file != "" || o.reauth.PasswordStdin) {
				return refusal.Usagef("--recovery-file and --password-stdin go with --new")
			}
			o.Console = inv.ConsoleReading(o.reauth.PasswordStdin)
			o.reauth.Console = o.Console
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.renew, "new", false, "replace the recovery codes; needs the password and a code")
	flags.StringVar(&o.file, "recovery-file", "", "write the new codes to this new `FILE`, for you only")
	o.reauth.Bind(flags)
	o.yes.Bind(flags)
	return cmd
}

func (o recoveryCodesOptions) run(ctx context.Context, in kit.SignedIn) error {
	server, status, err := serverOf(ctx, in)
	switch {
	case err != nil:
		return err
	case !status.On:
		return errOff(o.Program)
	case o.renew:
		return o.replace(ctx, in, server)
	default:
		return o.count(status.RecoveryCodesLeft)
	}
}

// countJSON is what 2fa recovery-codes prints with --json.
type countJSON struct {
	RecoveryCodesLeft *int `json:"recoveryCodesLeft"` // null: the server does not say
}

func (o recoveryCodesOptions) count(left int) error {
	switch {
	case o.JSON:
		return o.PrintJSON(countJSON{countOrNull(left)})
	case left == platform.UnknownCount:
		o.Paragraph("This platform does not say how many recovery codes are left. %s 2fa recovery-codes --new replaces them.", o.Program)
		return nil
	}
	err := o.Printf("%s\n", enroll.LeftText(left))
	o.Message("The server stores only hashes of them, so it can't show them.")
	o.Message("%s 2fa recovery-codes --new replaces them", o.Program)
	return err
}

func (o recoveryCodesOptions) replace(ctx context.Context, in kit.SignedIn, server platform.TwoFactor) error {
	question := "Replace the recovery codes of " + kit.Whose(in.Account) + "? The old ones stop working."
	if err := o.yes.Require(ctx, o.Console, "replacing the recovery codes", question, "your recovery codes still work"); err != nil {
		return err
	}
	file, err := enroll.OpenCodesFile(o.Console, o.file)
	if err != nil {
		return err
	}
	var codes []secret.Text
	err = o.reauth.Always(ctx, in.Account, func(given platform.Credentials) (err error) {
		codes, err = server.NewRecoveryCodes(ctx, given)
		return err
	})
	if err != nil {
		return file.Drop(err)
	}
	if err := enroll.HandOver(o.Console, file, codes); err != nil {
		return &refusal.Error{Code: refusal.Internal, Err: err, Hint: "run " + o.Program + " 2fa recovery-codes --new again",
			Message: fmt.Sprintf("the recovery codes were replaced, but the new ones could not be written: %s", err)}
	}
	o.Message("Your old recovery codes no longer work")
	return nil
}
