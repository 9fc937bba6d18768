package trust

import (
	"encoding/json/v2"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

func TestClaimsOfAToken(t *testing.T) {
	for name, test := range map[string]struct {
		token string
		want  Claims
	}{
		"texts, numbers and flags": {
			`{"sub": "s", "runs": 12, "big": 9007199254740993, "part": 1.5, "protected": true, "no": null}`,
			Claims{"sub": "s", "runs": "12", "protected": "true"},
		},
		"lists are left out": {`{"aud": ["a"], "groups": ["x"]}`, Claims{}},
		"inside of objects": {
			`{"kubernetes.io": {"namespace": "lab", "serviceaccount": {"name": "bot", "uid": "u"}}}`,
			Claims{"kubernetes.io/namespace": "lab", "kubernetes.io/serviceaccount/name": "bot", "kubernetes.io/serviceaccount/uid": "u"},
		},
		"too deep":                   {`{"a": {"b": {"c": {"d": {"e": {"f": "x"}}}}}}`, Claims{}},
		"two claims with one name":   {`{"a": {"b": "inner"}, "a/b": "outer", "c": "d"}`, Claims{"c": "d"}},
		"empty":                      {`{"ref": "", "environment": "prod"}`, Claims{"environment": "prod"}},
		"a NUL character":            {`{"ref": "main\u0000"}`, Claims{}},
		"a value that is too long":   {`{"ref": "` + strings.Repeat("x", maxText+1) + `"}`, Claims{}},
		"names differ by their case": {`{"Ref": "a", "ref": "b"}`, Claims{"Ref": "a", "ref": "b"}},
	} {
		var decoded map[string]any
		if err := json.Unmarshal([]byte(test.token), &decoded); err != nil {
			t.Fatal(name, err)
		}
		if got := ClaimsOf(decoded); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestMismatches(t *testing.T) {
	rule := Rule{Claims: map[string]string{"repository_id": "42", "ref": "refs/heads/*", "environment": "prod"}}
	for name, test := range map[string]struct {
		claims Claims
		want   []Mismatch
	}{
		"all as wanted": {Claims{"repository_id": "42", "ref": "refs/heads/main", "environment": "prod", "more": "x"}, nil},
		"one is missing": {
			Claims{"repository_id": "42", "ref": "refs/heads/main"},
			[]Mismatch{{Claim: "environment", Want: "prod", Missing: true}},
		},
		"they nearly match": {
			Claims{"repository_id": "420", "ref": "refs/heads/a/b", "environment": "Prod"},
			[]Mismatch{
				{Claim: "environment", Want: "prod", Got: "Prod"}, {Claim: "ref", Want: "refs/heads/*", Got: "refs/heads/a/b"},
				{Claim: "repository_id", Want: "42", Got: "420"},
			},
		},
	} {
		if got := rule.Mismatches(test.claims); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// However a token is written, its claims are few, short and without what no store keeps.
func FuzzClaims(f *testing.F) {
	testfuzz.Add(f, `{"sub": "s", "a": {"b": {"c": 1}}, "a/b/c": true}`)
	testfuzz.Add(f, `{"": {"": ""}}`)
	f.Fuzz(func(t *testing.T, token string) {
		var decoded map[string]any
		if json.Unmarshal([]byte(token), &decoded) != nil {
			t.Skip()
		}
		claims := ClaimsOf(decoded)
		if len(claims) > maxClaims || len(claims.Keys()) != len(claims) {
			t.Fatalf("%d claims", len(claims))
		}
		for name, value := range claims {
			if !isGoodText(name) || !isGoodText(value) {
				t.Fatalf("%q: %q", name, value)
			}
		}
	})
}
