package token

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
)

// selectionFlags select some of the user's tokens.
type selectionFlags struct {
	expired bool
	unused  string

	unusedFor time.Duration // unused, as check reads it; 0: used or not
}

// check returns an error if a flag is invalid.
func (f *selectionFlags) check(now time.Time) (err error) {
	if f.unused == "" {
		return nil
	}
	f.unusedFor, err = timeinput.Span("--unused", f.unused, now)
	if err == nil && f.unusedFor == 0 {
		err = refusal.Usagef("--unused %s: must be more than 0", f.unused)
	}
	return err
}

// coverage says which of the user's tokens a list can have.
type coverage int

const (
	allTokens      coverage = iota
	firstTokens             // the list was cut
	tokensMadeHere          // on this machine: the platform can't list tokens
)

// selectTokens fetches the selected tokens, the one that ends soonest first.
func (c tokenClient) selectTokens(ctx context.Context, f selectionFlags) (list []platform.Token, of coverage, err error) {
	list, err = c.collect(ctx, platform.TokenQuery{Expired: f.expired}, math.MaxInt)
	switch {
	case errors.Is(err, platform.ErrNotOffered):
		of = tokensMadeHere
		list, err = c.selectMade(f)
	case err != nil:
		of = firstTokens
		err = c.ShowCut(err)
	}
	if err != nil {
		return nil, of, err
	}
	if !f.expired {
		c.remember(list)
	}
	now := c.Now()
	if f.unusedFor > 0 && slices.ContainsFunc(list, func(t platform.Token) bool { return t.UseUnknown }) {
		return nil, of, refusal.Usagef("--unused: this platform does not record when a token was used")
	}
	list = slices.DeleteFunc(list, func(t platform.Token) bool { return f.unusedFor > 0 && idleFor(t, now) < f.unusedFor })
	slices.SortStableFunc(list, func(x, y platform.Token) int { return endOf(x).Compare(endOf(y)) })
	return list, of, nil
}

// remember notes the names of tokens for completion.
func (c tokenClient) remember(list []platform.Token) {
	entries := make([]namecache.Entry, len(list))
	for i, t := range list {
		entries[i] = namecache.Entry{ID: t.ID, Name: t.Name}
	}
	c.Accounts.Remember(c.In, func(names *namecache.Names) { names.Tokens = entries })
}

// selectMade selects among the tokens recorded on this machine. The record has
// neither the last use nor expired tokens.
func (c tokenClient) selectMade(f selectionFlags) ([]platform.Token, error) {
	switch {
	case f.unusedFor > 0:
		return nil, refusal.New(refusal.Denied, "this platform does not record when a token was used").
			WithHint("give the tokens by name or ID; see " + c.Program + " token list")
	case f.expired:
		return nil, nil
	}
	return c.madeHere()
}

// idleFor returns how long a token was not used. A token that was never used counts
// from its creation.
func idleFor(t platform.Token, now time.Time) time.Duration {
	last := t.LastUsed
	if last.IsZero() {
		last = t.Created
	}
	return now.Sub(last)
}

// endOf returns the expiry for sorting: an unknown one comes last.
func endOf(t platform.Token) time.Time {
	if t.Expires.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t.Expires
}
