package token

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// revokeOptions are the flags of token revoke, and what it uses.
type revokeOptions struct {
	*kit.Console
	names     []string // or IDs; "-" alone: read them from standard input
	selection selectionFlags
	all       bool
	yes       bool
}

func revokeCommand(env kit.Env) *cobra.Command {
	var o revokeOptions
	cmd := &cobra.Command{
		Use:     "revoke [ID|NAME...|-]",
		Aliases: []string{"rm", "delete"},
		Short:   "Revoke API tokens",
		Long: `Revoke API tokens, and what was made with them: the server refuses the next
request with such a token. Give the name of a token or the beginning of its ID;
if it matches several tokens, they are listed and none is revoked. - reads names
and IDs from standard input, one per line.

Asks for confirmation; without a terminal, --yes is required. Expired tokens are
revoked without confirmation.

Revoking the token that you are logged in with logs you out: the token is also
erased on this machine.

On a platform that can't list tokens, give the name of a token that was made on
this machine, or the complete signature of any other token.

With --json, {"revoked": [ID, ...]} is printed.`,
		Example: `  ` + env.Program + ` token revoke ci
  ` + env.Program + ` token revoke --unused 90d --yes
  ` + env.Program + ` token revoke --yes - < leaked.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) (err error) {
			o.names = args
			o.Console = inv.ConsoleReading(o.readsNames())
			if err := o.check(); err != nil {
				return err
			}
			if o.readsNames() {
				if o.names, err = readNames(ctx, o.Console); err != nil {
					return err
				}
			}
			return o.revoke(ctx, inv)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.selection.expired, "expired", false, "revoke all expired tokens")
	flags.StringVar(&o.selection.unused, "unused", "", "revoke tokens that were not used for this `TIME`, such as 90d")
	flags.BoolVar(&o.all, "all", false, "revoke all tokens")
	flags.BoolVar(&o.yes, "yes", false, "do not ask")
	return kit.CompleteArgs(cmd, kit.CompleteTokens)
}

func (o *revokeOptions) readsNames() bool { return len(o.names) == 1 && o.names[0] == "-" }

// check returns an error unless the tokens are given in exactly one way.
func (o *revokeOptions) check() error {
	ways := 0
	for _, given := range []bool{len(o.names) > 0, o.selection.expired, o.selection.unused != "", o.all} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return refusal.Usagef("no tokens given: IDs or names, -, --expired, --unused or --all")
	case ways > 1:
		return refusal.Usagef("names, --expired, --unused and --all exclude each other")
	}
	for _, name := range o.names {
		if name == "-" && len(o.names) > 1 {
			return refusal.Usagef("- can't be combined with names: it reads them from standard input")
		}
	}
	return o.selection.check(o.Now())
}

// maxNames bounds what is read as a list of tokens, in bytes.
const maxNames = 8 << 20

// readNames reads one name or ID per line.
func readNames(ctx context.Context, console *kit.Console) ([]string, error) {
	content, err := console.ReadAll(ctx, maxNames)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, refusal.New(refusal.InputRequired, "standard input is empty").
			WithHint("pipe IDs or names into the command, one per line")
	}
	return names, nil
}

// revoke prints what was revoked even if some tokens could not be revoked.
func (o *revokeOptions) revoke(ctx context.Context, inv kit.Invocation) error {
	var done kit.RevokedJSON
	err := withTokens(ctx, inv, o.Console, func(ctx context.Context, tokens tokenClient) (err error) {
		done, err = o.run(ctx, tokens)
		return err
	})
	if err == nil || len(done.Revoked) > 0 {
		err = errors.Join(o.AnswerJSON(done), err)
	}
	return err
}

func (o *revokeOptions) run(ctx context.Context, tokens tokenClient) (kit.RevokedJSON, error) {
	list, err := o.find(ctx, tokens)
	if err != nil {
		return kit.RevokedJSON{}, err
	}
	if len(list) > 0 && !o.yes && !o.selection.expired {
		if err := tokens.confirmRevoking(ctx, list); err != nil {
			return kit.RevokedJSON{}, err
		}
	}
	return tokens.revokeEach(ctx, list)
}

// find looks up every token before any is revoked.
func (o *revokeOptions) find(ctx context.Context, tokens tokenClient) ([]platform.Token, error) {
	if len(o.names) > 0 {
		return tokens.findEach(ctx, o.names)
	}
	list, of, err := tokens.selectTokens(ctx, o.selection)
	if err == nil && of == tokensMadeHere {
		o.Message("This platform can't list tokens; using those that were made on this machine")
	}
	return list, err
}
