package access_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// treeChanges are the changes to a token that those made with it get, too.
var treeChanges = map[string]struct {
	start func(context.Context, access.Tx, access.Token) (access.Rest, error)
	has   func(access.Token) bool
}{
	"an earlier expiry": {
		func(ctx context.Context, tx access.Tx, token access.Token) (access.Rest, error) {
			expires := start.Add(hour)
			return access.Apply(ctx, tx, token, access.Change{Expires: &expires}, start)
		},
		func(token access.Token) bool { return !token.Expires.After(start.Add(hour)) },
	},
	"an org less": {
		func(ctx context.Context, tx access.Tx, token access.Token) (access.Rest, error) {
			return access.Exclude(ctx, tx, token, "org-lab")
		},
		func(token access.Token) bool { return token.Scope.Excludes("org-lab") },
	},
}

// A change to a large tree takes several steps, none of which changes many tokens. It
// reaches every token of the tree, those made between two steps, too, whichever token
// they are made with.
func TestAChangeReachesTheWholeTree(t *testing.T) {
	const size, perStep = 500, 100
	for name, change := range treeChanges {
		t.Run(name, func(t *testing.T) {
			stored := newMemoryStore()
			root := stored.put(t, func(token *access.Token) { token.Kind, token.Expires = access.APIToken, start.Add(day) })
			add := func(signature, parent string) {
				made := stored.tokens[parent]
				made.Signature, made.Parent, made.Created = signature, parent, start.Add(time.Second)
				stored.tokens[signature] = made
			}
			for i := range size {
				add(fmt.Sprintf("token %03d", i), root.Signature)
				if i >= 10 {
					add(fmt.Sprintf("token %03d", i), fmt.Sprintf("token %03d", i%7*i/10))
				}
			}
			rest, err := change.start(t.Context(), stored, root)
			steps := 1
			for ; err == nil && !rest.Done(); steps++ {
				for i := 0; i < size; i += 49 {
					add(fmt.Sprint("made later ", steps, " ", i), fmt.Sprintf("token %03d", i))
				}
				before := stored.changed(change.has)
				rest, err = rest.Next(t.Context(), stored)
				if changed := stored.changed(change.has) - before; changed > perStep {
					t.Errorf("step %d changed %d tokens", steps, changed)
				}
				if steps > 100 {
					t.Fatal("no end")
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			if changed := stored.changed(change.has); changed != len(stored.tokens) || steps < size/perStep {
				t.Errorf("%d of %d tokens have the change after %d steps", changed, len(stored.tokens), steps)
			}
		})
	}
}

func (s memoryStore) changed(has func(access.Token) bool) (count int) {
	for _, token := range s.tokens {
		if has(token) {
			count++
		}
	}
	return count
}
