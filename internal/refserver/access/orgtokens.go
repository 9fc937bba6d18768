package access

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
)

// MemberPosition is a place in the list of the tokens of an org's members: user
// by user, and each one's in the order of their end.
type MemberPosition struct {
	UserID string
	Position
}

// MemberQuery asks for API tokens of an org's members that have not ended, in the
// order of their MemberPosition.
type MemberQuery struct {
	OrgID  string
	UserID string // empty: of every member
	Now    time.Time
	After  MemberPosition
	Limit  int // of tokens on a page; at least 1
}

// MemberPage is a part of the result. Next is the After of the next page, nil at
// the end; a page before it may be short.
type MemberPage struct {
	Tokens []Token
	Next   *MemberPosition
}

// Billing tells which of some projects an org pays for.
type Billing interface {
	// AnyBilledTo reports whether the org pays for one of the projects.
	AnyBilledTo(ctx context.Context, orgID string, projectIDs []string) (bool, error)
}

// Reaches reports whether a scope lets a token reach a project that the org pays
// for; whether the token's owner reaches one is another question, whose answer
// may be another tomorrow.
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

// MemberTx is what the rules about members' tokens need of a transaction.
type MemberTx interface {
	Tx
	Billing
	// Member returns directory.ErrNoMember.
	Member(ctx context.Context, orgID, userID string) (directory.Membership, error)
}

// maxMemberTokens bounds how many tokens one page looks at.
const maxMemberTokens = 500

// FindMemberTokens returns a page of the API tokens of an org's members that reach
// projects of the org.
func FindMemberTokens(ctx context.Context, tx MemberTx, query MemberQuery) (MemberPage, error) {
	looked := query
	looked.Limit = maxMemberTokens
	tokens, err := tx.MemberTokens(ctx, looked)
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

// MemberToken returns a good API token of a member that reaches the org, or did
// before it was kept out. It returns ErrNoSuchToken for every other token: an
// admin learns nothing of those.
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

// Exclude keeps a token, and those that were made with it, out of an org.
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
