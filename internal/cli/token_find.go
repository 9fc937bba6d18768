package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// minTokenID is how much of a signature is enough to name a token.
const minTokenID = 4

// manyEnough tokens of one name are not clear: there is no need to fetch more.
const manyEnough = 10

// find looks up the one token of a name or the beginning of an ID, among those
// that have not expired. It answers platform.ErrNotOffered.
func (d *tokenDesk) find(ctx context.Context, argument string) (platform.Token, error) {
	if argument == "" {
		return platform.Token{}, refusal.Usagef("an empty name names no token")
	}
	found, err := d.collect(ctx, platform.TokenQuery{Name: argument}, manyEnough)
	if err != nil {
		return platform.Token{}, err
	}
	if d.canBeID(argument) {
		more, err := d.collect(ctx, platform.TokenQuery{ID: argument}, manyEnough)
		if err != nil {
			return platform.Token{}, err
		}
		found = append(found, more...)
	}
	return d.theOne(argument, found)
}

// canBeID is false for what the platform has no ID like.
func (d *tokenDesk) canBeID(argument string) bool {
	return d.in.kind().BeginsTokenID(argument, minTokenID)
}

// findMade is find among the tokens that were made on this machine. A whole ID
// is good by itself.
func (d *tokenDesk) findMade(argument string) (platform.Token, error) {
	made, err := d.madeHere()
	if err != nil {
		return platform.Token{}, err
	}
	var found []platform.Token
	for _, t := range made {
		if t.Name == argument || d.canBeID(argument) && strings.HasPrefix(t.ID, argument) {
			found = append(found, t)
		}
	}
	if len(found) == 0 && dnanexus.IsSignature(argument) {
		return platform.Token{ID: argument}, nil
	}
	token, err := d.theOne(argument, found)
	var missing *refusal.Error
	if errors.As(err, &missing) && missing.Code == refusal.NotFound {
		missing.Hint = "this platform can't list tokens: give the whole signature (64 digits), or revoke it on the web page"
	}
	return token, err
}

// theOne refuses to guess which of several is meant. A whole ID, and one token
// found twice, are clear.
func (d *tokenDesk) theOne(argument string, found []platform.Token) (platform.Token, error) {
	var distinct []platform.Token
	for _, t := range found {
		if t.ID == argument {
			return t, nil
		}
		if !holds(distinct, t) {
			distinct = append(distinct, t)
		}
	}
	switch len(distinct) {
	case 0:
		return platform.Token{}, refusal.New(refusal.NotFound, "there is no token %q", argument).
			WithHint("see " + d.Program + " token list")
	case 1:
		return distinct[0], nil
	}
	var list []string
	short := shortIDs(distinct)
	for _, t := range distinct {
		text := short[t.ID]
		if t.Name != "" {
			text += " '" + t.Name + "'"
		}
		list = append(list, text+" ("+usedText(t, d.Now())+")")
	}
	return platform.Token{}, refusal.New(refusal.Usage, "%d tokens fit %q", len(distinct), argument).
		WithHint("name one by its ID: " + strings.Join(list, ", "))
}

func holds(list []platform.Token, token platform.Token) bool {
	return slices.ContainsFunc(list, func(t platform.Token) bool { return t.ID == token.ID })
}
