package access_test

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
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

// start is the time at which every test starts.
var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// newIssuer returns an issuer whose clock always shows start.
func newIssuer() *access.Issuer {
	return access.NewIssuer(access.DefaultLimits(), func() time.Time { return start }, rand.Reader)
}

// memoryStore implements the methods of access.Tx that the tests need; the others
// panic.
type memoryStore struct {
	access.Tx
	tokens map[string]access.Token
}

func newMemoryStore() memoryStore { return memoryStore{tokens: map[string]access.Token{}} }

func (s memoryStore) InsertToken(_ context.Context, token access.Token) error {
	s.tokens[token.Signature] = token
	return nil
}

func (memoryStore) ForgetEnded(context.Context, string, int, int) error { return nil }

func (memoryStore) EndOldestSessions(context.Context, string, string, int, int, time.Time, access.Reason) error {
	return nil
}

func (s memoryStore) CountTokens(context.Context, string, time.Time, int) (int, error) {
	return len(s.tokens), nil
}

func (s memoryStore) TokenBySignature(_ context.Context, signature string) (access.Token, error) {
	token, found := s.tokens[signature]
	if !found {
		return access.Token{}, access.ErrUnknownToken
	}
	return token, nil
}

func (s memoryStore) UpdateToken(_ context.Context, token access.Token) error {
	if stored := s.tokens[token.Signature]; stored.Ended.IsZero() {
		stored.Label, stored.Description, stored.Scope, stored.Expires = token.Label, token.Description, token.Scope, token.Expires
		s.tokens[token.Signature] = stored
	}
	return nil
}

func (s memoryStore) TokensBySignature(_ context.Context, signatures []string) (map[string]access.Token, error) {
	found := maps.Clone(s.tokens)
	maps.DeleteFunc(found, func(signature string, _ access.Token) bool { return !slices.Contains(signatures, signature) })
	return found, nil
}

func (s memoryStore) TokensMadeWith(_ context.Context, parent, after string, limit int) (made []access.Token, err error) {
	for _, signature := range slices.Sorted(maps.Keys(s.tokens)) {
		if token := s.tokens[signature]; token.Parent == parent && signature > after && len(made) < limit {
			made = append(made, token)
		}
	}
	return made, nil
}

// reaching returns a scope of one project.
func reaching(project string, level directory.Level) *access.Scope {
	return &access.Scope{Projects: map[string]directory.Level{project: level}}
}

// fullScope returns an explicit full scope, unlike nil.
func fullScope() *access.Scope {
	scope := access.FullScope()
	return &scope
}

// put stores a token of alice, signed in at start and valid for a week, modified by
// change unless it is nil.
func (s memoryStore) put(t *testing.T, change func(*access.Token)) access.Token {
	t.Helper()
	caller := access.Token{
		Signature: "the caller", Kind: access.Session, UserID: "user-alice", Scope: access.FullScope(),
		Created: start, Authenticated: start, Expires: start.Add(7 * day), LastUsed: start,
	}
	if change != nil {
		change(&caller)
	}
	if err := s.InsertToken(t.Context(), caller); err != nil {
		t.Fatal(err)
	}
	return caller
}
