package account

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// showOptions are what account show uses.
type showOptions struct{ *kit.Console }

func showCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show your account",
		Long:  `Show the personal information that the server has about you.`,
		Args:  cobra.NoArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
			o := showOptions{inv.Console()}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
}

// accountJSON is what account show prints with --json. What the platform does
// not have is empty or null.
type accountJSON struct {
	User      string         `json:"user"`
	UserID    string         `json:"userId"`
	First     string         `json:"first"`
	Middle    string         `json:"middle"`
	Last      string         `json:"last"`
	Email     string         `json:"email"`
	BillTo    string         `json:"billTo"`
	Created   *format.Millis `json:"created"`   // null: the platform does not say
	TwoFactor *bool          `json:"twoFactor"` // null: the platform does not say
	Server    string         `json:"server"`
}

func (o showOptions) run(ctx context.Context, in kit.SignedIn) error {
	profile, err := in.Profile(ctx)
	if err != nil {
		return err
	}
	twoFactor, err := hasTwoFactor(ctx, in)
	if err != nil {
		return err
	}
	if !o.JSON {
		return o.Print(format.Pairs(format.ProfileRows(profile, twoFactor, in.Account.Server), o.Columns()))
	}
	return o.PrintJSON(accountJSON{
		User: profile.Name, UserID: profile.ID, First: profile.First, Middle: profile.Middle, Last: profile.Last,
		Email: profile.Email, BillTo: profile.BillTo, Created: format.OrNull(profile.Created), TwoFactor: twoFactor,
		Server: in.Account.Server,
	})
}

// hasTwoFactor returns nil if the platform does not say, or not to this token.
func hasTwoFactor(ctx context.Context, in kit.SignedIn) (*bool, error) {
	server, err := in.TwoFactor()
	if err != nil {
		return nil, nil
	}
	status, err := server.TwoFactorStatus(ctx)
	if _, refused := errors.AsType[*refusal.Error](err); refused && !errors.Is(err, platform.ErrSignedOut) {
		return nil, nil
	}
	return &status.On, err
}
