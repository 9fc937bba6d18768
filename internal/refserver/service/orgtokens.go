package service

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// MemberTokenQuery says which API tokens of an org's members an admin looks for.
type MemberTokenQuery struct {
	OrgID  string
	UserID string // empty: of every member
	After  access.MemberPosition
	Limit  int // of tokens on a page; at least 1
}

// MemberTokenPage is a part of the answer. Next is the After of the next page,
// nil at the end; a page before it may be short.
type MemberTokenPage struct {
	Tokens []access.Token
	Next   *access.MemberPosition
}

// MemberTokens lists for an admin of an org the API tokens of its members that
// reach projects of the org. It answers directory.ErrNoOrg and
// refusal.OrgAccess.
func (s *Service) MemberTokens(ctx context.Context, caller Caller, query MemberTokenQuery) (page MemberTokenPage, err error) {
	err = s.read(ctx, caller, func(tx transaction.Tx, viewer directory.Viewer) error {
		if _, err := s.desk.Org(ctx, tx, viewer, query.OrgID, directory.Admin); err != nil {
			return err
		}
		page, err = s.memberTokens(ctx, tx, query)
		return err
	})
	return page, err
}

// maxMemberTokens bounds how many tokens one page looks at.
const maxMemberTokens = 500

func (s *Service) memberTokens(ctx context.Context, tx transaction.Tx, query MemberTokenQuery) (MemberTokenPage, error) {
	tokens, err := tx.MemberTokens(ctx, access.MemberSearch{
		OrgID: query.OrgID, UserID: query.UserID, Now: s.now(), After: query.After, Count: maxMemberTokens,
	})
	if err != nil {
		return MemberTokenPage{}, err
	}
	var page MemberTokenPage
	for i, token := range tokens {
		reaches, err := token.Scope.Reaches(ctx, tx, query.OrgID)
		if err != nil {
			return MemberTokenPage{}, err
		}
		if reaches {
			page.Tokens = append(page.Tokens, token)
		}
		isLast := i == len(tokens)-1
		if len(page.Tokens) == query.Limit && !isLast || isLast && len(tokens) == maxMemberTokens {
			page.Next = &access.MemberPosition{
				UserID: token.UserID, Position: access.Position{Expires: token.Expires, Signature: token.Signature},
			}
			break
		}
	}
	return page, nil
}

// RevokeMemberToken takes the projects of an org out of the reach of a member's
// API token and of those made with it, on behalf of an admin of the org. What
// else the token reaches is none of the org's business and stays. It answers
// what MemberTokens does, and access.ErrNoSuchToken.
func (s *Service) RevokeMemberToken(ctx context.Context, caller Caller, orgID, signature string) error {
	return s.change(ctx, caller, audit.TokenRestrict, func(tx transaction.Tx, viewer directory.Viewer) (string, error) {
		if _, err := s.desk.Org(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return "", err
		}
		token, err := s.memberToken(ctx, tx, orgID, signature)
		if err != nil {
			return "", err
		}
		return audit.ShortSignature(token.Signature), access.Exclude(ctx, tx, token.Signature, orgID)
	})
}

// memberToken looks up a good API token of a member that reaches the org, or did
// before it was kept out. Of other tokens an admin learns nothing.
func (s *Service) memberToken(ctx context.Context, tx transaction.Tx, orgID, signature string) (access.Token, error) {
	token, err := tx.TokenBySignature(ctx, signature)
	if err == nil {
		_, err = tx.Member(ctx, orgID, token.UserID)
	}
	if errors.Is(err, access.ErrUnknownToken) || errors.Is(err, directory.ErrNoMember) {
		return access.Token{}, access.ErrNoSuchToken
	}
	if err != nil {
		return access.Token{}, err
	}
	reaches, err := token.Scope.Reaches(ctx, tx, orgID)
	if err != nil {
		return access.Token{}, err
	}
	isGood := token.Kind == access.APIToken && token.State(s.now(), 0) == ""
	if !isGood || !reaches && !token.Scope.Excludes(orgID) {
		return access.Token{}, access.ErrNoSuchToken
	}
	return token, nil
}
