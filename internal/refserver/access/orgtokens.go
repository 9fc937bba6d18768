package access

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// MemberPosition is a position in the list of the tokens of an org's members, which
// is ordered by user, then by expiry.
type MemberPosition struct {
	UserID string
	Position
}

// MemberQuery selects API tokens of an org's members that have not ended, in the
// order of MemberPosition.
type MemberQuery struct {
	OrgID  string
	UserID string // empty: all members
	Now    time.Time
	After  MemberPosition
	Limit  int // tokens on a page, at least 1
}

// MemberPage is a page of tokens. Next is the After of the next page, nil at the
// end. A page may have fewer tokens than the limit without being the last.
type MemberPage struct {
	Tokens []Token
	Next   *MemberPosition
}

// Billing tells which projects an org pays for.
type Billing interface {
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
}

// Reaches reports whether a scope includes a project that the org pays for. It does
// not look at the permissions of the token's owner, which may change at any time.
func (s Scope) Reaches(ctx context.Context, billing Billing, orgID string) (bool, error) {
	if s.Excludes(orgID) {
		return false, nil
	}
	if s.Full || s.Projects[Everything] > 0 {
		return true, nil
	}
	named := make([]string, 0, len(s.Projects))
	for id := range s.Projects {
		named = append(named, id)
	}
	if len(named) == 0 {
		return false, nil
	}
	return billing.AnyBilledTo(ctx, orgID, named)
}

// MemberTx is what the functions on members' tokens need of a transaction.
type MemberTx interface {
	Tx
	Billing
	// Member returns directory.ErrNoMember if the user is not a member.
	Member(ctx context.Context, orgID, userID string) (directory.Membership, error)
}

// maxMemberTokens limits how many tokens are examined for one page.
const maxMemberTokens = 500

// FindMemberTokens returns a page of the API tokens of an org's members whose scope
// includes projects of the org.
func FindMemberTokens(ctx context.Context, tx MemberTx, query MemberQuery) (MemberPage, error) {
	batch := query
	batch.Limit = maxMemberTokens
	tokens, err := tx.MemberTokens(ctx, batch)
	if err != nil {
		return MemberPage{}, err
	}
	var page MemberPage
	for i, token := range tokens {
		reaches, err := token.Scope.Reaches(ctx, tx, query.OrgID)
		if err != nil {
			return MemberPage{}, err
		}
		if reaches {
			page.Tokens = append(page.Tokens, token)
		}
		isLast := i == len(tokens)-1
		if len(page.Tokens) == query.Limit && !isLast || isLast && len(tokens) == maxMemberTokens {
			page.Next = &MemberPosition{UserID: token.UserID, Position: Position{Expires: token.Expires, Signature: token.Signature}}
			break
		}
	}
	return page, nil
}

// MemberToken returns a valid API token of a member whose scope includes projects of
// the org, or did until the org was excluded. It returns ErrNoSuchToken for every
// other token, which org admins must not learn about.
func MemberToken(ctx context.Context, tx MemberTx, orgID, signature string, now time.Time) (Token, error) {
	token, err := tx.TokenBySignature(ctx, signature)
	if err == nil {
		_, err = tx.Member(ctx, orgID, token.UserID)
	}
	if errors.Is(err, ErrUnknownToken) || errors.Is(err, directory.ErrNoMember) {
		return Token{}, ErrNoSuchToken
	}
	if err != nil {
		return Token{}, err
	}
	reaches, err := token.Scope.Reaches(ctx, tx, orgID)
	if err != nil {
		return Token{}, err
	}
	isGood := token.Kind == APIToken && token.State(now, 0) == ""
	if !isGood || !reaches && !token.Scope.Excludes(orgID) {
		return Token{}, ErrNoSuchToken
	}
	return token, nil
}

// Exclude removes an org from the scope of a token and of those made with it.
func Exclude(ctx context.Context, tx Tx, signature, orgID string) error {
	tree, err := tx.TokenTree(ctx, signature)
	if err != nil {
		return err
	}
	for _, token := range tree {
		token.Scope = token.Scope.Without(orgID)
		if err := tx.UpdateToken(ctx, token); err != nil {
			return err
		}
	}
	return nil
}
