package idtoken_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/dxauth/dxauth/internal/refserver/idtoken"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// FuzzToken looks for a text that is accepted without the key, or that an error repeats.
func FuzzToken(f *testing.F) {
	key := newECKey(f, "a")
	p := newProvider(f, key.public())
	good := key.signed(f, p.claims(nil))
	for _, seed := range []string{good, good + ".", good[1:], "a.b.c", "", unsigned(f, p.claims(nil)), strings.Repeat("A", 100) + "..", `{"payload":"e30","signatures":[]}`} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := verifyIn(t, p, text)
		switch {
		case err == nil && text != good:
			t.Fatalf("%q is accepted: %+v", text, token)
		case err != nil && len(text) > 20 && strings.Contains(err.Error(), text):
			t.Fatalf("the error repeats the token: %s", err)
		}
	})
}

// FuzzClaims looks for claims that are signed and accepted although they do not say, in
// the plainest reading, what they must.
func FuzzClaims(f *testing.F) {
	key := newECKey(f, "a")
	p := newProvider(f, key.public())
	for _, changes := range []map[string]any{nil, {"aud": []string{"dxauth"}}, {"exp": 4102444800.5}, {"email_verified": "true"}, {"amr": []string{"pwd"}}, {"nested": map[string]any{"sub": "x"}}} {
		testfuzz.Add(f, string(payload(f, p.claims(changes))))
	}
	testfuzz.Add(f, `{"sub":"a","sub":"b"}`)
	testfuzz.Add(f, `[]`)
	f.Fuzz(func(t *testing.T, claims string) {
		token, err := verifyIn(t, p, key.signed(t, claims))
		if err != nil {
			if _, ok := errors.AsType[*idtoken.InvalidError](err); !ok {
				t.Fatalf("got %v, want an InvalidError", err)
			}
			return
		}
		var plain map[string]any
		if err := json.Unmarshal([]byte(claims), &plain); err != nil {
			t.Fatalf("%q is accepted: %v", claims, err)
		}
		if plain["iss"] != p.server.URL || plain["sub"] != token.Subject || plain["nonce"] != "n-0S6_WzA2Mj" || !slices.Contains(token.Audience, "dxauth") {
			t.Fatalf("%q is accepted as %+v", claims, token)
		}
		if !maps.EqualFunc(plain, token.Claims(), func(a, b any) bool { return encoded(t, a) == encoded(t, b) }) {
			t.Fatalf("%q is read as %v", claims, token.Claims())
		}
	})
}

// verifyIn is verify for a fuzz target, which has a test of its own.
func verifyIn(t *testing.T, p *provider, token string) (idtoken.Token, error) {
	t.Helper()
	return p.issuer.VerifySignIn(t.Context(), secret.New(token), idtoken.SignIn{ClientID: "dxauth", Nonce: secret.New("n-0S6_WzA2Mj")})
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// FuzzKeys looks for a set of keys that makes the verification panic, or accept a token of
// another key.
func FuzzKeys(f *testing.F) {
	key, other := newECKey(f, "a"), newECKey(f, "a")
	for _, published := range []any{key.public(), newEdKey(f, "a").public(), newRSAKey(f, "a", 2048).public(), jose.JSONWebKey{Key: []byte("symmetric"), KeyID: "a"}} {
		testfuzz.Add(f, string(payload(f, published)))
	}
	testfuzz.Add(f, `{"kty":"EC","kid":"a","crv":"P-256","x":"","y":""}`)
	f.Fuzz(func(t *testing.T, published string) {
		if !json.Valid([]byte(published)) {
			return
		}
		p := newProvider(t, json.RawMessage(published))
		if _, err := verifyIn(t, p, other.signed(t, p.claims(nil))); err == nil {
			t.Fatalf("the key %s verifies a token of another key", published)
		}
	})
}
