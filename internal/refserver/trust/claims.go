package trust

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Claims are the claims of an ID token that a rule can name, as texts. Those inside of an
// object are named with a slash: "kubernetes.io/namespace".
type Claims map[string]string

// Bounds of the claims that are looked at. The rest of a token counts as not there, which
// can only keep a rule from matching.
const (
	maxDepth  = 4
	maxClaims = 200
	maxText   = 512 // bytes of a name, and of a value
)

// ClaimsOf returns the claims of a decoded token. Texts are taken as they are, numbers and
// flags as JSON writes them; lists and null are left out. So is a name that two claims
// would have, because nobody could say which of them a rule means.
func ClaimsOf(decoded map[string]any) Claims {
	claims, twice := Claims{}, map[string]bool{}
	addClaims(claims, twice, "", decoded, 0)
	for name := range twice {
		delete(claims, name)
	}
	return claims
}

func addClaims(claims Claims, twice map[string]bool, prefix string, decoded map[string]any, depth int) {
	for _, key := range sortedKeys(decoded) {
		name := prefix + key
		if inner, isObject := decoded[key].(map[string]any); isObject {
			if depth < maxDepth {
				addClaims(claims, twice, name+"/", inner, depth+1)
			}
			continue
		}
		text, isText := textOf(decoded[key])
		if !isText || !isGoodText(name) || !isGoodText(text) || len(claims) >= maxClaims {
			continue
		}
		if _, there := claims[name]; there {
			twice[name] = true
		}
		claims[name] = text
	}
}

// textOf returns the text of a claim. A number that JSON's readers could round has none.
func textOf(value any) (string, bool) {
	const exact = 1 << 53
	switch v := value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		if v != math.Trunc(v) || math.Abs(v) >= exact {
			return "", false
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	default:
		return "", false
	}
}

// isGoodText reports whether a text can be the name or the value of a claim in a rule.
func isGoodText(text string) bool {
	return text != "" && len(text) <= maxText && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

// Keys returns the keys of all claims. A rule whose Key is none of them cannot match.
func (c Claims) Keys() []string {
	keys := make([]string, 0, len(c))
	for name, value := range c {
		keys = append(keys, keyOf(name, value))
	}
	slices.Sort(keys)
	return keys
}

func keyOf(name, value string) string { return name + "=" + value }

// Mismatch is a claim of a token that is not what a rule wants.
type Mismatch struct {
	Claim   string
	Want    string
	Got     string // of the token
	Missing bool   // the token has no such claim
}

// Mismatches lists what keeps a token from matching the rule, in the order of the names;
// none: the claims match.
func (r Rule) Mismatches(claims Claims) []Mismatch {
	var list []Mismatch
	for _, name := range sortedKeys(r.Claims) {
		got, there := claims[name]
		if !there || !fits(r.Claims[name], got) {
			list = append(list, Mismatch{Claim: name, Want: r.Claims[name], Got: got, Missing: !there})
		}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
