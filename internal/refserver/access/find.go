package access

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// Query selects tokens of a user. Zero values select all. With a Signature only UserID
// counts besides it, and may be empty.
type Query struct {
	UserID    string
	Signature string // exact match; empty: any
	Kind      Kind   // empty: any
	Label     string // exact match; empty: any
	Labelled  bool   // only with a label
	Prefix    string // of the signature, in lower-case hexadecimal digits
	Expired   bool   // tokens that expired, instead of those that have not ended
	After     Position
	Limit     int // tokens on a page, at least 1

	// Find sets these for the store.
	Now       time.Time
	UsedAfter time.Time // for sessions; zero: any time
}

// Position is a position in a list of a user's tokens, which is ordered by expiry. The
// zero value is before the first.
type Position struct {
	Expires   time.Time
	Signature string
}

// GoodQuery selects tokens of every kind that have not ended or expired, in the order of
// GoodPosition. It includes sessions that were idle for too long, and tokens whose end is
// pending: those have a time of their end.
type GoodQuery struct {
	UserID string // empty: all users
	Now    time.Time
	After  GoodPosition
	Skip   int // how many tokens after that are left out
	Limit  int // of tokens, at least 1

	Signature string // only this token, which may have ended; empty: any
}

// GoodPosition is a position in a list of tokens, which is ordered by user, then by
// signature. The zero value is before the first.
type GoodPosition struct{ UserID, Signature string }

// Page is a page of tokens. Next is the After of the next page, nil at the end.
type Page struct {
	Tokens []Token
	Next   *Position
}

// Find returns a page of the tokens that match a query. Sessions beyond the idle
// limit are left out.
func Find(ctx context.Context, tx Tx, query Query, now time.Time, idle time.Duration) (Page, error) {
	if query.Signature != "" {
		return findOne(ctx, tx, query)
	}
	return findOfUser(ctx, tx, query, now, idle)
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

// Roots returns the signatures of the first tokens of the chains of tokens, each once.
func Roots(tokens []Token) []string {
	var list []string
	for _, token := range tokens {
		if token.Root != "" {
			list = append(list, token.Root)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// FindByPrefix returns the user's tokens whose signatures begin with one of the IDs,
// each once, without those that have ended. It returns ErrNoSession if an ID
// matches no token and ErrAmbiguousID if it matches several.
func FindByPrefix(ctx context.Context, tx Tx, userID string, ids []string, now time.Time) ([]Token, error) {
	var tokens []Token
	for _, id := range ids {
		token, err := findByPrefix(ctx, tx, userID, id, now)
		if err != nil {
			return nil, err
		}
		same := func(other Token) bool { return other.Signature == token.Signature }
		if !slices.ContainsFunc(tokens, same) {
			tokens = append(tokens, token)
		}
	}
	return tokens, nil
}

func findByPrefix(ctx context.Context, tx Tx, userID, id string, now time.Time) (Token, error) {
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
