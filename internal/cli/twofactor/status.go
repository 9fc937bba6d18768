package twofactor

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/terminal"
)

// statusOptions are what 2fa status uses.
type statusOptions struct{ *kit.Console }

func statusCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whether two-factor authentication is on",
		Long: `Show whether two-factor authentication is on, since when, how many recovery
codes are left, and whether the server requires it.`,
		Args: cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o := statusOptions{inv.Console()}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
}

// twoFactorJSON is what 2fa status prints with --json.
type twoFactorJSON struct {
	Enabled           bool                    `json:"enabled"`
	Since             *format.Millis          `json:"since"`             // null: it is off, or the server does not say
	Pending           bool                    `json:"pending"`           // setup was started and not completed
	RecoveryCodesLeft *int                    `json:"recoveryCodesLeft"` // null: the server does not say
	Mode              *platform.TwoFactorMode `json:"mode"`              // for all users of the server; null: it does not say
}

func (o statusOptions) run(ctx context.Context, in kit.SignedIn) error {
	_, status, err := serverOf(ctx, in)
	switch {
	case err != nil:
		return err
	case o.JSON:
		return o.PrintJSON(statusOf(status))
	}
	if err := o.Print(format.Pairs(statusRows(kit.Whose(in.Account), status), o.Columns())); err != nil {
		return err
	}
	if status.On && status.RecoveryCodesLeft == 0 {
		o.Warn("without a recovery code and without your phone you can't log in; make new ones with %s 2fa recovery-codes --new", o.Program)
	}
	return nil
}

func statusOf(status platform.TwoFactorStatus) twoFactorJSON {
	shown := twoFactorJSON{
		Enabled: status.On, Since: format.OrNull(status.Since), Pending: status.Pending, RecoveryCodesLeft: countOrNull(status.RecoveryCodesLeft),
	}
	if status.Mode != "" {
		shown.Mode = &status.Mode
	}
	return shown
}

func statusRows(account string, status platform.TwoFactorStatus) [][2]string {
	rows := [][2]string{{"Account", account}, {"Two-factor", onText(status)}}
	if status.On {
		rows = append(rows, [2]string{"Recovery codes", countText(status.RecoveryCodesLeft)})
	}
	if status.Pending {
		rows = append(rows, [2]string{"Pending", "setup of another authenticator is not complete"})
	}
	return append(rows, [2]string{"Required", requiredText(status.Mode)})
}

func countText(count int) string {
	if count == platform.UnknownCount {
		return "unknown"
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
		return "on, since " + format.TimeText(status.Since)
	}
}

func requiredText(mode platform.TwoFactorMode) string {
	switch mode {
	case platform.TwoFactorDisabled:
		return "no: turned off by the server for all accounts"
	case platform.TwoFactorEnabled:
		return "no"
	case platform.TwoFactorEnforced:
		return "yes"
	case "":
		return "unknown"
	default:
		return terminal.Clean(string(mode))
	}
}
