package access_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// After any change, no token of a tree ends later than before or later than its
// parent.
func TestApplyNeverExtendsALifetime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		stored := newMemoryStore()
		signatures := []string{"a", "b", "c", "d", "e"}
		for i, signature := range signatures {
			token := access.Token{Signature: signature, Kind: access.APIToken, UserID: "user-alice", Expires: start.Add(day)}
			if i > 0 {
				token.Parent = rapid.SampledFrom(signatures[:i]).Draw(rt, "parent")
				parent := stored.tokens[token.Parent]
				token.Expires = parent.Expires.Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "earlier")) * time.Hour)
			}
			stored.tokens[signature] = token
		}
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			before := map[string]time.Time{}
			for signature, token := range stored.tokens {
				before[signature] = token.Expires
			}
			expires := start.Add(time.Duration(rapid.IntRange(-2, 26).Draw(rt, "hours")) * time.Hour)
			signature := rapid.SampledFrom(signatures).Draw(rt, "token")
			rest, err := access.Apply(rt.Context(), stored, stored.tokens[signature], access.Change{Expires: &expires}, start)
			if !rest.Done() {
				rt.Fatal("something is left of a small tree")
			}
			if err != nil && !errors.Is(err, access.ErrExpiresInPast) && !errors.Is(err, access.ErrExpiresLater) {
				rt.Fatal(err)
			}
			if err == nil && !stored.tokens[signature].Expires.Equal(expires) {
				rt.Fatalf("%s ends at %v, not at %v", signature, stored.tokens[signature].Expires, expires)
			}
			for signature, token := range stored.tokens {
				parent, isChild := stored.tokens[token.Parent]
				if token.Expires.After(before[signature]) || isChild && token.Expires.After(parent.Expires) {
					rt.Fatalf("%s ends at %v, before it was %v, its parent ends at %v", signature, token.Expires, before[signature], parent.Expires)
				}
			}
		}
	})
}
