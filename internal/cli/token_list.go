package cli

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// tokenListOptions are the flags of token list.
type tokenListOptions struct {
	expired bool
	unused  string
}

func (a *app) tokenListCommand() *cobra.Command {
	var o tokenListOptions
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List API tokens",
		Long: `List your API tokens, the one that ends soonest first: what each reaches, and
when it was made and used last. The tokens themselves are shown nowhere. Those
that have expired are listed with --expired only.

On a platform that can't list tokens, those that were made on this machine are
shown.

With --json, one object is printed:

  complete     false: these are only those that were made on this machine
  tokens       a list of objects:
    id           its signature
    name         "" without one
    scope        {"full", "projects": {ID or "*": LEVEL}, "phiAccess"}, and
                 "excludedOrgs" where an org's admin has taken its projects out
                 of reach; null where it is not known
    created, lastUsed, expires   in RFC 3339; null: never, or not known
    lastAddress  from where it was used last
    current      this command was signed in with it`,
		Example: `  ` + a.Program + ` token list
  ` + a.Program + ` token list --unused 90d --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listTokens(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.expired, "expired", false, "list those that have expired instead")
	flags.StringVar(&o.unused, "unused", "", "list those that were not used for this `TIME`, as in 90d")
	return cmd
}

func (a *app) listTokens(ctx context.Context, o tokenListOptions) error {
	choice, err := a.tokenChoice(o.expired, o.unused)
	if err != nil {
		return err
	}
	return a.atTokenDesk(ctx, func(d *tokenDesk) error {
		list, complete, err := d.chosen(ctx, choice)
		if err != nil {
			return err
		}
		if a.settings.JSON {
			return a.printJSON(tokensOf(list, complete))
		}
		if !complete {
			a.term.Message("This platform lists tokens on its web page only: these were made on this machine")
		}
		if len(list) == 0 {
			a.term.Message("There are no such tokens")
			return nil
		}
		return a.term.Print(d.tokenTable(ctx, list))
	})
}

// tokenChoice says which of the user's tokens are meant.
type tokenChoice struct {
	expired bool
	unused  time.Duration // 0: used or not
}

func (a *app) tokenChoice(expired bool, unused string) (tokenChoice, error) {
	choice := tokenChoice{expired: expired}
	if unused == "" {
		return choice, nil
	}
	var err error
	choice.unused, err = readSpan("--unused", unused, a.Now())
	if err == nil && choice.unused == 0 {
		err = refusal.Usagef("--unused %s: that is all of them", unused)
	}
	return choice, err
}

// chosen fetches the tokens that are meant, the one that ends soonest first. It
// is not complete where the platform can't list them.
func (d *tokenDesk) chosen(ctx context.Context, choice tokenChoice) (list []platform.Token, complete bool, err error) {
	list, err = d.collect(ctx, platform.TokenQuery{Expired: choice.expired}, math.MaxInt)
	complete = err == nil
	if errors.Is(err, platform.ErrNotOffered) {
		list, err = d.chosenHere(choice)
	}
	if err != nil {
		return nil, false, err
	}
	now := d.Now()
	if choice.unused > 0 && slices.ContainsFunc(list, func(t platform.Token) bool { return t.UseUnknown }) {
		return nil, false, refusal.Usagef("--unused: this platform does not tell when a token was used")
	}
	list = slices.DeleteFunc(list, func(t platform.Token) bool { return choice.unused > 0 && idleFor(t, now) < choice.unused })
	slices.SortStableFunc(list, func(x, y platform.Token) int { return endOf(x).Compare(endOf(y)) })
	return list, complete, nil
}

// chosenHere is for what is noted on this machine: nothing of the use of a token,
// and no token that has expired.
func (d *tokenDesk) chosenHere(choice tokenChoice) ([]platform.Token, error) {
	switch {
	case choice.unused > 0:
		return nil, refusal.New(refusal.Denied, "this platform does not tell when a token was used").
			WithHint("see " + d.Program + " token list, and name the tokens")
	case choice.expired:
		return nil, nil
	}
	return d.madeHere()
}

// idleFor is how long a token was not used; one that never was counts from its
// making.
func idleFor(t platform.Token, now time.Time) time.Duration {
	last := t.LastUsed
	if last.IsZero() {
		last = t.Created
	}
	return now.Sub(last)
}

// endOf puts an end that is not known behind all others.
func endOf(t platform.Token) time.Time {
	if t.Expires.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t.Expires
}

// tokensJSON is what token list prints with --json.
type tokensJSON struct {
	Complete bool        `json:"complete"`
	Tokens   []tokenJSON `json:"tokens"`
}

type tokenJSON struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Scope       *scopeJSON `json:"scope"`
	Created     *time.Time `json:"created"`
	LastUsed    *time.Time `json:"lastUsed"`
	LastAddress string     `json:"lastAddress"`
	Expires     *time.Time `json:"expires"`
	Current     bool       `json:"current"`
}

func tokensOf(list []platform.Token, complete bool) tokensJSON {
	shown := tokensJSON{Complete: complete, Tokens: []tokenJSON{}}
	for _, t := range list {
		one := tokenJSON{
			ID: t.ID, Name: t.Name, Created: orNull(t.Created), LastUsed: orNull(t.LastUsed),
			LastAddress: t.Address, Expires: orNull(t.Expires), Current: t.Current,
		}
		if !scopeIsUnknown(t.Scope) {
			scope := scopeJSONOf(t.Scope)
			one.Scope = &scope
		}
		shown.Tokens = append(shown.Tokens, one)
	}
	return shown
}
