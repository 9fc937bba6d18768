package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// sessionsRevokeOptions are the arguments of account sessions revoke, and what
// it uses.
type sessionsRevokeOptions struct {
	*kit.Console
	ids     []string
	confirm kit.Confirmation
}

func sessionsRevokeCommand(env kit.Env) *cobra.Command {
	var o sessionsRevokeOptions
	cmd := &cobra.Command{
		Use:   "revoke ID...",
		Short: "End sessions or API tokens",
		Long: `End sessions or API tokens, and what was made with them. The IDs are those that
"` + env.Program + ` account sessions" shows; the first eight digits are enough if they are
unique. Either all of them are ended or none.

` + kit.AsksHelp,
		Example: `  ` + env.Program + ` account sessions revoke 97fb3002a2cf`,
		Args:    cobra.MinimumNArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.ids = inv.Console(), args
			if err := o.check(); err != nil {
				return err
			}
			return inv.Client(o.Console).Do(ctx, o.run)
		}),
	}
	o.confirm.Bind(cmd.Flags())
	return kit.CompleteArgs(cmd, kit.CompleteSessions)
}

func (o sessionsRevokeOptions) check() error {
	for _, id := range o.ids {
		if !isSessionID(id) {
			return refusal.New(refusal.Usage, "%q is not a session ID: give at least 8 digits of one", id).
				WithHint("see " + o.Program + " account sessions")
		}
	}
	return nil
}

// isSessionID reports whether id is a session ID or its first 8 or more digits.
func isSessionID(id string) bool { return dnanexus.BeginsSignature(id, 8) }

func (o sessionsRevokeOptions) run(ctx context.Context, in kit.SignedIn) error {
	sessions, list, err := in.Sessions(ctx)
	if err != nil {
		return err
	}
	named, err := o.find(list.Sessions)
	if err != nil {
		return err
	}
	what := countedIDs(named)
	if err := o.confirm.Require(ctx, o.Console, "ending "+what, "End "+what+", and what was made with it?", "nothing was revoked"); err != nil {
		return err
	}
	if err := sessions.End(ctx, named); err != nil {
		return err
	}
	for _, id := range named {
		o.Message("Revoked %s", apitoken.ShortID(id))
	}
	return o.AnswerJSON(kit.RevokedJSON{Revoked: named})
}

// find returns the full IDs, each once. It refuses the session in use: ending that
// is a logout, which also erases the credential here.
func (o sessionsRevokeOptions) find(list []dnanexus.Session) ([]string, error) {
	var named []string
	for _, id := range o.ids {
		begins := func(s dnanexus.Session) bool { return strings.HasPrefix(s.ID, id) }
		first := slices.IndexFunc(list, begins)
		switch {
		case first < 0:
			return nil, refusal.New(refusal.NotFound, "there is no session %s; nothing was revoked", id).
				WithHint("see " + o.Program + " account sessions")
		case slices.ContainsFunc(list[first+1:], begins):
			return nil, refusal.Usagef("%s is the beginning of several IDs; nothing was revoked", id)
		case list[first].Current:
			return nil, refusal.New(refusal.Usage, "%s is the session in use; nothing was revoked", id).
				WithHint("run " + o.Program + " logout to end it")
		}
		if !slices.Contains(named, list[first].ID) {
			named = append(named, list[first].ID)
		}
	}
	return named, nil
}

// countedIDs names one session or token by its ID, and counts several.
func countedIDs(ids []string) string {
	if len(ids) == 1 {
		return "session " + apitoken.ShortID(ids[0])
	}
	return fmt.Sprintf("%d sessions", len(ids))
}
