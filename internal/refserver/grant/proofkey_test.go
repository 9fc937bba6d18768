package grant_test

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// The example of RFC 7636, appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func TestChallenges(t *testing.T) {
	for name, tt := range map[string]struct {
		text, method string
		want         bool
	}{
		"RFC 7636, appendix B":                       {challenge, "S256", true},
		"RFC 7636, 4.3: the method plain":            {verifier, "plain", false},
		"RFC 7636, 4.3: no method stands for plain":  {challenge, "", false},
		"RFC 7636, 4.3: the method in small letters": {challenge, "s256", false},
		"RFC 7636, 4.2: no challenge":                {"", "S256", false},
		"RFC 7636, 4.2: padding":                     {challenge + "=", "S256", false},
		"RFC 7636, 4.2: base64 of another alphabet":  {strings.ReplaceAll(challenge, "-", "+"), "S256", false},
		"RFC 7636, 4.2: too short":                   {challenge[1:], "S256", false},
		"RFC 7636, 4.2: too long":                    {challenge + "A", "S256", false},
		"RFC 7636, 4.2: bits after the last byte":    {challenge[:42] + "N", "S256", false},
		"a line break":                               {challenge + "\n", "S256", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := grant.ParseChallenge(tt.text, tt.method)
			if (err == nil) != tt.want || tt.want && string(got) != tt.text {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestProofKeys(t *testing.T) {
	for name, tt := range map[string]struct {
		verifier string
		want     bool
	}{
		"RFC 7636, appendix B":                      {verifier, true},
		"RFC 7636, 4.6: another key":                {verifier[:42] + "l", false},
		"RFC 7636, 4.6: the challenge itself":       {challenge, false},
		"RFC 7636, 4.6: none":                       {"", false},
		"RFC 7636, 4.1: shorter than 43 characters": {verifier[:42], false},
		"RFC 7636, 4.1: longer than 128 characters": {strings.Repeat("a", 129), false},
		"RFC 7636, 4.1: a reserved character":       {verifier[:42] + "+", false},
		"RFC 7636, 4.1: a character beyond ASCII":   {verifier[:41] + "é", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := grant.Challenge(challenge).Meets(secret.New(tt.verifier)); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// Keys of the wrong form are refused even if their hash is right.
func TestFormsOfProofKeys(t *testing.T) {
	for text, want := range map[string]bool{
		strings.Repeat("-._~", 11):  true,
		strings.Repeat("a", 128):    true,
		strings.Repeat("a", 129):    false,
		strings.Repeat("a", 42):     false,
		strings.Repeat("a b", 20):   false,
		strings.Repeat("a\x00", 30): false,
	} {
		if got := challengeOf(text).Meets(secret.New(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzChallenge(f *testing.F) {
	testfuzz.Add(f, challenge, "S256", verifier)
	testfuzz.Add(f, verifier, "plain", verifier)
	f.Fuzz(func(t *testing.T, text, method, key string) {
		parsed, err := grant.ParseChallenge(text, method)
		if err != nil {
			return
		}
		if method != "S256" || len(text) != 43 {
			t.Errorf("accepted %q, %q", text, method)
		}
		if parsed.Meets(secret.New(key)) && challengeOf(key) != parsed {
			t.Errorf("%q is not the hash of %q", text, key)
		}
	})
}
