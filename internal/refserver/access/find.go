package access

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Query says which tokens are looked for. The zero values ask for nothing in
// particular. Of all users' tokens, and of one by its signature, nothing else can
// be asked.
type Query struct {
	UserID    string // empty: all users
	Signature string // to the letter; empty: any
	Kind      Kind   // empty: any
	Label     string // to the letter; empty: any
	Labelled  bool   // only with a label
	Prefix    string // what the signature begins with, in lower-case hexadecimal digits
	Expired   bool   // those that were let expire, instead of those that have not ended
	After     Position
	Limit     int // of tokens on a page; at least 1

	// Find fills these in for the store.
	Now       time.Time
	UsedAfter time.Time // of a session; zero: whenever
}

// Position is a place in a list of tokens. Those of a user are in the order of
// their end, those of all users in that of their signatures. The zero value
// stands before all of them.
type Position struct {
	Expires   time.Time // zero in a list of all users' tokens
	Signature string
}

// Page is a part of the answer. Next is the After of the next page, nil at the
// end.
type Page struct {
	Tokens []Token
	Next   *Position
}

// Find returns a page of the tokens that a query asks for. The idle limit is that
// of the user's sessions; without a user, idle sessions are on the page too.
func Find(ctx context.Context, tx Tx, query Query, now time.Time, idle time.Duration) (Page, error) {
	switch {
	case query.Signature != "":
		return findOne(ctx, tx, query)
	case query.UserID == "":
		return findAll(ctx, tx, query, now)
	default:
		return findOfUser(ctx, tx, query, now, idle)
	}
}

func findOne(ctx context.Context, tx Tx, query Query) (Page, error) {
	token, err := tx.TokenBySignature(ctx, query.Signature)
	switch {
	case errors.Is(err, ErrUnknownToken):
		return Page{}, nil
	case err != nil:
		return Page{}, err
	case query.UserID != "" && token.UserID != query.UserID:
		return Page{}, nil
	default:
		return Page{Tokens: []Token{token}}, nil
	}
}

func findAll(ctx context.Context, tx Tx, query Query, now time.Time) (Page, error) {
	tokens, err := tx.GoodTokens(ctx, query.After.Signature, now, query.Limit)
	if err != nil || len(tokens) < query.Limit {
		return Page{Tokens: tokens}, err
	}
	return Page{Tokens: tokens, Next: &Position{Signature: tokens[len(tokens)-1].Signature}}, nil
}

func findOfUser(ctx context.Context, tx Tx, query Query, now time.Time, idle time.Duration) (Page, error) {
	kinds := []Kind{query.Kind}
	if query.Kind == "" {
		kinds = []Kind{Session, APIToken}
	}
	var found []Token
	for _, kind := range kinds {
		ofKind := query
		ofKind.Kind, ofKind.Now, ofKind.Limit = kind, now, query.Limit+1
		if kind == Session && !query.Expired {
			ofKind.UsedAfter = now.Add(-idle)
		}
		tokens, err := tx.SearchTokens(ctx, ofKind)
		if err != nil {
			return Page{}, err
		}
		found = append(found, tokens...)
	}
	slices.SortFunc(found, func(a, b Token) int {
		return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.Signature, b.Signature))
	})
	if len(found) <= query.Limit {
		return Page{Tokens: found}, nil
	}
	last := found[query.Limit-1]
	return Page{Tokens: found[:query.Limit], Next: &Position{last.Expires, last.Signature}}, nil
}

// FindByPrefix returns those of a user's tokens whose signatures begin with one of the
// IDs and that have not ended, each once. It answers ErrNoSession where an ID
// fits none and ErrAmbiguousID where it fits several.
func FindByPrefix(ctx context.Context, tx Tx, userID string, ids []string, now time.Time) ([]Token, error) {
	var named []Token
	for _, id := range ids {
		token, err := namedBy(ctx, tx, userID, id, now)
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

func namedBy(ctx context.Context, tx Tx, userID, id string, now time.Time) (Token, error) {
	var found []Token
	for _, kind := range []Kind{Session, APIToken} {
		tokens, err := tx.SearchTokens(ctx, Query{UserID: userID, Kind: kind, Prefix: id, Now: now, Limit: 2})
		if err != nil {
			return Token{}, err
		}
		found = append(found, tokens...)
	}
	switch len(found) {
	case 0:
		return Token{}, ErrNoSession
	case 1:
		return found[0], nil
	default:
		return Token{}, ErrAmbiguousID
	}
}
