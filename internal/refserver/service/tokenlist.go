package service

import (
	"context"

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

// TokenList is a part of a list of tokens. Total is how many numbers there are.
type TokenList struct {
	Tokens []UserToken
	Total  int
}

// ListTokens returns at most limit of the active tokens that the caller may manage, from
// a number on. Sessions have a number until the sweep ends them, but are active until
// they are idle. The list ends by bytes, too; then the number after its last token begins
// the next one.
func (s *Service) ListTokens(ctx context.Context, caller Caller, start, limit int) (list TokenList, err error) {
	query, _ := caller.actor().Limit(access.Query{})
	list.Total, err = transaction.Read(ctx, s.db, func(tx transaction.Tx) (int, error) { return tx.CountGood(ctx, query.UserID, s.now()) })
	good := access.GoodQuery{UserID: query.UserID, Skip: start}
	for bytes := 0; err == nil && start < list.Total && len(list.Tokens) < limit && bytes < budget.MaxBytes; {
		var part tokenPart
		good.Limit = min(tokensAtOnce, limit-len(list.Tokens))
		if part, err = s.goodTokens(ctx, good); err != nil {
			break
		}
		for _, token := range part.Rows {
			token.Number += start
			list.Tokens = append(list.Tokens, token)
		}
		if part.Next == (access.GoodPosition{}) {
			break
		}
		start, bytes = start+part.Steps, bytes+part.Bytes
		good.After, good.Skip = part.Next, 0
	}
	return list, err
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
	query.Now = s.now()
	return transaction.Read(ctx, s.db, func(tx transaction.Tx) (tokenPart, error) {
		tokens, next, err := access.FindGood(ctx, tx, query)
		if err != nil {
			return tokenPart{}, err
		}
		part, err := s.activeTokens(ctx, tx, tokens)
		part.Next = next
		return part, err
	})
}

// activeTokens drops the tokens that have ended, and adds the users of the others.
func (s *Service) activeTokens(ctx context.Context, tx transaction.Tx, tokens []access.Token) (part tokenPart, err error) {
	signatures := access.Roots(tokens)
	for _, token := range tokens {
		signatures = append(signatures, token.Signature)
	}
	holders, err := tx.TokenHolders(ctx, signatures)
	for i, token := range tokens {
		holder := holders[token.Signature]
		part.Steps, part.Bytes = part.Steps+1, part.Bytes+token.Size()
		if s.endOf(holder).Reason == "" {
			part.Rows = append(part.Rows, UserToken{token, holder.User, i})
		}
	}
	return part, err
}
