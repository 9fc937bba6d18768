package admin

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// userApproveOptions are the arguments of admin user approve, and what it uses.
type userApproveOptions struct {
	*kit.Console
	user string
}

func userApproveCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "approve USER",
		Short: "Approve the account of a user who signed up",
		Long: `Approve the account of a user who signed up, on a server where an administrator
has to approve accounts ("` + env.Program + ` serve --signup moderated", or a MOLGENIS with
moderation). Only administrators can approve.`,
		Example: `  ` + env.Program + ` admin user approve erin`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := userApproveOptions{inv.Console(), args[0]}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
}

// approvedJSON is what admin user approve prints with --json.
type approvedJSON struct {
	Approved []string `json:"approved"` // user names
}

func (o userApproveOptions) run(ctx context.Context, in kit.SignedIn) error {
	approvals, err := in.Approvals()
	if err != nil {
		return err
	}
	err = approvals.ApproveAccount(ctx, o.user)
	switch {
	case errors.Is(err, platform.ErrApproved):
		return refusal.New(refusal.Denied, "the account %s is already approved", o.user).
			WithHint("see " + o.Program + " admin user show " + o.user)
	case err != nil:
		return err
	}
	o.Message("Approved the account %s", o.user)
	return o.AnswerJSON(approvedJSON{Approved: []string{o.user}})
}
