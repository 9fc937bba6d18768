package access

import (
	"context"
	"slices"
)

// treeSlice is how many tokens one step of a change to a tree reads and changes.
const treeSlice = 100

// Rest is what is left of a change to a token: the same change to tokens that were made
// with it, directly or indirectly. A token is changed before those made with it, so that
// one which is made meanwhile has the change already or is found.
type Rest struct {
	change  func(Token) Token
	parents []string // signatures of changed tokens; some of those made with them are not
	after   string   // signature of the last token that was changed for the first parent
}

// Done reports whether nothing is left.
func (r Rest) Done() bool { return len(r.parents) == 0 }

// Next changes some of the tokens, for a transaction of its own, and returns what is left
// then.
func (r Rest) Next(ctx context.Context, tx Tx) (Rest, error) {
	rest := Rest{r.change, slices.Clone(r.parents), r.after}
	for count := treeSlice; count > 0 && !rest.Done(); {
		made, err := tx.TokensMadeWith(ctx, rest.parents[0], rest.after, count)
		if err != nil {
			return r, err
		}
		for _, token := range made {
			if err := tx.UpdateToken(ctx, r.change(token)); err != nil {
				return r, err
			}
			rest.parents, rest.after = append(rest.parents, token.Signature), token.Signature
		}
		if len(made) < count {
			rest.parents, rest.after = rest.parents[1:], ""
		}
		count -= len(made) + 1
	}
	return rest, nil
}

// changeTree changes a token and some of those made with it, and returns what is left.
func changeTree(ctx context.Context, tx Tx, token Token, change func(Token) Token) (Rest, error) {
	if err := tx.UpdateToken(ctx, change(token)); err != nil {
		return Rest{}, err
	}
	return Rest{change: change, parents: []string{token.Signature}}.Next(ctx, tx)
}
