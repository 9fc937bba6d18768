package service

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/budget"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// MemberTokens lists for an admin of an org the API tokens of its members that
// reach projects of the org. It returns directory.ErrNoOrg and
// refusal.OrgAccess.
func (s *Service) MemberTokens(ctx context.Context, caller Caller, query access.MemberQuery) (page access.MemberPage, err error) {
	type part = budget.Part[access.Token, *access.MemberPosition]
	query.Now = s.now()
	page.Tokens, page.Next, err = budget.Page(ctx, &query.After, query.Limit, func(after *access.MemberPosition, limit int) (part, error) {
		query.After, query.Limit = *after, limit
		return ReadAs(ctx, s, caller, func(tx transaction.Tx, viewer directory.Viewer) (part, error) {
			if _, err := directory.ViewOrg(ctx, tx, viewer, query.OrgID, directory.Admin); err != nil {
				return part{}, err
			}
			some, err := access.FindMemberTokens(ctx, tx, query)
			if err != nil {
				return part{}, err
			}
			some.Rows, err = s.withoutOrphans(ctx, tx, some.Rows)
			return some, err
		})
	})
	return page, err
}

// RevokeMemberToken ends the access of a member's API token, and of the tokens
// made with it, to the projects of an org, on behalf of an admin of the org. Its
// access to other projects stays. It returns the errors of MemberTokens, and
// access.ErrNoSuchToken.
func (s *Service) RevokeMemberToken(ctx context.Context, caller Caller, orgID, signature string) error {
	rest, err := ChangeAs(ctx, s, caller, audit.TokenRestrict, func(tx transaction.Tx, viewer directory.Viewer) (rest access.Rest, subject string, err error) {
		if _, err := directory.ViewOrg(ctx, tx, viewer, orgID, directory.Admin); err != nil {
			return rest, "", err
		}
		token, err := access.MemberToken(ctx, tx, orgID, signature, s.now())
		if err != nil {
			return rest, "", err
		}
		rest, err = access.Exclude(ctx, tx, token, orgID)
		return rest, audit.ShortSignature(token.Signature), err
	})
	if err != nil {
		return err
	}
	return s.changeRest(ctx, rest)
}
