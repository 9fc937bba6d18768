package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
)

func (a *app) accountShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "Show what the server holds of the account",
		Long:  `Show the personal information that the server holds of whoever is logged in.`,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.showAccount(cmd.Context()) },
	}
}

// accountJSON is what account show prints with --json. What the platform does
// not hold is empty or null.
type accountJSON struct {
	User      string     `json:"user"`
	UserID    string     `json:"userId"`
	First     string     `json:"first"`
	Middle    string     `json:"middle"`
	Last      string     `json:"last"`
	Email     string     `json:"email"`
	BillTo    string     `json:"billTo"`
	Created   *time.Time `json:"created"`
	TwoFactor *bool      `json:"twoFactor"` // null: the platform does not say
	Server    string     `json:"server"`
}

func (a *app) showAccount(ctx context.Context) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		profile, err := in.Profile(ctx)
		if err != nil {
			return err
		}
		twoFactor, err := hasTwoFactor(ctx, in)
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(accountJSON{
				User: profile.Name, UserID: profile.ID, First: profile.First, Middle: profile.Middle, Last: profile.Last,
				Email: profile.Email, BillTo: profile.BillTo, Created: orNull(profile.Created), TwoFactor: twoFactor,
				Server: in.account.Server,
			})
		}
		return a.term.Print(pairs(profileRows(profile, twoFactor, in.account.Server)))
	})
}

// hasTwoFactor answers nil where the platform does not say, or not to this token.
func hasTwoFactor(ctx context.Context, in signedIn) (*bool, error) {
	server, err := in.TwoFactor()
	if err != nil {
		return nil, nil
	}
	status, err := server.TwoFactorStatus(ctx)
	var refused *platform.RefusedError
	if errors.Is(err, platform.ErrNotOffered) || errors.As(err, &refused) {
		return nil, nil
	}
	return &status.On, err
}

func profileRows(profile platform.Profile, twoFactor *bool, server string) [][2]string {
	name := fullName(profile.First, profile.Middle, profile.Last)
	rows := [][2]string{
		{"User", profile.Name}, {"ID", profile.ID}, {"Name", orDash(name)}, {"E-mail", orDash(profile.Email)},
	}
	if profile.BillTo != "" {
		rows = append(rows, [2]string{"Billed to", profile.BillTo})
	}
	if !profile.Created.IsZero() {
		rows = append(rows, [2]string{"Since", dateText(profile.Created)})
	}
	if twoFactor != nil {
		rows = append(rows, [2]string{"Two-factor", onOrOff(*twoFactor)})
	}
	return append(rows, [2]string{"Server", server})
}
