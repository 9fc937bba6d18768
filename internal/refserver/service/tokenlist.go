package service

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// UserToken is a token with its user.
type UserToken struct {
	access.Token
	User   identity.Principal
	Number int // in the list of ListTokens, from 0; some numbers have no token
}

// TokenPlace is a place in the list of ListTokens: the number of its next token. Where the
// list goes on After another page, it has the Total of that one.
type TokenPlace struct {
	Number, Total int
	After         access.GoodPosition
}

// ListTokens returns at most limit of the active tokens that the caller may manage, from a
// place on, and how many numbers there are: also idle sessions have one until the sweep. The
// list ends by bytes, too; then the number after its last token begins the next one.
func (s *Service) ListTokens(ctx context.Context, caller Caller, from TokenPlace, limit int) (list []UserToken, total int, err error) {
	query, _ := caller.actor().Limit(access.Query{})
	good, start := access.GoodQuery{UserID: query.UserID, After: from.After}, from.Number
	if total = from.Total; total == 0 {
		good.Skip = start
		total, err = transaction.Read(ctx, s.db, func(tx transaction.Tx) (int, error) { return tx.CountGood(ctx, query.UserID, s.now()) })
	}
	for bytes := 0; err == nil && start < total && len(list) < limit && bytes < budget.MaxBytes; {
		good.Limit = min(tokensAtOnce, limit-len(list))
		part, failed := s.goodTokens(ctx, good)
		if failed != nil {
			return nil, 0, failed
		}
		for _, token := range part.Rows {
			token.Number += start
			list = append(list, token)
		}
		if part.Next == (access.GoodPosition{}) {
			break
		}
		start, bytes = start+part.Steps, bytes+part.Bytes
		good.After, good.Skip = part.Next, 0
	}
	return list, total, err
}

// EachToken calls each for every active token that the caller may manage, and stops at
// its first error. The query has a signature, a user, both or neither. EachToken keeps at
// most tokensAtOnce tokens in memory.
func (s *Service) EachToken(ctx context.Context, caller Caller, query access.Query, each func(UserToken) error) error {
	query, some := caller.actor().Limit(query)
	if !some {
		return nil
	}
	good := access.GoodQuery{UserID: query.UserID, Signature: query.Signature, Limit: tokensAtOnce}
	for more := true; more; {
		part, err := s.goodTokens(ctx, good)
		if err != nil {
			return err
		}
		for _, token := range part.Rows {
			if err := each(token); err != nil {
				return err
			}
		}
		good.After, more = part.Next, part.Next != access.GoodPosition{}
	}
	return nil
}

// tokenPart is a part of a list of tokens. Its steps are the tokens that were read, and the
// number of a token is its place among them.
type tokenPart = budget.Part[UserToken, access.GoodPosition]

func (s *Service) goodTokens(ctx context.Context, query access.GoodQuery) (tokenPart, error) {
	if _, err := budget.Turn(ctx); err != nil {
		return tokenPart{}, err
	}
	query.Now = s.now()
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (part tokenPart, err error) {
		holders, err := goodHolders(ctx, tx, query)
		if err != nil {
			return part, err
		}
		for i, holder := range holders {
			part.Steps, part.Bytes = part.Steps+1, part.Bytes+holder.Token.Size()
			if s.EndOf(holder).Reason == "" {
				part.Rows = append(part.Rows, UserToken{holder.Token, holder.User, i})
			}
		}
		if len(holders) > 0 && len(holders) == query.Limit {
			last := holders[query.Limit-1].Token
			part.Next = access.GoodPosition{UserID: last.UserID, Signature: last.Signature}
		}
		return part, nil
	})
}

func goodHolders(ctx context.Context, tx transaction.Tx, query access.GoodQuery) ([]transaction.TokenHolder, error) {
	if query.Signature == "" {
		return tx.GoodHolders(ctx, query)
	}
	holder, err := tx.TokenHolder(ctx, query.Signature, "")
	if errors.Is(err, access.ErrUnknownToken) || err == nil && query.UserID != "" && holder.Token.UserID != query.UserID {
		return nil, nil
	}
	if err == nil {
		holder.Token, err = tx.TokenBySignature(ctx, query.Signature) // with the texts that a list shows
	}
	return []transaction.TokenHolder{holder}, err
}
