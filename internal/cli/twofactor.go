package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func (a *app) twoFactorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "2fa",
		Short: "Two-factor authentication: turn it on and off, see it",
		Long: `Two-factor authentication asks for a code of an authenticator app at each login,
beside the password. Recovery codes take its place when the phone is not at
hand. API tokens and sessions that exist need no code.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.enableCommand(), a.disableCommand(), a.twoFactorStatusCommand(), a.recoveryCodesCommand(), a.resetCommand())
	return cmd
}

// withTwoFactor runs a command's work with what the platform offers of it. How
// the second factor stands is asked first: a password must not go where nobody
// knows what to do with it.
func (a *app) withTwoFactor(ctx context.Context, work func(signedIn, platform.TwoFactor, platform.TwoFactorStatus) error) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		server, err := in.TwoFactor()
		if err != nil {
			return err
		}
		status, err := server.TwoFactorStatus(ctx)
		if err != nil {
			return err
		}
		return work(in, server, status)
	})
}

func (a *app) errIsOff() error {
	return refusal.New(refusal.Conflict, "two-factor authentication is off").
		WithHint("run " + a.Program + " 2fa enable to turn it on")
}

func (a *app) twoFactorStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether it is on",
		Long: `Show whether two-factor authentication is on, since when, how many recovery
codes are left, and whether the server enforces it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.twoFactorStatus(cmd.Context()) },
	}
}

// twoFactorJSON is what 2fa status prints with --json.
type twoFactorJSON struct {
	Enabled           bool                   `json:"enabled"`
	Since             *time.Time             `json:"since"`             // null: it is off, or the server does not say
	Pending           bool                   `json:"pending"`           // it was begun and not finished
	RecoveryCodesLeft *int                   `json:"recoveryCodesLeft"` // null: the server does not say
	Mode              platform.TwoFactorMode `json:"mode"`              // disabled, enabled or enforced, for all users of the server; "": it does not say
}

func (a *app) twoFactorStatus(ctx context.Context) error {
	return a.withTwoFactor(ctx, func(in signedIn, _ platform.TwoFactor, status platform.TwoFactorStatus) error {
		if a.settings.JSON {
			return a.printJSON(twoFactorJSON{
				Enabled: status.On, Since: orNull(status.Since), Pending: status.Pending,
				RecoveryCodesLeft: countOrNull(status.RecoveryCodesLeft), Mode: status.Mode,
			})
		}
		rows := [][2]string{{"Account", whose(in.account)}, {"Two-factor", onText(status)}}
		if status.On {
			rows = append(rows, [2]string{"Recovery codes", countText(status.RecoveryCodesLeft)})
		}
		if status.Pending {
			rows = append(rows, [2]string{"Pending", "another authenticator was begun and not activated"})
		}
		rows = append(rows, [2]string{"The server", modeText(status.Mode)})
		if err := a.term.Print(pairs(rows)); err != nil {
			return err
		}
		if status.On && status.RecoveryCodesLeft == 0 {
			a.term.Warn("without a recovery code and without your phone you can't log in; make new ones with %s 2fa recovery-codes --new", a.Program)
		}
		return nil
	})
}

func countOrNull(count int) *int {
	if count == platform.UnknownCount {
		return nil
	}
	return &count
}

func countText(count int) string {
	if count == platform.UnknownCount {
		return "not told by the server"
	}
	return fmt.Sprintf("%d left", count)
}

func onText(status platform.TwoFactorStatus) string {
	switch {
	case !status.On:
		return "off"
	case status.Since.IsZero():
		return "on"
	default:
		return "on, since " + timeText(status.Since)
	}
}

func modeText(mode platform.TwoFactorMode) string {
	switch mode {
	case platform.TwoFactorDisabled:
		return "has turned it off for everybody"
	case platform.TwoFactorEnabled:
		return "leaves it to each user"
	case platform.TwoFactorEnforced:
		return "signs nobody in without it"
	case "":
		return "does not tell whom it wants it of"
	default:
		return terminal.Clean(string(mode))
	}
}

func (a *app) disableCommand() *cobra.Command {
	var o reauthOptions
	cmd := &cobra.Command{
		Use:   "disable",
		Short: "Turn it off",
		Long: `Turn two-factor authentication off, with the password and a code or a recovery
code. The key in the authenticator app and the recovery codes are worth nothing
then, also when it is turned on again. Other sessions of the account end.`,
		Example: `  ` + a.Program + ` 2fa disable
  printf '%s\n' "$PASSWORD" "$CODE" | ` + a.Program + ` 2fa disable --password-stdin`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.disableTwoFactor(cmd.Context(), o) },
	}
	o.bind(cmd.Flags())
	return cmd
}

func (a *app) disableTwoFactor(ctx context.Context, o reauthOptions) error {
	return a.withTwoFactor(ctx, func(in signedIn, server platform.TwoFactor, status platform.TwoFactorStatus) error {
		switch {
		case !status.On:
			return a.errIsOff()
		case status.Mode == platform.TwoFactorEnforced: // before a code is spent in vain
			return refusal.New(refusal.Denied, "%s signs nobody in without two-factor authentication: it can't be turned off", in.account.Host).
				WithHint("run " + a.Program + " 2fa reset to set up another authenticator")
		}
		if err := a.sureToDisable(ctx, in, o); err != nil {
			return err
		}
		err := a.withPassword(ctx, in.account, o, func(person platform.Credentials) error { return server.DisableTwoFactor(ctx, person) })
		if err != nil {
			return err
		}
		a.term.Paragraph("Two-factor authentication is off for %s."+kit.OthersEnded, whose(in.account))
		return a.answerJSON(map[string]bool{"enabled": false})
	})
}

// sureToDisable asks a person. A script that hands the password in is sure.
func (a *app) sureToDisable(ctx context.Context, in signedIn, o reauthOptions) error {
	if o.passwordStdin {
		return nil
	}
	if _, err := a.reauthentication(in.account, o); err != nil {
		return err
	}
	question := "Turn two-factor authentication off for " + whose(in.account) + "?"
	return a.agreed(ctx, question, refusal.New(refusal.Interrupted, "it stays on"))
}

// recoveryOptions are the flags of recovery-codes.
type recoveryOptions struct {
	renew bool
	file  string
	reauthOptions
}

func (a *app) recoveryCodesCommand() *cobra.Command {
	var o recoveryOptions
	cmd := &cobra.Command{
		Use:   "recovery-codes",
		Short: "Count the recovery codes, or replace them",
		Long: `Say how many recovery codes are left. The server keeps only hashes of them, so
that whoever steals its database has none: what is lost can't be shown again,
only replaced with --new. The old ones are worth nothing then.

With --json the new codes are printed as {"recoveryCodes": [...]}.`,
		Example: `  ` + a.Program + ` 2fa recovery-codes
  ` + a.Program + ` 2fa recovery-codes --new --recovery-file codes.txt`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.recoveryCodes(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.renew, "new", false, "replace the recovery codes; needs the password and a code")
	flags.StringVar(&o.file, "recovery-file", "", "write the new codes to this new `FILE`, for you only")
	o.bind(flags)
	return cmd
}

func (a *app) recoveryCodes(ctx context.Context, o recoveryOptions) error {
	if !o.renew && (o.file != "" || o.passwordStdin) {
		return refusal.Usagef("--recovery-file and --password-stdin go with --new")
	}
	return a.withTwoFactor(ctx, func(in signedIn, server platform.TwoFactor, status platform.TwoFactorStatus) error {
		switch {
		case !status.On:
			return a.errIsOff()
		case o.renew:
			return a.renewRecoveryCodes(ctx, in, server, o)
		case a.settings.JSON:
			return a.printJSON(map[string]*int{"recoveryCodesLeft": countOrNull(status.RecoveryCodesLeft)})
		case status.RecoveryCodesLeft == platform.UnknownCount:
			a.term.Paragraph("This platform does not tell how many are left. %s 2fa recovery-codes --new replaces them.", a.Program)
			return nil
		}
		err := a.term.Printf("%s\n", leftText(status.RecoveryCodesLeft))
		a.term.Message("The server keeps only hashes of them, so it can't show them.")
		a.term.Message("%s 2fa recovery-codes --new replaces them", a.Program)
		return err
	})
}

func leftText(count int) string {
	if count == 1 {
		return "1 recovery code is left"
	}
	return fmt.Sprintf("%d recovery codes are left", count)
}

func (a *app) renewRecoveryCodes(ctx context.Context, in signedIn, server platform.TwoFactor, o recoveryOptions) error {
	file, err := a.placeForCodes(o.file)
	if err != nil {
		return err
	}
	var codes []secret.Text
	err = a.withPassword(ctx, in.account, o.reauthOptions, func(person platform.Credentials) (err error) {
		codes, err = server.NewRecoveryCodes(ctx, person)
		return err
	})
	if err != nil {
		return file.drop(err)
	}
	if err := a.handCodes(file, codes); err != nil {
		return &refusal.Error{Code: refusal.Internal, Err: err, Hint: "run " + a.Program + " 2fa recovery-codes --new once more",
			Message: fmt.Sprintf("the recovery codes were replaced, and the new ones could not be handed over: %s", err)}
	}
	a.term.Message("The recovery codes of before are worth nothing now")
	return nil
}
