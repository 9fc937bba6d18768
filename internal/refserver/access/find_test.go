package access_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// SearchTokens supports only the conditions that FindByPrefix and Find use.
func (s memoryStore) SearchTokens(_ context.Context, search access.Query) ([]access.Token, error) {
	var found []access.Token
	for _, token := range s.tokens {
		if token.UserID == search.UserID && token.Kind == search.Kind && token.Ended.IsZero() &&
			strings.HasPrefix(token.Signature, search.Prefix) && token.LastUsed.After(search.UsedAfter) && isAfter(token, search.After) {
			found = append(found, token)
		}
	}
	slices.SortFunc(found, byEnd)
	return found[:min(len(found), search.Limit)], nil
}

func isAfter(token access.Token, position access.Position) bool {
	return byEnd(token, access.Token{Expires: position.Expires, Signature: position.Signature}) > 0
}

func byEnd(a, b access.Token) int {
	if order := a.Expires.Compare(b.Expires); order != 0 {
		return order
	}
	return strings.Compare(a.Signature, b.Signature)
}

func (memoryStore) EndTokens(context.Context, string, time.Time, access.Reason) error {
	panic("unexpected call of EndTokens")
}

func TestFindByPrefix(t *testing.T) {
	stored := newMemoryStore()
	for signature, kind := range map[string]access.Kind{
		"aaaaaaaa11": access.Session, "aaaaaaaa22": access.APIToken, "bbbbbbbb33": access.Session,
	} {
		stored.put(t, func(token *access.Token) { token.Signature, token.Kind = signature, kind })
	}
	stored.put(t, func(token *access.Token) { token.Signature, token.UserID = "dddddddd44", "user-bob" })
	tests := map[string]struct {
		ids  []string
		want []string
		err  error
	}{
		"whole":                     {[]string{"aaaaaaaa11"}, []string{"aaaaaaaa11"}, nil},
		"unique prefix":             {[]string{"aaaaaaaa2"}, []string{"aaaaaaaa22"}, nil},
		"several":                   {[]string{"bbbbbbbb", "aaaaaaaa1"}, []string{"bbbbbbbb33", "aaaaaaaa11"}, nil},
		"the same twice":            {[]string{"bbbbbbbb", "bbbbbbbb3"}, []string{"bbbbbbbb33"}, nil},
		"ambiguous":                 {[]string{"aaaaaaaa"}, nil, access.ErrAmbiguousID},
		"none":                      {[]string{"cccccccc"}, nil, access.ErrNoSession},
		"another user's":            {[]string{"dddddddd"}, nil, access.ErrNoSession},
		"longer than the signature": {[]string{"bbbbbbbb333"}, nil, access.ErrNoSession},
		"one good, one not":         {[]string{"bbbbbbbb", "cccccccc"}, nil, access.ErrNoSession},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			named, err := access.FindByPrefix(t.Context(), stored, "user-alice", tt.ids, start)
			if got := signatures(named); !errors.Is(err, tt.err) || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func signatures(tokens []access.Token) []string {
	var list []string
	for _, token := range tokens {
		list = append(list, token.Signature)
	}
	return list
}

// For every page size, the pages contain every token once, in the order of expiry,
// and no idle session.
func TestFindPages(t *testing.T) {
	const idle = 15 * time.Minute
	random := rand.New(rand.NewPCG(1, 2))
	stored := newMemoryStore()
	var want []access.Token
	for i := range 40 {
		token := stored.put(t, func(token *access.Token) {
			token.Signature = fmt.Sprintf("%02d", i)
			token.Kind = []access.Kind{access.Session, access.APIToken}[random.IntN(2)]
			token.Expires = start.Add(time.Duration(random.IntN(9)) * time.Hour)
			token.LastUsed = start.Add(-time.Duration(random.IntN(20)) * time.Minute)
		})
		if token.Kind == access.APIToken || start.Sub(token.LastUsed) < idle {
			want = append(want, token)
		}
	}
	slices.SortFunc(want, byEnd)
	for limit := 1; limit <= len(want)+1; limit++ {
		query := access.Query{UserID: "user-alice", Limit: limit}
		var got []access.Token
		for {
			page, err := access.Find(t.Context(), stored, query, start, idle)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page.Tokens...)
			if page.Next == nil {
				break
			}
			if len(page.Tokens) != limit {
				t.Fatalf("%d tokens on a page of %d that is not the last", len(page.Tokens), limit)
			}
			query.After = *page.Next
		}
		if diff := cmp.Diff(signatures(want), signatures(got)); diff != "" {
			t.Fatalf("in pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}
