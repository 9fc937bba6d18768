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
func newMint() *access.Mint {
	return access.NewMint(access.DefaultLimits(), func() time.Time { return start }, rand.Reader)
}

// drawer is a store for tokens that only a mint uses.
type drawer map[string]access.Token

func (d drawer) InsertToken(_ context.Context, token access.Token) error {
	d[token.Signature] = token
	return nil
}

func (d drawer) TokenBySignature(_ context.Context, signature string) (access.Token, error) {
	token, found := d[signature]
	if !found {
		return access.Token{}, access.ErrUnknownToken
	}
	return token, nil
}

func (drawer) TouchToken(context.Context, string, time.Time, string) error {
	panic("a mint touches nothing")
}

func (drawer) EndToken(context.Context, string, time.Time, access.Reason) error {
	panic("a mint ends nothing")
}

func (drawer) EndTokenTree(context.Context, string, time.Time, access.Reason) error {
	panic("a mint ends nothing")
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
