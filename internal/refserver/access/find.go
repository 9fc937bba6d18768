package access

import (
	"slices"
	"strings"
)

// Named returns those of a user's tokens whose signatures begin with one of the
// IDs, each once. It answers ErrNoSession where an ID fits none and
// ErrAmbiguousID where it fits several.
func Named(tokens []Token, ids []string) ([]Token, error) {
	var named []Token
	for _, id := range ids {
		token, err := namedBy(tokens, id)
		if err != nil {
			return nil, err
		}
		same := func(other Token) bool { return other.Signature == token.Signature }
		if !slices.ContainsFunc(named, same) {
			named = append(named, token)
		}
	}
	return named, nil
}

func namedBy(tokens []Token, id string) (Token, error) {
	begins := func(token Token) bool { return strings.HasPrefix(token.Signature, id) }
	first := slices.IndexFunc(tokens, begins)
	switch {
	case first < 0:
		return Token{}, ErrNoSession
	case slices.ContainsFunc(tokens[first+1:], begins):
		return Token{}, ErrAmbiguousID
	default:
		return tokens[first], nil
	}
}
