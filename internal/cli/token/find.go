package token

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// manyEnough is the number of matches after which find stops: the name is ambiguous
// anyway.
const manyEnough = 10

// find returns the only token with this name or beginning of an ID, among those that
// have not expired. It returns platform.ErrNotOffered if the platform can't list
// tokens.
func (c tokenClient) find(ctx context.Context, argument string) (platform.Token, error) {
	if argument == "" {
		return platform.Token{}, refusal.Usagef("the token name is empty")
	}
	found, err := c.collect(ctx, platform.TokenQuery{Name: argument}, manyEnough)
	if err != nil {
		return platform.Token{}, err
	}
	if c.canBeID(argument) {
		more, err := c.collect(ctx, platform.TokenQuery{ID: argument}, manyEnough)
		if err != nil {
			return platform.Token{}, err
		}
		found = append(found, more...)
	}
	if len(found) == 0 {
		return platform.Token{}, noToken(argument, c.similarTo(ctx, argument))
	}
	return c.exactlyOne(argument, found)
}

// maxSuggested bounds how many tokens are fetched to find the one that was meant.
const maxSuggested = 1000

// similarTo returns the hint for a token that was not found.
func (c tokenClient) similarTo(ctx context.Context, argument string) string {
	otherwise := "see " + c.Program + " token list"
	list, err := c.collect(ctx, platform.TokenQuery{}, maxSuggested)
	if err != nil {
		return otherwise
	}
	var names []string
	for _, t := range list {
		names = append(names, t.Name)
	}
	return cmp.Or(suggest.Hint(argument, names, strconv.Quote), otherwise)
}

func noToken(argument, hint string) error {
	return refusal.New(refusal.NotFound, "there is no token %q", argument).WithHint(hint)
}

// canBeID reports whether the argument can be the beginning of an ID.
func (c tokenClient) canBeID(argument string) bool {
	return c.In.Type().BeginsTokenID(argument, apitoken.MinID)
}

// findMade is find among the tokens that were made on this machine. It accepts any
// complete ID.
func (c tokenClient) findMade(argument string) (platform.Token, error) {
	made, err := c.madeHere()
	if err != nil {
		return platform.Token{}, err
	}
	var found []platform.Token
	for _, t := range made {
		if t.Name == argument || c.canBeID(argument) && strings.HasPrefix(t.ID, argument) {
			found = append(found, t)
		}
	}
	switch {
	case len(found) > 0:
		return c.exactlyOne(argument, found)
	case dnanexus.IsSignature(argument):
		return platform.Token{ID: argument}, nil
	default:
		return platform.Token{}, noToken(argument, "this platform can't list tokens: give the whole signature (64 digits), or revoke it on the web page")
	}
}

// exactlyOne returns the only token of those found, or the one with exactly this ID. It
// returns an error if there are several.
func (c tokenClient) exactlyOne(argument string, found []platform.Token) (platform.Token, error) {
	var distinct []platform.Token
	for _, t := range found {
		if t.ID == argument {
			return t, nil
		}
		if !contains(distinct, t) {
			distinct = append(distinct, t)
		}
	}
	if len(distinct) == 1 {
		return distinct[0], nil
	}
	return platform.Token{}, refusal.New(refusal.Usage, "%q matches %d tokens", argument, len(distinct)).
		WithHint("name one by its ID: " + strings.Join(c.candidates(distinct), ", "))
}

// candidates describes each token: ID, name and last use.
func (c tokenClient) candidates(list []platform.Token) []string {
	var texts []string
	short := shortIDs(list)
	for _, t := range list {
		text := short[t.ID]
		if t.Name != "" {
			text += " '" + t.Name + "'"
		}
		texts = append(texts, text+" ("+apitoken.UsedText(t, c.Now())+")")
	}
	return texts
}

func contains(list []platform.Token, token platform.Token) bool {
	return slices.ContainsFunc(list, func(t platform.Token) bool { return t.ID == token.ID })
}
