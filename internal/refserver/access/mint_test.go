package access_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
)

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour

	genomics = "project-genomics"
	patients = "project-patients"
)

// start is when every test begins.
var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// newMint makes a mint whose clock stands at start.
func newMint() *access.Issuer {
	return access.NewIssuer(access.DefaultLimits(), func() time.Time { return start }, rand.Reader)
}

// drawer is a store for tokens with what this package itself asks of one; to ask
// for more is a panic.
type drawer struct {
	access.Tx
	tokens map[string]access.Token
}

func newDrawer() drawer { return drawer{tokens: map[string]access.Token{}} }

func (d drawer) InsertToken(_ context.Context, token access.Token) error {
	d.tokens[token.Signature] = token
	return nil
}

func (d drawer) TokenBySignature(_ context.Context, signature string) (access.Token, error) {
	token, found := d.tokens[signature]
	if !found {
		return access.Token{}, access.ErrUnknownToken
	}
	return token, nil
}

func (d drawer) UpdateToken(_ context.Context, token access.Token) error {
	if stored := d.tokens[token.Signature]; stored.Ended.IsZero() {
		stored.Label, stored.Description, stored.Scope, stored.Expires = token.Label, token.Description, token.Scope, token.Expires
		d.tokens[token.Signature] = stored
	}
	return nil
}

func (d drawer) TokenTree(_ context.Context, signature string) ([]access.Token, error) {
	tree := []access.Token{d.tokens[signature]}
	for i := 0; i < len(tree); i++ {
		for _, token := range d.tokens {
			if token.Parent == tree[i].Signature {
				tree = append(tree, token)
			}
		}
	}
	return tree, nil
}

// reaching returns a scope of one project.
func reaching(project string, level directory.Level) *access.Scope {
	return &access.Scope{Projects: map[string]directory.Level{project: level}}
}

// fullScope is a scope that is asked for, unlike nil.
func fullScope() *access.Scope {
	scope := access.FullScope()
	return &scope
}

// put stores a caller's token that was signed in at start and lives for a week.
func (d drawer) put(t *testing.T, change func(*access.Token)) access.Token {
	t.Helper()
	caller := access.Token{
		Signature: "the caller", Kind: access.Session, UserID: "user-alice", Scope: access.FullScope(),
		Created: start, Authenticated: start, Expires: start.Add(7 * day), LastUsed: start,
	}
	if change != nil {
		change(&caller)
	}
	if err := d.InsertToken(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	return caller
}
