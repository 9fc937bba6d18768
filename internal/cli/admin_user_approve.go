package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

func (a *app) adminUserApproveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "approve USER",
		Short: "Open an account that somebody signed up for",
		Long: `Open an account that somebody signed up for, on a server where an administrator
has to agree ("` + a.Program + ` serve --signup moderated", or a MOLGENIS with moderation).
It is for administrators.`,
		Example: `  ` + a.Program + ` admin user approve erin`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.approve(cmd.Context(), args[0]) },
	}
}

// approvedJSON is what admin user approve prints with --json.
type approvedJSON struct {
	Approved string `json:"approved"` // user name
}

func (a *app) approve(ctx context.Context, user string) error {
	return a.asSignedIn(ctx, func(in signedIn) error {
		approvals, err := in.Approvals()
		if err != nil {
			return err
		}
		err = approvals.ApproveAccount(ctx, user)
		switch {
		case errors.Is(err, platform.ErrApproved):
			return refusal.New(refusal.Conflict, "the account %s does not wait for anybody: it is open already", user)
		case err != nil:
			return err
		}
		a.term.Message("The account %s is open now", user)
		return a.answerJSON(approvedJSON{Approved: user})
	})
}
