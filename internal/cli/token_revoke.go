package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenRevokeOptions are the flags of token revoke.
type tokenRevokeOptions struct {
	tokens  []string // IDs or names; "-" alone: on standard input
	expired bool
	unused  string
	all     bool
	yes     bool
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	var o tokenRevokeOptions
	cmd := &cobra.Command{
		Use:   "revoke [ID|NAME...|-]",
		Short: "Revoke API tokens",
		Long: `Revoke API tokens, and what was made with them: the next request with one is
refused. A token is named by its name or by the beginning of its ID; what fits
several is refused and the tokens are listed. - reads names and IDs from
standard input, one a line.

At a terminal it is asked first; elsewhere --yes says that it is meant. What has
expired is cleared away without a question.

Revoking the token that you are logged in with is a logout: it is erased here,
too.

On a platform that can't list tokens, those that were made on this machine have
names; any other is revoked by its whole signature.

With --json, {"revoked": [ID, ...]} is printed.`,
		Example: `  ` + a.Program + ` token revoke ci
  ` + a.Program + ` token revoke --unused 90d --yes
  ` + a.Program + ` token revoke --yes - < leaked.txt`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.tokens = args
			return a.revokeTokens(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.expired, "expired", false, "revoke those that have expired")
	flags.StringVar(&o.unused, "unused", "", "revoke those that were not used for this `TIME`, as in 90d")
	flags.BoolVar(&o.all, "all", false, "revoke all of them")
	flags.BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

// check finds out that exactly one thing says which tokens are meant.
func (o tokenRevokeOptions) check() error {
	ways := 0
	for _, given := range []bool{len(o.tokens) > 0, o.expired, o.unused != "", o.all} {
		if given {
			ways++
		}
	}
	switch {
	case ways == 0:
		return refusal.Usagef("say which tokens: IDs or names, -, --expired, --unused or --all")
	case ways > 1:
		return refusal.Usagef("names, --expired, --unused and --all exclude each other")
	}
	for _, name := range o.tokens {
		if name == "-" && len(o.tokens) > 1 {
			return refusal.Usagef("- stands alone: the names are on standard input")
		}
	}
	return nil
}

func (o tokenRevokeOptions) fromStdin() bool { return len(o.tokens) == 1 && o.tokens[0] == "-" }

// maxNames bounds what is read as a list of tokens, in bytes.
const maxNames = 8 << 20

func (a *app) revokeTokens(ctx context.Context, o tokenRevokeOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	choice, err := a.tokenChoice(o.expired, o.unused)
	if err != nil {
		return err
	}
	if o.fromStdin() {
		a.term = a.terminal(true)
		if o.tokens, err = a.readNames(); err != nil {
			return err
		}
	}
	var done kit.RevokedJSON
	err = a.atTokenDesk(ctx, func(d *tokenDesk) error {
		list, err := d.meant(ctx, o, choice)
		if err != nil {
			return err
		}
		if len(list) > 0 && !o.yes && !o.expired {
			if err := d.confirmRevoking(ctx, list); err != nil {
				return err
			}
		}
		done, err = d.revokeEach(ctx, list)
		return err
	})
	if a.settings.JSON && (err == nil || len(done.Revoked) > 0) {
		err = errors.Join(a.printJSON(done), err)
	}
	return err
}

// readNames reads one name or ID a line.
func (a *app) readNames() ([]string, error) {
	content, err := a.readAll(maxNames)
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
		return nil, refusal.New(refusal.InputRequired, "standard input names no token").
			WithHint("pipe IDs or names into the command, one a line")
	}
	return names, nil
}

// meant looks up every token before any is revoked.
func (d *tokenDesk) meant(ctx context.Context, o tokenRevokeOptions, choice tokenChoice) ([]platform.Token, error) {
	if len(o.tokens) > 0 {
		return d.named(ctx, o.tokens)
	}
	list, complete, err := d.chosen(ctx, choice)
	if err == nil && !complete {
		d.term.Message("This platform lists tokens on its web page only: those that were made on this machine are meant")
	}
	return list, err
}

// named finds the tokens of a list of names, each once.
func (d *tokenDesk) named(ctx context.Context, names []string) ([]platform.Token, error) {
	var list []platform.Token
	for _, name := range names {
		token, err := d.find(ctx, name)
		if errors.Is(err, platform.ErrNotOffered) {
			token, err = d.findMade(name)
		}
		if err != nil {
			return nil, nothingRevoked(err)
		}
		if !holds(list, token) {
			list = append(list, token)
		}
	}
	return list, nil
}

// nothingRevoked says so, where one of several could not be found.
func nothingRevoked(err error) error {
	var failure *refusal.Error
	if !errors.As(err, &failure) {
		return err
	}
	changed := *failure
	changed.Message += "; nothing was revoked"
	return &changed
}

// confirmRevoking asks whether the tokens are the right ones.
func (d *tokenDesk) confirmRevoking(ctx context.Context, list []platform.Token) error {
	if err := d.canAgree("revoking " + countTokens(list)); err != nil {
		return err
	}
	question := fmt.Sprintf("Revoke %s, %s?", tokenText(list[0]), usedText(list[0], d.Now()))
	if len(list) > 1 {
		d.tell(d.tokenTable(ctx, list))
		question = fmt.Sprintf("Revoke these %s?", countTokens(list))
	}
	for _, t := range list {
		if t.Current {
			d.term.Warn("%s is the token that you are logged in with: revoking it logs you out here, and wherever else it is in use", tokenText(t))
		}
	}
	return d.agreed(ctx, question, refusal.New(refusal.Interrupted, "nothing was revoked"))
}

func countTokens(list []platform.Token) string {
	if len(list) == 1 {
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", len(list))
}

// revokeEach revokes the token in use last: with it gone, the others could not
// be. One that fails does not keep the others.
func (d *tokenDesk) revokeEach(ctx context.Context, list []platform.Token) (kit.RevokedJSON, error) {
	done := kit.RevokedJSON{Revoked: []string{}}
	if len(list) == 0 {
		d.term.Message("There is nothing to revoke")
	}
	var failure error // the last one
	for _, t := range currentLast(list) {
		err := d.revokeTold(ctx, t)
		switch {
		case err == nil:
			done.Revoked = append(done.Revoked, t.ID)
		case ctx.Err() != nil || errors.Is(err, platform.ErrSignedOut):
			return done, err // every other one would fail as well
		default:
			d.term.Warn("%s was not revoked: %s", tokenText(t), err)
			failure = err
		}
	}
	if failure == nil {
		return done, nil
	}
	kind := d.failureOf(failure)
	return done, &refusal.Error{Code: kind.Code, Hint: kind.Hint, Err: failure,
		Message: fmt.Sprintf("%d of %s were not revoked; the last failure: %s", len(list)-len(done.Revoked), countTokens(list), kind.Message)}
}

func currentLast(list []platform.Token) []platform.Token {
	isCurrent := func(t platform.Token) bool { return t.Current }
	i := slices.IndexFunc(list, isCurrent)
	if i < 0 {
		return list
	}
	return append(slices.Delete(slices.Clone(list), i, i+1), list[i])
}

// revokeTold revokes a token and says so.
func (d *tokenDesk) revokeTold(ctx context.Context, t platform.Token) error {
	if t.Current {
		return d.revokeCurrent(ctx, t)
	}
	if err := d.revokeOne(ctx, t); err != nil {
		return err
	}
	d.term.Message("Revoked %s", tokenText(t))
	return nil
}

// revokeOne revokes a token. One that has ended meanwhile, perhaps with its
// parent a moment ago, is what was wanted.
func (d *tokenDesk) revokeOne(ctx context.Context, t platform.Token) error {
	if err := d.RevokeToken(ctx, t.ID); err != nil && !errors.Is(err, platform.ErrNotFound) {
		return err
	}
	if err := d.book.ForgetToken(ctx, d.in.account.Server, t.ID); err != nil {
		d.term.Warn("%s is revoked, but still noted here: %s", tokenText(t), err)
	}
	return nil
}

// revokeCurrent also erases the credential here: it is worth nothing any more.
func (d *tokenDesk) revokeCurrent(ctx context.Context, t platform.Token) error {
	if err := d.revokeOne(ctx, t); err != nil {
		return err
	}
	d.term.Message("Revoked %s, the token that you were logged in with", tokenText(t))
	if !d.in.stored {
		return nil
	}
	return d.book.ForgetIf(ctx, d.in.account, d.in.credential)
}
